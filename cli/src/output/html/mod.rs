//! What the pages have in common: one file that needs no network, with search, folding, side by side, light and dark,
//! usable by keyboard.
//!
//! Text from the repository is escaped, and the page's own policy keeps it from loading anything.

use std::fmt::Write;
use std::ops::Range;

use weir_plan::{Hunk, LineKind};

use super::safe::markup;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Objects with up to this many changed lines are open at first.
const OPEN_LINES: usize = 60;

/// What a page is made of: texts that are still to be escaped, and markup.
pub(super) struct Parts<'a> {
    /// The command.
    pub(super) name: &'a str,
    /// What is compared.
    pub(super) title: &'a str,
    /// How much changes.
    pub(super) summary: &'a str,
    /// Markup of more tools.
    pub(super) select: &'a str,
    /// What the markup on the side is about.
    pub(super) nav_label: &'a str,
    /// Markup on the side.
    pub(super) nav: &'a str,
    /// Markup in the middle.
    pub(super) main: &'a str,
}

/// Returns a page.
pub(super) fn page(parts: &Parts<'_>) -> String {
    let Parts { nav, main, select, .. } = parts;
    let (name, title) = (markup(parts.name), markup(parts.title));
    let mut html =
        String::with_capacity(main.len() + nav.len() + STYLE.len() + SCRIPT.len() + 4096);
    html.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    write!(html, "<title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n").ok();
    write!(
        html,
        "<header>\n<h1>{name}<small>{title}</small></h1>\n<p>{}</p>\n",
        markup(parts.summary)
    )
    .ok();
    html.push_str("<div class=\"tools\">\n<input id=\"search\" type=\"search\" placeholder=\"Search ( / )\" aria-label=\"search\">\n");
    html.push_str("<select id=\"action\" aria-label=\"action\"><option value=\"\">all changes</option><option value=\"add\">added</option><option value=\"change\">changed</option><option value=\"remove\">removed</option><option value=\"move\">moved</option><option value=\"is-grave\">grave</option></select>\n");
    html.push_str(select);
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
    write!(
        html,
        "<div class=\"page\">\n<nav aria-label=\"{}\">\n{nav}</nav>\n<main>\n{main}</main>\n</div>\n",
        parts.nav_label
    )
    .ok();
    html.push_str("<div id=\"help\" class=\"hidden\"><kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>o</kbd> open · <kbd>e</kbd> open all · <kbd>s</kbd> side by side · <kbd>f</kbd> folded objects · <kbd>g</kbd> graph · <kbd>t</kbd> light, dark</div>\n");
    write!(html, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n").ok();
    html
}

/// Writes the lines that differ.
pub(super) fn hunks(hunks: &[Hunk], html: &mut String) {
    for hunk in hunks {
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
}

/// Returns how many lines are added and removed, as markup.
pub(super) fn size(hunks: &[Hunk]) -> String {
    match lines(hunks) {
        (0, 0) => String::new(),
        (added, removed) => format!("<span class=\"size\">+{added} −{removed}</span>"),
    }
}

/// Tells whether there are lines, and few enough to show them at once.
pub(super) fn is_small(hunks: &[Hunk]) -> bool {
    let (added, removed) = lines(hunks);
    (1..=OPEN_LINES).contains(&(added + removed))
}

fn lines(hunks: &[Hunk]) -> (usize, usize) {
    let count = |kind: LineKind| {
        hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count()
    };
    (count(LineKind::Added), count(LineKind::Removed))
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
pub(super) fn with_code(text: &str) -> String {
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
