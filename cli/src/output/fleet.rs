//! The changes of many clusters: each distinct one once, with the clusters it concerns, and a matrix of both.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use weir_model::Value;
use weir_plan::{Counts, Hunk, LineKind};

use super::diff_words::summary;
use super::json::{map, number};
use super::style::{ADDED, CHANGED, FAINT, GRAVE, HEADING, REMOVED, RESET};
use super::{plural, safe};

/// The schema of what [`value`] returns.
pub(crate) const SCHEMA: &str = include_str!("../../schemas/fleet.json");

/// How many clusters are named before the rest is counted.
const NAMES: usize = 5;

/// How many characters a comment may have.
const LIMIT: usize = 65_000;

/// What one change does to many clusters.
pub(crate) struct Fleet {
    /// What is compared.
    pub(crate) title: String,
    /// The clusters in the order of their entries.
    pub(crate) clusters: Vec<Cluster>,
    /// The distinct changes, by unit and object; of one object those of most clusters first.
    pub(crate) changes: Vec<Change>,
}

/// One cluster.
pub(crate) struct Cluster {
    /// What it is called: by its entry path, unless it was given a name.
    pub(crate) name: String,
    /// The entry path.
    pub(crate) entry: String,
    /// How much changes.
    pub(crate) counts: Counts,
    /// How many objects are folded.
    pub(crate) folded: usize,
    /// The units that could not be compared, and why.
    pub(crate) unknown: Vec<(String, Vec<String>)>,
    /// The places of its changes.
    pub(crate) changes: Vec<usize>,
}

/// One distinct change of an object.
pub(crate) struct Change {
    /// The unit.
    pub(crate) unit: String,
    /// The object.
    pub(crate) object: String,
    /// The sign of the action.
    pub(crate) mark: &'static str,
    /// What stands behind the object's name.
    pub(crate) word: String,
    /// Whether the object changes in nothing but what follows from another.
    pub(crate) folded: bool,
    /// The grave consequences.
    pub(crate) consequences: Vec<String>,
    /// The lines that differ, secrets hidden.
    pub(crate) hunks: Vec<Hunk>,
    /// The places of the clusters that it concerns.
    pub(crate) clusters: Vec<usize>,
}

impl Fleet {
    /// Says which clusters are meant: all, all but few, or these.
    pub(super) fn whom(&self, places: &[usize]) -> String {
        let name = |place: &usize| self.clusters.get(*place).map(|cluster| cluster.name.clone());
        let all = self.clusters.len();
        if places.len() == all {
            return format!("in all {}", plural(all, "cluster"));
        }
        if all - places.len() <= 2 && places.len() > 2 {
            let others: Vec<usize> = (0..all).filter(|place| !places.contains(place)).collect();
            let names: Vec<String> = others.iter().filter_map(name).collect();
            return format!("in {} clusters, all but {}", places.len(), names.join(", "));
        }
        let names: Vec<String> = places.iter().take(NAMES).filter_map(name).collect();
        let rest = places.len().saturating_sub(NAMES);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        format!("in {}: {}{more}", plural(places.len(), "cluster"), names.join(", "))
    }

    /// Puts clusters with the same changes together, the largest groups first.
    pub(super) fn matrix(&self) -> Vec<(String, Vec<usize>)> {
        let mut groups: BTreeMap<(&[usize], bool), Vec<usize>> = BTreeMap::new();
        for (place, cluster) in self.clusters.iter().enumerate() {
            let key = (&cluster.changes[..], !cluster.unknown.is_empty());
            groups.entry(key).or_default().push(place);
        }
        let mut rows: Vec<_> = groups.into_iter().collect();
        rows.sort_by_key(|(_, clusters)| std::cmp::Reverse(clusters.len()));
        let words = |(changes, is_unknown): (&[usize], bool)| match (changes.is_empty(), is_unknown)
        {
            (true, true) => "unknown".to_owned(),
            (false, true) => format!("{}, the rest is unknown", Self::numbers(changes)),
            (_, false) => Self::numbers(changes),
        };
        rows.into_iter().map(|(key, clusters)| (words(key), clusters)).collect()
    }

    pub(super) fn head(&self) -> String {
        let changed = self.clusters.iter().filter(|cluster| !cluster.changes.is_empty()).count();
        format!(
            "{changed} of {} change, in {}; over all clusters {}",
            plural(self.clusters.len(), "cluster"),
            plural(self.changes.len(), "distinct way"),
            summary(&sum(self.clusters.iter().map(|cluster| cluster.counts)))
        )
    }

    /// Puts numbers that follow each other together: `1-4, 7`.
    fn numbers(changes: &[usize]) -> String {
        let mut text = String::new();
        let mut rest = changes;
        while let Some(first) = rest.first() {
            let run = rest.iter().enumerate().take_while(|(step, place)| **place == first + step);
            let length = run.count();
            if !text.is_empty() {
                text.push_str(", ");
            }
            match length {
                1 => write!(text, "{}", first + 1).ok(),
                _ => write!(text, "{}-{}", first + 1, first + length).ok(),
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        if text.is_empty() { "nothing".to_owned() } else { text }
    }
}

/// Prints the fleet for people.
pub(crate) fn print(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let mut last = "";
    for (index, change) in fleet.changes.iter().enumerate() {
        if last != change.unit {
            writeln!(out, "{HEADING}{}{RESET}", safe::line(&change.unit))?;
            last = &change.unit;
        }
        let colour = match change.mark {
            "+" => ADDED,
            "-" => REMOVED,
            _ => CHANGED,
        };
        let (mark, object) = (change.mark, safe::line(&change.object));
        let folded = if change.folded { " only follows from others," } else { "" };
        writeln!(
            out,
            "  {FAINT}[{}]{RESET} {colour}{mark} {object}{RESET}{}{folded} {}",
            index + 1,
            safe::line(&change.word),
            safe::line(&fleet.whom(&change.clusters))
        )?;
        for consequence in &change.consequences {
            writeln!(out, "      {GRAVE}!{RESET} {}", safe::line(consequence))?;
        }
        for hunk in &change.hunks {
            if !hunk.path.is_empty() {
                writeln!(out, "      {FAINT}@ {}{RESET}", safe::line(&hunk.path))?;
            }
            for line in &hunk.lines {
                super::diff_text::print_line(line, None, out)?;
            }
        }
    }
    for cluster in &fleet.clusters {
        for (unit, reasons) in &cluster.unknown {
            let (unit, name) = (safe::line(unit), safe::line(&cluster.name));
            writeln!(out, "{REMOVED}?{RESET} {unit} could not be compared in {name}")?;
            for reason in reasons {
                writeln!(out, "    {}", safe::line(reason))?;
            }
        }
    }
    writeln!(out)?;
    for (changes, clusters) in fleet.matrix() {
        let whom = fleet.whom(&clusters);
        writeln!(out, "changes {changes} {}", safe::line(&whom))?;
    }
    writeln!(out, "{}", fleet.head())
}

/// Returns the fleet for a comment. Diffs are written as long as there is room; the comment says how many are not.
pub(crate) fn markdown(fleet: &Fleet) -> String {
    let mut text = format!("{}\n### weir diff\n\n{}\n", super::diff_markdown::MARKER, fleet.head());
    text.push_str("\n| changes | clusters |\n| --- | --- |\n");
    let rows = fleet.matrix();
    for (changes, clusters) in rows.iter().take(50) {
        let whom = fleet.whom(clusters);
        writeln!(text, "| {changes} | {} |", super::diff_markdown::inline(&whom)).ok();
    }
    if rows.len() > 50 {
        writeln!(text, "| … | {} more |", plural(rows.len() - 50, "group")).ok();
    }
    let mut size = text.chars().count();
    let (mut folded, mut left_out) = (0, 0);
    for (index, change) in fleet.changes.iter().enumerate() {
        let object = format!("{} of {}", change.object, change.unit);
        let whom = super::diff_markdown::inline(&fleet.whom(&change.clusters));
        let title = format!(
            "\n{}. {} {}, {whom}\n",
            index + 1,
            change
                .mark
                .replace('~', "change")
                .replace('+', "add")
                .replace('-', "remove")
                .replace('>', "move"),
            super::diff_markdown::inline(&object),
        );
        let diff = super::diff_markdown::fenced(&change.hunks);
        let room = LIMIT.saturating_sub(size + 400);
        let (title_size, diff_size) = (title.chars().count(), diff.chars().count());
        if title_size > room {
            left_out += 1;
            continue;
        }
        text.push_str(&title);
        size += title_size;
        if title_size + diff_size > room {
            folded += 1;
            continue;
        }
        text.push_str(&diff);
        size += diff_size;
    }
    for cluster in &fleet.clusters {
        for (unit, _) in cluster.unknown.iter().take(3) {
            let line = format!("{unit} could not be compared in {}", cluster.name);
            let line = format!("\n- {}\n", super::diff_markdown::inline(&line));
            if line.chars().count() + size + 400 < LIMIT {
                size += line.chars().count();
                text.push_str(&line);
            }
        }
    }
    if folded + left_out > 0 {
        writeln!(
            text,
            "\n**Folded to fit a comment: the diffs of {}, and {} as a whole; `weir diff --fleet` shows all.**",
            plural(folded, "change"),
            plural(left_out, "change")
        )
        .ok();
    }
    text
}

/// Returns the fleet for programs.
pub(crate) fn value(fleet: &Fleet) -> Value {
    let clusters: Vec<Value> = fleet.clusters.iter().map(cluster).collect();
    let changes: Vec<Value> = fleet.changes.iter().map(|item| change(fleet, item)).collect();
    map([
        ("version", number(1)),
        ("title", fleet.title.as_str().into()),
        ("clusters", clusters.into()),
        ("changes", changes.into()),
    ])
}

fn cluster(cluster: &Cluster) -> Value {
    let Counts { added, changed, removed, moved, replaced, unknown } = cluster.counts;
    let units: Vec<Value> =
        cluster.unknown.iter().map(|(unit, _)| Value::from(unit.as_str())).collect();
    map([
        ("name", cluster.name.as_str().into()),
        ("entry", cluster.entry.as_str().into()),
        ("added", number(added)),
        ("changed", number(changed)),
        ("removed", number(removed)),
        ("moved", number(moved)),
        ("replaced", number(replaced)),
        ("unknown", number(unknown)),
        ("folded", number(cluster.folded)),
        ("unknownUnits", units.into()),
        ("changes", cluster.changes.iter().map(|place| number(*place)).collect::<Vec<_>>().into()),
    ])
}

fn change(fleet: &Fleet, change: &Change) -> Value {
    let mut lines = String::new();
    for hunk in &change.hunks {
        writeln!(lines, "@@ {} @@", hunk.path).ok();
        for line in &hunk.lines {
            let mark = match line.kind {
                LineKind::Context => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            writeln!(lines, "{mark}{}", line.text).ok();
        }
    }
    let action = match change.mark {
        "+" => "add",
        "-" => "remove",
        ">" => "move",
        _ => "change",
    };
    let entries: Vec<Value> = change
        .clusters
        .iter()
        .filter_map(|place| fleet.clusters.get(*place))
        .map(|cluster| Value::from(cluster.name.as_str()))
        .collect();
    let consequences: Vec<Value> =
        change.consequences.iter().map(|text| Value::from(text.as_str())).collect();
    map([
        ("unit", change.unit.as_str().into()),
        ("object", change.object.as_str().into()),
        ("action", action.into()),
        ("folded", change.folded.into()),
        ("diff", Value::string(lines)),
        ("consequences", consequences.into()),
        ("clusters", entries.into()),
    ])
}

/// Adds up counts.
fn sum(counts: impl Iterator<Item = Counts>) -> Counts {
    counts.fold(Counts::default(), |all, one| Counts {
        added: all.added + one.added,
        changed: all.changed + one.changed,
        removed: all.removed + one.removed,
        moved: all.moved + one.moved,
        replaced: all.replaced + one.replaced,
        unknown: all.unknown + one.unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::Fleet;

    #[test]
    fn numbers_in_a_row_are_written_as_a_range() {
        for (changes, expected) in
            [(&[][..], "nothing"), (&[0], "1"), (&[0, 1, 2, 5, 7, 8], "1-3, 6, 8-9")]
        {
            assert_eq!(Fleet::numbers(changes), expected);
        }
    }
}
