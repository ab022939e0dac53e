//! The commits that changed what an object is rendered to.

use std::io::{self, Write};

use weir_io_source::Commit;
use weir_model::{FieldPath, Value};
use weir_plan::FieldChange;

use super::json::map;
use super::safe;
use super::style::{ADDED, FAINT, HEADING, REMOVED, RESET};

/// How many fields of one commit are listed.
const FIELDS: usize = 20;
/// How much of a value is shown.
const VALUE: usize = 100;

/// A commit that changed the object.
pub(crate) struct Change {
    pub(crate) commit: Commit,
    /// The fields before and after, secrets hidden.
    pub(crate) fields: Vec<FieldChange>,
    /// Whether the object is new in the commit.
    pub(crate) is_new: bool,
    /// How many commits that come after could not be rendered, so that one of them may be meant.
    pub(crate) unknown: usize,
}

/// Prints the changes for a person.
pub(crate) fn print(
    title: &str,
    path: Option<&FieldPath>,
    changes: &[Change],
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = path.map(|path| format!(" {path}")).unwrap_or_default();
    writeln!(out, "{HEADING}{}{}{RESET}", safe::line(title), safe::line(&path))?;
    if changes.is_empty() {
        return writeln!(out, "no commit that can be seen changed it");
    }
    for change in changes {
        let Commit { id, author, date, summary, parent: _ } = &change.commit;
        writeln!(
            out,
            "\n{HEADING}{}{RESET} {date} {}: {}",
            id.get(..9).unwrap_or(id),
            safe::line(author),
            safe::line(summary)
        )?;
        if change.unknown > 0 {
            let count = super::plural(change.unknown, "later commit");
            writeln!(out, "  {FAINT}or one of {count} that could not be rendered{RESET}")?;
        }
        if change.is_new {
            writeln!(out, "  {ADDED}new{RESET}")?;
        }
        for field in change.fields.iter().take(FIELDS) {
            let side = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), shown);
            let (before, after) = (side(field.before.as_ref()), side(field.after.as_ref()));
            writeln!(
                out,
                "  {}: {REMOVED}{before}{RESET} → {ADDED}{after}{RESET}",
                safe::line(&field.path)
            )?;
        }
        if let Some(more) = change.fields.len().checked_sub(FIELDS).filter(|more| *more > 0) {
            writeln!(out, "  and {}", super::plural(more, "more field"))?;
        }
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    let text = weir_yaml::json::write(value);
    let mut shown: String = text.chars().take(VALUE).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    safe::line(&shown).into_owned()
}

/// Returns the changes as one value.
pub(crate) fn value(changes: &[Change]) -> Value {
    let change = |change: &Change| {
        let field = |field: &FieldChange| {
            let mut entries = vec![("path", Value::from(field.path.as_str()))];
            entries.extend(field.before.clone().map(|value| ("before", value)));
            entries.extend(field.after.clone().map(|value| ("after", value)));
            map(entries)
        };
        let fields: Vec<Value> = change.fields.iter().map(field).collect();
        map([
            ("commit", commit_value(&change.commit)),
            ("new", change.is_new.into()),
            ("fields", fields.into()),
            ("unrenderedAfter", super::json::number(change.unknown)),
        ])
    };
    let changes: Vec<Value> = changes.iter().map(change).collect();
    map([("changes", changes.into())])
}

/// Returns a commit as a value.
pub(crate) fn commit_value(commit: &Commit) -> Value {
    let Commit { id, author, date, summary, parent: _ } = commit;
    map([
        ("id", Value::from(id.as_str())),
        ("author", author.as_str().into()),
        ("date", date.as_str().into()),
        ("summary", summary.as_str().into()),
    ])
}
