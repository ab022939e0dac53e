//! A diff as one page that needs no network: search, folding, side by side, light and dark, usable by keyboard.
//!
//! The page holds everything, also what is folded. Text from the repository is escaped, and the page's own policy keeps
//! it from loading anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use weir_plan::{Action, Changes, ObjectReview, Plan, Review, UnitId, UnitReview, UnitState};

use super::diff_words::{
    action, folded, is_silent, name, notes, object_hunks, same_as, state, summary,
};
use super::graph::{self, Graph};
use super::html::{self as form, with_code};
use super::plural;
use super::safe::markup;

/// The largest graph that is drawn in a page.
const MOST_NODES: usize = 400;

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
    let mut nav = String::new();
    tree(page, &mut nav);
    let mut main = String::with_capacity(64 * 1024);
    if page.review.units.is_empty() {
        main.push_str("<p class=\"empty\">Nothing changes.</p>\n");
    }
    grave(page.review, &mut main);
    for (index, unit) in page.review.units.iter().enumerate() {
        section(page, index, unit, &mut main);
    }
    graph(page, &mut main);
    let mut told = summary(&page.changes.counts());
    if let Some(folded) = folded(page.review, page.changes) {
        let folded = folded.split(';').next().unwrap_or_default();
        write!(told, "; {folded}").ok();
    }
    form::page(&form::Parts {
        name: "weir diff",
        title: page.title,
        summary: &told,
        select: "",
        nav_label: "units",
        nav: &nav,
        main: &main,
    })
}

/// Draws units and sources, coloured by what changes.
fn graph(page: &Page<'_>, html: &mut String) {
    let [after, before] = page.plans;
    let graph = Graph::of_changes(before, after, page.changes);
    if page.review.units.is_empty() || graph.nodes.is_empty() {
        return;
    }
    html.push_str("<details id=\"graph\">\n<summary>graph of units and sources</summary>\n");
    if graph.nodes.len() > MOST_NODES {
        let count = graph.nodes.len();
        write!(html, "<p>It has {count} nodes; <code>weir graph</code> draws it.</p>").ok();
    } else {
        html.push_str(&graph::svg_in_page(&graph));
    }
    html.push_str("</details>\n");
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
    let (mark, mut word) = action(object);
    word.extend(same_as(page.review, object).map(|whose| format!(" ({whose})")));
    if object.same > 0 {
        word.push_str(&format!(" (and {} alike)", plural(object.same, "object")));
    }
    let folded = if object.is_folded() { " folded" } else { "" };
    let silent = if is_silent(object) { " silent" } else { "" };
    let is_grave = object.consequences.iter().any(|item| item.is_grave());
    let grave = if is_grave { " is-grave" } else { "" };
    let is_open = form::is_small(&hunks) && !object.is_folded();
    let open = if is_open { " open" } else { "" };
    let size = form::size(&hunks);
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
    form::hunks(&hunks, html);
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
