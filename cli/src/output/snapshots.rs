//! What `weir test` found, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use weir_plan::Hunk;

use super::style::{ADDED, CHANGED, ERROR, FAINT, REMOVED, RESET};
use super::{plural, safe};

/// What was found for one snapshot.
pub(crate) enum Outcome {
    /// The unit is rendered as the snapshot says.
    Same,
    /// The unit has no snapshot yet.
    New {
        /// How many objects it has.
        objects: usize,
    },
    /// The unit is rendered otherwise.
    Changed(Vec<Hunk>),
    /// There is no such unit any more.
    Gone,
    /// The unit could not be rendered, for these reasons.
    Failed(Vec<String>),
}

impl Outcome {
    /// Returns the word that is counted.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New { .. } => "new",
            Self::Changed(_) => "changed",
            Self::Gone => "gone",
            Self::Failed(_) => "failed",
        }
    }
}

/// Prints one snapshot that is not as it should be.
pub(crate) fn print(path: &Path, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let name = path.display().to_string();
    let name = safe::line(&name);
    match outcome {
        Outcome::Same => Ok(()),
        Outcome::New { objects } => {
            writeln!(out, "{ADDED}+{RESET} {name}: no snapshot of {}", plural(*objects, "object"))
        }
        Outcome::Gone => writeln!(out, "{REMOVED}-{RESET} {name}: there is no such unit any more"),
        Outcome::Failed(reasons) => {
            writeln!(out, "{ERROR}?{RESET} {name}: the unit could not be rendered")?;
            for reason in reasons {
                writeln!(out, "    {}", safe::line(reason))?;
            }
            Ok(())
        }
        Outcome::Changed(hunks) => {
            writeln!(out, "{CHANGED}~{RESET} {name}")?;
            for hunk in hunks {
                writeln!(out, "      {FAINT}@ {}{RESET}", safe::line(&hunk.path))?;
                for line in &hunk.lines {
                    super::diff_text::print_line(line, None, out)?;
                }
            }
            Ok(())
        }
    }
}

/// Prints the counts and what to do next.
pub(crate) fn print_end(
    counts: &BTreeMap<&'static str, usize>,
    accepted: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let parts: Vec<String> = ["same", "new", "changed", "gone", "failed"]
        .iter()
        .filter_map(|word| counts.get(word).map(|count| format!("{count} {word}")))
        .collect();
    let all = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    writeln!(out, "snapshots: {all}")?;
    let open: usize = ["new", "changed", "gone"].iter().filter_map(|word| counts.get(word)).sum();
    if accepted > 0 {
        writeln!(out, "{} written", plural(accepted, "snapshot"))?;
    } else if open > 0 {
        writeln!(
            out,
            "accept all with `weir test --update`, or one by one with `weir test --review`"
        )?;
    }
    Ok(())
}
