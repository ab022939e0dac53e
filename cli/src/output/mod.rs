//! Printing: text for people, and the forms for programs.

pub(crate) mod apply_json;
pub(crate) mod apply_junit;
pub(crate) mod apply_live;
pub(crate) mod apply_text;
pub(crate) mod check_json;
pub(crate) mod check_junit;
pub(crate) mod check_sarif;
pub(crate) mod check_text;
pub(crate) mod diagnostics;
pub(crate) mod diff_html;
pub(crate) mod diff_json;
pub(crate) mod diff_markdown;
pub(crate) mod diff_stat;
pub(crate) mod diff_text;
pub(crate) mod diff_words;
pub(crate) mod fleet;
pub(crate) mod fleet_html;
pub(crate) mod graph;
mod html;
pub(crate) mod images;
mod json;
pub(crate) mod log;
pub(crate) mod manifests;
pub(crate) mod pager;
pub(crate) mod plan;
pub(crate) mod refusals;
pub(crate) mod reuse;
pub(crate) mod safe;
pub(crate) mod snapshots;
pub(crate) mod style;
pub(crate) mod tree;
pub(crate) mod why;

/// Writes a count with its noun: `1 unit`, `2 units`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
