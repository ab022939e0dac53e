//! The changes of many clusters as one page: which clusters change alike, and each distinct change with the clusters it
//! concerns; one cluster can be picked.

use std::fmt::Write;

use super::fleet::{Change, Fleet};
use super::html::{self, with_code};
use super::plural;
use super::safe::markup;

/// Returns the page.
pub(crate) fn text(fleet: &Fleet) -> String {
    let mut main = String::with_capacity(64 * 1024);
    matrix(fleet, &mut main);
    grave(fleet, &mut main);
    if fleet.changes.is_empty() {
        main.push_str("<p class=\"empty\">Nothing changes.</p>\n");
    }
    let indexed: Vec<(usize, &Change)> = fleet.changes.iter().enumerate().collect();
    for (index, unit) in indexed.chunk_by(|(_, a), (_, b)| a.unit == b.unit).enumerate() {
        section(fleet, index, unit, &mut main);
    }
    unknown(fleet, &mut main);
    html::page(&html::Parts {
        name: "weir diff --fleet",
        title: &fleet.title,
        summary: &fleet.head(),
        select: &select(fleet),
        nav_label: "clusters",
        nav: &clusters(fleet),
        main: &main,
    })
}

/// The choice of one cluster, by its place.
fn select(fleet: &Fleet) -> String {
    let mut out = String::from(
        "<select id=\"cluster\" aria-label=\"cluster\"><option value=\"\">all clusters</option>",
    );
    for (place, cluster) in fleet.clusters.iter().enumerate() {
        write!(out, "<option value=\"{place}\">{}</option>", markup(&cluster.name)).ok();
    }
    out.push_str("</select>\n");
    out
}

/// The clusters, with how many changes each has.
fn clusters(fleet: &Fleet) -> String {
    let mut out = String::from("<ul>\n");
    for (place, cluster) in fleet.clusters.iter().enumerate() {
        let name = markup(&cluster.name);
        writeln!(
            out,
            "<li><a href=\"#matrix\" data-cluster=\"{place}\" title=\"{name}\">{name} <small>{}</small></a></li>",
            cluster.changes.len()
        )
        .ok();
    }
    out.push_str("</ul>\n");
    out
}

/// Which clusters change in which ways.
fn matrix(fleet: &Fleet, html: &mut String) {
    html.push_str(
        "<table id=\"matrix\"><thead><tr><th>changes</th><th>clusters</th></tr></thead><tbody>\n",
    );
    for (changes, clusters) in fleet.matrix() {
        let names: Vec<&str> = clusters
            .iter()
            .filter_map(|place| fleet.clusters.get(*place))
            .map(|cluster| cluster.name.as_str())
            .collect();
        writeln!(
            html,
            "<tr><td>{}</td><td title=\"{}\">{}</td></tr>",
            changes,
            markup(&names.join(", ")),
            markup(&fleet.whom(&clusters))
        )
        .ok();
    }
    html.push_str("</tbody></table>\n");
}

/// What is to be looked at twice.
fn grave(fleet: &Fleet, html: &mut String) {
    if fleet.changes.iter().all(|change| change.consequences.is_empty()) {
        return;
    }
    html.push_str("<div class=\"grave\"><h2>Look twice</h2><ul>\n");
    for (place, change) in fleet.changes.iter().enumerate() {
        for consequence in &change.consequences {
            writeln!(
                html,
                "<li><a href=\"#c{place}\">{}</a> {}: {}</li>",
                markup(&change.object),
                markup(&fleet.whom(&change.clusters)),
                with_code(consequence)
            )
            .ok();
        }
    }
    html.push_str("</ul></div>\n");
}

fn section(fleet: &Fleet, index: usize, changes: &[(usize, &Change)], html: &mut String) {
    let Some((_, first)) = changes.first() else { return };
    let unit = markup(&first.unit);
    writeln!(
        html,
        "<section class=\"unit\" data-name=\"{unit}\">\n<h2 id=\"u{index}\">{unit}<small>{}</small></h2>",
        plural(changes.len(), "distinct change")
    )
    .ok();
    for (place, change) in changes {
        details(fleet, *place, change, html);
    }
    html.push_str("</section>\n");
}

fn details(fleet: &Fleet, place: usize, change: &Change, out: &mut String) {
    let class = match change.mark {
        "+" => "add",
        "-" => "remove",
        ">" => "move",
        _ => "change",
    };
    let folded = if change.folded { " folded silent" } else { "" };
    let grave = if change.consequences.is_empty() { "" } else { " is-grave" };
    let open = if html::is_small(&change.hunks) && !change.folded { " open" } else { "" };
    let places: Vec<String> = change.clusters.iter().map(ToString::to_string).collect();
    writeln!(
        out,
        "<details class=\"object {class}{folded}{grave}\" id=\"c{place}\" data-clusters=\"{}\"{open}>\n<summary>{}<span class=\"mark\">{}</span>[{}] {}<small>{} {}</small></summary>",
        places.join(" "),
        html::size(&change.hunks),
        change.mark,
        place + 1,
        markup(&change.object),
        markup(&change.word),
        markup(&fleet.whom(&change.clusters))
    )
    .ok();
    for consequence in &change.consequences {
        writeln!(out, "<p class=\"consequence is-grave\">{}</p>", markup(consequence)).ok();
    }
    html::hunks(&change.hunks, out);
    out.push_str("</details>\n");
}

/// What could not be compared.
fn unknown(fleet: &Fleet, html: &mut String) {
    let failed = fleet.clusters.iter().flat_map(|cluster| {
        cluster.unknown.iter().map(move |(unit, reasons)| (cluster, unit, reasons))
    });
    for (cluster, unit, reasons) in failed {
        let unit = markup(unit);
        writeln!(
            html,
            "<section class=\"unit\" data-name=\"{unit}\"><h2>{unit}<small>could not be compared in {}</small></h2><ul class=\"notes\">",
            markup(&cluster.name)
        )
        .ok();
        for reason in reasons {
            writeln!(html, "<li>{}</li>", with_code(reason)).ok();
        }
        html.push_str("</ul></section>\n");
    }
}
