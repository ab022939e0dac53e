//! A diff as one page that needs no network: search, folding, side by side, light and dark, usable by keyboard.
//!
//! The page holds everything, also what is folded. Text from the repository is escaped, and the page's own policy keeps
//! it from loading anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use weir_plan::{
    Action, Changes, LineKind, ObjectReview, Plan, Review, UnitId, UnitReview, UnitState,
};

use super::diff_words::{
    action, folded, is_silent, name, notes, object_hunks, same_as, state, summary,
};
use super::plural;
use super::safe::markup;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Objects with up to this many lines are open at first.
const OPEN_LINES: usize = 60;

/// What a page is made of.
pub(crate) struct Page<'a> {
    /// What is compared.
    pub(crate) title: &'a str,
    /// The changes as people read them.
    pub(crate) review: &'a Review<'a>,
    /// The changes, to count them.
    pub(crate) changes: &'a Changes,
    /// The plans, for the tree of units.
    pub(crate) plans: [&'a Plan; 2],
    /// Lines of context around a change.
    pub(crate) context: usize,
}

/// Returns the page.
pub(crate) fn text(page: &Page<'_>) -> String {
    let mut html = String::with_capacity(64 * 1024);
    html.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    write!(html, "<title>weir diff</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n").ok();
    header(page, &mut html);
    html.push_str("<div class=\"page\">\n<nav aria-label=\"units\">\n");
    tree(page, &mut html);
    html.push_str("</nav>\n<main>\n");
    if page.review.units.is_empty() {
        html.push_str("<p class=\"empty\">Nothing changes.</p>\n");
    }
    grave(page.review, &mut html);
    for (index, unit) in page.review.units.iter().enumerate() {
        section(page, index, unit, &mut html);
    }
    html.push_str("</main>\n</div>\n");
    html.push_str("<div id=\"help\" class=\"hidden\"><kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>o</kbd> open · <kbd>e</kbd> open all · <kbd>s</kbd> side by side · <kbd>f</kbd> folded objects · <kbd>t</kbd> light, dark</div>\n");
    write!(html, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n").ok();
    html
}

fn header(page: &Page<'_>, html: &mut String) {
    write!(
        html,
        "<header>\n<h1>weir diff<small>{}</small></h1>\n<p>{}",
        markup(page.title),
        markup(&summary(&page.changes.counts()))
    )
    .ok();
    if let Some(folded) = folded(page.review, page.changes) {
        let folded = folded.split(';').next().unwrap_or_default();
        write!(html, "; {}", markup(folded)).ok();
    }
    html.push_str("</p>\n<div class=\"tools\">\n<input id=\"search\" type=\"search\" placeholder=\"Search ( / )\" aria-label=\"search\">\n");
    html.push_str("<select id=\"action\" aria-label=\"action\"><option value=\"\">all changes</option><option value=\"add\">added</option><option value=\"change\">changed</option><option value=\"remove\">removed</option><option value=\"move\">moved</option><option value=\"is-grave\">grave</option></select>\n");
    for (id, words) in [
        ("sides", "side by side"),
        ("folded", "folded objects"),
        ("expand", "open all"),
        ("theme", "light / dark"),
        ("keys", "keys"),
    ] {
        writeln!(html, "<button id=\"{id}\" type=\"button\">{words}</button>").ok();
    }
    html.push_str("<span id=\"found\" role=\"status\"></span>\n</div>\n</header>\n");
}

/// Writes the units that change below those that hold them.
fn tree(page: &Page<'_>, html: &mut String) {
    let places: BTreeMap<&UnitId, usize> = page
        .review
        .units
        .iter()
        .enumerate()
        .map(|(index, unit)| (&unit.change.id, index))
        .collect();
    let parent = |id: &UnitId| -> Option<&UnitId> {
        page.plans.iter().find_map(|plan| plan.unit(id)?.parent.as_ref())
    };
    let mut children: BTreeMap<Option<&UnitId>, BTreeSet<&UnitId>> = BTreeMap::new();
    for id in places.keys().copied() {
        let mut id = id;
        // Parents come from the input and may form a circle; a pair that is known ends the way up.
        loop {
            let above = parent(id).filter(|above| *above != id);
            if !children.entry(above).or_default().insert(id) {
                break;
            }
            match above {
                Some(above) => id = above,
                None => break,
            }
        }
    }
    let mut seen = BTreeSet::new();
    branch(page, &places, &children, None, &mut seen, html);
    // What is in a circle of parents hangs on no root.
    for (id, index) in &places {
        if !seen.contains(*id) {
            leaf(page, id, Some(*index), html);
            html.push_str("</li>");
        }
    }
}

type Children<'a> = BTreeMap<Option<&'a UnitId>, BTreeSet<&'a UnitId>>;

fn branch<'a>(
    page: &Page<'_>,
    places: &BTreeMap<&UnitId, usize>,
    children: &Children<'a>,
    of: Option<&'a UnitId>,
    seen: &mut BTreeSet<&'a UnitId>,
    html: &mut String,
) {
    let Some(ids) = children.get(&of) else { return };
    html.push_str("<ul>\n");
    for id in ids {
        if seen.len() < 10_000 && seen.insert(id) {
            leaf(page, id, places.get(id).copied(), html);
            branch(page, places, children, Some(id), seen, html);
            html.push_str("</li>\n");
        }
    }
    html.push_str("</ul>\n");
}

fn leaf(page: &Page<'_>, id: &UnitId, place: Option<usize>, html: &mut String) {
    let short = if id.kind.as_str() == "HelmRelease" { "hr" } else { "ks" };
    let label = format!("{short}/{}/{}", id.namespace, id.name);
    let label = markup(&label);
    match place.and_then(|index| Some((index, page.review.units.get(index)?))) {
        Some((index, unit)) => {
            let count = unit.objects.len();
            write!(
                html,
                "<li><a href=\"#u{index}\" title=\"{label}\">{label} <small>{count}</small></a>"
            )
            .ok();
        }
        None => {
            write!(html, "<li><span class=\"same\" title=\"{label}\">{label}</span>").ok();
        }
    }
}

fn grave(review: &Review<'_>, html: &mut String) {
    if !review.is_grave() {
        return;
    }
    html.push_str("<div class=\"grave\"><h2>Look twice</h2><ul>\n");
    for (unit_index, unit) in review.units.iter().enumerate() {
        for (index, object) in unit.objects.iter().enumerate() {
            for consequence in object.consequences.iter().filter(|item| item.is_grave()) {
                writeln!(
                    html,
                    "<li><a href=\"#o{unit_index}-{index}\">{}</a>: {}</li>",
                    markup(&name(object)),
                    with_code(&consequence.to_string())
                )
                .ok();
            }
        }
    }
    html.push_str("</ul></div>\n");
}

fn section(page: &Page<'_>, index: usize, unit: &UnitReview<'_>, html: &mut String) {
    let id = unit.change.id.to_string();
    let id = markup(&id);
    writeln!(
        html,
        "<section class=\"unit\" data-name=\"{id}\">\n<h2 id=\"u{index}\">{id}<small>{}</small></h2>",
        markup(&state(&unit.change.state))
    )
    .ok();
    let mut notes = notes(unit, "→");
    if let UnitState::Unknown { reasons, .. } = &unit.change.state {
        notes.extend(reasons.iter().map(ToString::to_string));
    }
    if !notes.is_empty() {
        html.push_str("<ul class=\"notes\">\n");
        for note in notes {
            writeln!(html, "<li>{}</li>", with_code(&note)).ok();
        }
        html.push_str("</ul>\n");
    }
    for (place, object) in unit.objects.iter().enumerate() {
        details(page, unit, &format!("o{index}-{place}"), object, html);
    }
    html.push_str("</section>\n");
}

fn details(
    page: &Page<'_>,
    unit: &UnitReview<'_>,
    id: &str,
    object: &ObjectReview<'_>,
    html: &mut String,
) {
    let class = match object.change.action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Remove => "remove",
        Action::Move { .. } | Action::Replace { .. } => "move",
    };
    let hunks = object_hunks(object, page.context);
    let count = |kind: LineKind| {
        hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count()
    };
    let (added, removed) = (count(LineKind::Added), count(LineKind::Removed));
    let (mark, mut word) = action(object);
    word.extend(same_as(page.review, object).map(|whose| format!(" ({whose})")));
    if object.same > 0 {
        word.push_str(&format!(" (and {} alike)", plural(object.same, "object")));
    }
    let folded = if object.is_folded() { " folded" } else { "" };
    let silent = if is_silent(object) { " silent" } else { "" };
    let is_grave = object.consequences.iter().any(|item| item.is_grave());
    let grave = if is_grave { " is-grave" } else { "" };
    let is_open = (1..=OPEN_LINES).contains(&(added + removed)) && !object.is_folded();
    let open = if is_open { " open" } else { "" };
    let size = match added + removed {
        0 => String::new(),
        _ => format!("<span class=\"size\">+{added} −{removed}</span>"),
    };
    writeln!(
        html,
        "<details class=\"object {class}{folded}{silent}{grave}\" id=\"{id}\"{open}>\n<summary>{size}<span class=\"mark\">{mark}</span>{}<small>{}</small></summary>",
        markup(&name(object)),
        markup(&word)
    )
    .ok();
    for consequence in &object.consequences {
        let class = if consequence.is_grave() { " is-grave" } else { "" };
        writeln!(html, "<p class=\"consequence{class}\">{}</p>", markup(&consequence.to_string()))
            .ok();
    }
    for hunk in &hunks {
        write!(html, "<div class=\"hunk\"><div class=\"path\">{}</div><pre>", markup(&hunk.path))
            .ok();
        for line in &hunk.lines {
            let class = match line.kind {
                LineKind::Context => "c",
                LineKind::Removed => "r",
                LineKind::Added => "a",
            };
            write!(html, "<span class=\"{class}\">{}</span>", marked(&line.text, &line.marks)).ok();
        }
        html.push_str("</pre></div>\n");
    }
    aside(unit, object, html);
    html.push_str("</details>\n");
}

/// Lists the fields that follow from something else.
fn aside(unit: &UnitReview<'_>, object: &ObjectReview<'_>, html: &mut String) {
    if object.aside.is_empty() {
        return;
    }
    let count = plural(object.aside.len(), "field");
    let verb = if object.aside.len() == 1 { "follows" } else { "follow" };
    writeln!(
        html,
        "<details class=\"aside\"><summary>{count} {verb} from something else</summary><ul>"
    )
    .ok();
    for (place, field) in &object.aside {
        let word = |value: &Option<weir_model::Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => match value.as_str() {
                Some(text) => text.to_owned(),
                None => weir_yaml::json::write(value),
            },
        };
        let because = unit.causes.get(*place).map(|cause| cause.kind.to_string());
        writeln!(
            html,
            "<li>{}: {} → {} ({})</li>",
            markup(&field.path),
            markup(&word(&field.before)),
            markup(&word(&field.after)),
            markup(&because.unwrap_or_default())
        )
        .ok();
    }
    html.push_str("</ul></details>\n");
}

/// Escapes a line and puts the words that differ into marks.
fn marked(text: &str, marks: &[Range<usize>]) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    let mut last = 0;
    for mark in marks {
        let (Some(before), Some(inside)) = (text.get(last..mark.start), text.get(mark.clone()))
        else {
            return markup(text);
        };
        html.push_str(&markup(before));
        write!(html, "<mark>{}</mark>", markup(inside)).ok();
        last = mark.end;
    }
    html.push_str(&markup(text.get(last..).unwrap_or_default()));
    html
}

/// Escapes our own words, with what stands in backticks as code.
fn with_code(text: &str) -> String {
    let escaped = markup(text);
    if !escaped.matches('`').count().is_multiple_of(2) {
        return escaped;
    }
    let mut html = String::with_capacity(escaped.len() + 16);
    for (index, part) in escaped.split('`').enumerate() {
        match index % 2 {
            0 => html.push_str(part),
            _ => {
                write!(html, "<code>{part}</code>").ok();
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_repository_is_no_markup() {
        assert_eq!(markup("<b a=\"1\">'&"), "&lt;b a=&quot;1&quot;&gt;&#39;&amp;");
        let mark = Range { start: 2, end: 3 };
        assert_eq!(marked("a <b", &[mark]), "a <mark>&lt;</mark>b");
    }
}
