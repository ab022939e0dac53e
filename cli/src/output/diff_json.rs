//! A diff for programs. `cli/schemas/diff.json` describes it, and a test holds them together.

use weir_io_apply::Preview;
use weir_model::{Digest, Value};
use weir_plan::{
    Action, Cause, CauseKind, Changes, Consequence, FieldChange, ObjectReview, Plan, Review,
    UnitReview, UnitState, shown_id,
};

use super::apply_json;
use super::json::{identity, map, number};

/// The schema of what [`value`] returns.
pub(crate) const SCHEMA: &str = include_str!("../../schemas/diff.json");

/// Returns the changes as one value, secrets hidden. Nothing is left out: what the other forms fold has its cause here.
pub(crate) fn value(review: &Review<'_>, changes: &Changes) -> Value {
    let units: Vec<Value> = review.units.iter().map(|item| unit(review, item)).collect();
    map([("version", number(1)), ("counts", counts(review, changes)), ("units", units.into())])
}

/// Returns how much changes.
pub(crate) fn counts(review: &Review<'_>, changes: &Changes) -> Value {
    let counts = changes.counts();
    map([
        ("added", number(counts.added)),
        ("changed", number(counts.changed)),
        ("removed", number(counts.removed)),
        ("moved", number(counts.moved)),
        ("replaced", number(counts.replaced)),
        ("unknown", number(counts.unknown)),
        ("folded", number(review.folded())),
    ])
}

/// Returns each changed object by itself, with its name for people: as in the units, with the unit's name, its chart, and
/// the object before and after.
pub(crate) fn objects(review: &Review<'_>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for item in &review.units {
        for change in &item.objects {
            let mut value = object(review, item, change);
            let unit = item.change.id.to_string();
            if let Some(map) = value.as_map_mut() {
                map.insert("unit", Value::string(unit.clone()));
                // Rules need not ask whether there is a namespace.
                map.entry("namespace");
                map.insert("before", change.before.clone().unwrap_or_default());
                map.insert("after", change.after.clone().unwrap_or_default());
                for list in ["consequences", "fields"] {
                    if !map.contains_key(list) {
                        map.insert(list, Value::list(Vec::new()));
                    }
                }
            }
            all.push((format!("{} of {unit}", shown_id(change.change)), value));
        }
    }
    all
}

/// Returns what applying a plan would change in a cluster, with the digests that `weir apply --plan` checks.
pub(crate) fn of_cluster(
    review: &Review<'_>,
    preview: &Preview,
    plan: &Plan,
    base: &Digest,
) -> Value {
    let mut value = value(review, &preview.changes);
    if let Some(map) = value.as_map_mut() {
        map.insert("plan", Value::string(plan.digest.to_string()));
        map.insert("base", Value::string(base.to_string()));
        map.insert("outcomes", apply_json::units(&preview.units));
    }
    value
}

fn unit(review: &Review<'_>, unit: &UnitReview<'_>) -> Value {
    let change = unit.change;
    let objects: Vec<Value> = unit.objects.iter().map(|item| object(review, unit, item)).collect();
    let mut entries = vec![
        ("kind", Value::from(change.id.kind.as_str())),
        ("namespace", Value::string(change.id.namespace.clone())),
        ("name", Value::string(change.id.name.clone())),
        ("objects", objects.into()),
    ];
    let state = match &change.state {
        UnitState::Kept => "changed",
        UnitState::Added => "added",
        UnitState::Removed => "removed",
        UnitState::Unknown { side, reasons } => {
            let reasons: Vec<Value> =
                reasons.iter().map(|reason| Value::string(reason.to_string())).collect();
            entries.push(("failedSide", Value::from(*side)));
            entries.push(("reasons", reasons.into()));
            "unknown"
        }
    };
    entries.push(("state", Value::from(state)));
    if unit.suspended {
        entries.push(("suspended", true.into()));
    }
    if !unit.causes.is_empty() {
        let causes: Vec<Value> = unit.causes.iter().map(cause).collect();
        entries.push(("causes", causes.into()));
    }
    if let Some((before, after)) = &change.chart {
        entries.push((
            "chart",
            map([("before", before.as_str().into()), ("after", after.as_str().into())]),
        ));
    }
    map(entries)
}

fn cause(cause: &Cause) -> Value {
    map([
        ("cause", Value::from(cause_word(&cause.kind))),
        ("text", Value::string(cause.kind.to_string())),
        ("objects", number(cause.objects.len())),
        ("fields", number(cause.fields)),
    ])
}

/// Returns a word for programs.
fn cause_word(kind: &CauseKind) -> &'static str {
    match kind {
        CauseKind::Chart => "chart",
        CauseKind::Name { .. } => "name",
        CauseKind::Checksum { .. } => "checksum",
        CauseKind::Move => "move",
        CauseKind::Label { .. } => "label",
        CauseKind::Stripped { .. } => "stripped",
        CauseKind::Description => "description",
        CauseKind::Order => "order",
        CauseKind::Default => "default",
    }
}

fn object(review: &Review<'_>, unit: &UnitReview<'_>, object: &ObjectReview<'_>) -> Value {
    let mut entries = identity(&shown_id(object.change));
    let action = match &object.change.action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Remove => "remove",
        Action::Move { from } => {
            entries.push(("fromUnit", Value::string(from.to_string())));
            "move"
        }
        Action::Replace { from, unit } => {
            entries.push(("from", Value::string(from.to_string())));
            entries.push(("fromUnit", Value::string(unit.to_string())));
            "replace"
        }
    };
    entries.push(("action", action.into()));
    if object.change.before.is_some() && object.change.after.is_some() {
        let own = object.own.iter().map(|change| field(change, None));
        let aside = object.aside.iter().map(|(place, change)| {
            field(change, unit.causes.get(*place).map(|cause| cause_word(&cause.kind)))
        });
        entries.push(("fields", own.chain(aside).collect::<Vec<_>>().into()));
        entries.push(("folded", object.is_folded().into()));
    } else if let Some(after) = &object.after {
        entries.push(("object", after.clone()));
    }
    if !object.consequences.is_empty() {
        let list: Vec<Value> = object.consequences.iter().map(consequence).collect();
        entries.push(("consequences", list.into()));
    }
    if let Some((other, index)) = object.same_as
        && let Some(other) = review.units.get(other)
        && let Some(first) = other.objects.get(index)
    {
        let first = shown_id(first.change).to_string();
        entries.push((
            "sameAs",
            map([
                ("unit", Value::string(other.change.id.to_string())),
                ("object", Value::string(first)),
            ]),
        ));
    }
    map(entries)
}

fn consequence(consequence: &Consequence) -> Value {
    map([
        ("consequence", Value::from(consequence.word())),
        ("text", Value::string(consequence.to_string())),
        ("grave", consequence.is_grave().into()),
    ])
}

fn field(change: &FieldChange, cause: Option<&'static str>) -> Value {
    let mut entries = vec![("path", Value::string(change.path.clone()))];
    entries.extend(change.before.clone().map(|value| ("before", value)));
    entries.extend(change.after.clone().map(|value| ("after", value)));
    entries.extend(cause.map(|cause| ("cause", cause.into())));
    map(entries)
}
