//! What every form of a diff says in words, and which lines of an object it shows.

use weir_plan::{
    Action, CauseKind, Changes, Consequence, Counts, Hunk, ObjectReview, Review, UnitReview,
    UnitState, hunks, shown_id,
};

use super::plural;

/// How many names stand in a line before the rest is counted.
const NAMES: usize = 4;

/// Says in one line how much changes.
pub(crate) fn summary(counts: &Counts) -> String {
    let parts = [
        (counts.added, "added"),
        (counts.changed, "changed"),
        (counts.removed, "removed"),
        (counts.moved, "moved"),
        (counts.replaced, "replaced"),
    ];
    let mut text = if parts.iter().all(|(count, _)| *count == 0) {
        "no object changes".to_owned()
    } else {
        let shown: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!("objects: {}", shown.join(", "))
    };
    if counts.unknown > 0 {
        text.push_str(&format!("; {} could not be compared", plural(counts.unknown, "unit")));
    }
    text
}

/// Says how many objects are folded; nothing when none is.
pub(crate) fn folded(review: &Review<'_>, changes: &Changes) -> Option<String> {
    let folded = review.folded();
    let counts = changes.counts();
    let all = counts.changed + counts.moved + counts.replaced;
    (folded > 0).then(|| {
        format!("folded: {folded} of {all}, which only follow from others or change as they do; `--all` shows them")
    })
}

/// Says what is to be known of a unit before its objects: the chart, what follows from what, what restarts.
pub(crate) fn notes(unit: &UnitReview<'_>, arrow: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((before, after)) = &unit.change.chart {
        notes.push(format!("chart: {before} {arrow} {after}"));
    }
    if unit.suspended {
        notes.push("suspended: nothing happens until it is resumed".to_owned());
    }
    for cause in unit.causes.iter().filter(|cause| cause.kind != CauseKind::Move) {
        let of = cause.objects.iter().filter_map(|place| unit.objects.get(*place));
        let whom = match cause.objects.len() {
            1 => of.map(name).collect::<String>(),
            count => plural(count, "object"),
        };
        let fields = list(cause.names.iter().map(|name| format!("`{name}`")));
        notes.push(match &cause.kind {
            CauseKind::Chart | CauseKind::Name { .. } | CauseKind::Checksum { .. } => {
                format!("{fields} in {whom}: follows from {}", cause.kind)
            }
            CauseKind::Label { .. } | CauseKind::Stripped { .. } => {
                format!("{} in {whom}", cause.kind)
            }
            _ => format!("{fields} in {whom}: {}", cause.kind),
        });
    }
    let restarts = |object: &&ObjectReview<'_>| object.consequences.contains(&Consequence::Restart);
    let restarted: Vec<String> = unit.objects.iter().filter(restarts).map(name).collect();
    if !restarted.is_empty() {
        notes.push(format!("pods are replaced: {}", list(restarted)));
    }
    let silent = unit.objects.iter().filter(|object| is_silent(object)).count();
    if silent > 0 {
        let verb = if silent == 1 { "changes" } else { "change" };
        notes.push(format!("{} {verb} in nothing else", plural(silent, "object")));
    }
    notes
}

/// Tells whether an object's line is left out: the notes of its unit say all.
pub(crate) fn is_silent(object: &ObjectReview<'_>) -> bool {
    object.is_silent() && object.same_as.is_none()
}

/// Names an object.
pub(crate) fn name(object: &ObjectReview<'_>) -> String {
    shown_id(object.change).to_string()
}

/// Writes the first names and counts the rest.
pub(crate) fn list(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    let shown = if names.len() == NAMES + 1 { names.len() } else { names.len().min(NAMES) };
    let mut text = names.get(..shown).unwrap_or_default().join(", ");
    if names.len() > shown {
        text.push_str(&format!(" and {} more", names.len() - shown));
    }
    text
}

/// The sign of an action, and what stands behind the object's name.
pub(crate) fn action(object: &ObjectReview<'_>) -> (&'static str, String) {
    match &object.change.action {
        Action::Add => ("+", String::new()),
        Action::Change => ("~", String::new()),
        Action::Remove => ("-", String::new()),
        Action::Move { from } => (">", format!(" (from {from})")),
        Action::Replace { from, .. } if from.namespace != object.change.id.namespace => {
            (">", format!(" (instead of {from})"))
        }
        Action::Replace { from, .. } => (">", format!(" (instead of {})", from.name)),
    }
}

/// Says what stands behind a unit's name.
pub(crate) fn state(state: &UnitState) -> String {
    match state {
        UnitState::Kept => String::new(),
        UnitState::Added => " (new)".to_owned(),
        UnitState::Removed => " (removed)".to_owned(),
        UnitState::Unknown { side, .. } => format!(" (not rendered {})", side_words(side)),
    }
}

/// Says on which side a rendering failed.
fn side_words(side: &str) -> &'static str {
    match side {
        "before" => "before the change",
        "after" => "after the change",
        _ => "on either side",
    }
}

/// Says whose change an object's equals; nothing when it is its own.
pub(crate) fn same_as(review: &Review<'_>, object: &ObjectReview<'_>) -> Option<String> {
    let (unit, index) = object.same_as?;
    let unit = review.units.get(unit)?;
    Some(format!("as {} of {}", name(unit.objects.get(index)?), unit.change.id))
}

/// Returns the lines of an object that differ, secrets hidden. An object that goes is shown by its name alone.
pub(crate) fn object_hunks(object: &ObjectReview<'_>, context: usize) -> Vec<Hunk> {
    if object.same_as.is_some() {
        return Vec::new();
    }
    match (&object.before, &object.after) {
        (Some(before), Some(after)) => {
            hunks(&weir_yaml::to_yaml(before), &weir_yaml::to_yaml(after), context)
        }
        (None, Some(after)) => hunks("", &weir_yaml::to_yaml(after), context),
        _ => Vec::new(),
    }
}
