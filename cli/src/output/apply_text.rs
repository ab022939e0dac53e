//! The report of an apply for people.

use std::io::{self, Write};

use weir_io_apply::{ObjectReport, Outcome, Report, UnitOutcome, UnitReport};

use super::safe;
use super::style::{ADDED, CHANGED, ERROR, FAINT, HEADING, HINT, REMOVED, RESET};

/// The words of outcomes, in the order in which they are counted.
const WORDS: &[&str] = &[
    "created",
    "configured",
    "recreated",
    "deleted",
    "unchanged",
    "skipped",
    "kept",
    "gone",
    "pending",
    "not deleted",
    "failed",
];

/// Prints what was done, unit by unit, and last how much. What is unchanged is only counted.
pub(crate) fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for unit in &report.units {
        print_unit(unit, out)?;
    }
    let counts: Vec<String> = WORDS
        .iter()
        .map(|word| (report.count(word), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    writeln!(out, "objects: {counts}")
}

fn print_unit(unit: &UnitReport, out: &mut dyn Write) -> io::Result<()> {
    let (colour, word) = match unit.outcome {
        UnitOutcome::Done => (ADDED, "done"),
        UnitOutcome::Failed => (REMOVED, "failed"),
        UnitOutcome::Skipped => (CHANGED, "skipped"),
    };
    let id = unit.id.to_string();
    writeln!(out, "{HEADING}{}{RESET}: {colour}{word}{RESET}", safe::line(&id))?;
    for object in unit.objects.iter().filter(|object| object.outcome != Outcome::Unchanged) {
        print_object(object, out)?;
    }
    for note in &unit.notes {
        writeln!(out, "    {}", safe::line(note.trim_end()))?;
    }
    Ok(())
}

/// Prints what was done with one object.
pub(crate) fn print_object(object: &ObjectReport, out: &mut dyn Write) -> io::Result<()> {
    let colour = match &object.outcome {
        Outcome::Created | Outcome::Pending(_) => ADDED,
        Outcome::Configured | Outcome::Recreated => CHANGED,
        Outcome::Deleted | Outcome::Failed(_) | Outcome::Refused(_) => REMOVED,
        Outcome::Unchanged | Outcome::Skipped(_) | Outcome::Gone | Outcome::Kept(_) => FAINT,
    };
    let (id, why) = (object.id.to_string(), object.outcome.why());
    write!(out, "  {colour}{}{RESET} {}", object.outcome.word(), safe::line(&id))?;
    if object.outcome.is_failure() && object.origin.is_known() {
        write!(out, " ({})", safe::line(&object.origin.to_string()))?;
    }
    writeln!(out)?;
    if !why.is_empty() {
        writeln!(out, "      {}", safe::line(why.trim_end()))?;
    }
    if let Some(hint) = object.outcome.hint() {
        writeln!(out, "      {HINT}hint:{RESET} {hint}")?;
    }
    Ok(())
}

/// Prints what keeps units from being applied, or would.
pub(crate) fn print_problems(units: &[UnitReport], out: &mut dyn Write) -> io::Result<()> {
    for unit in units {
        let id = unit.id.to_string();
        let failures = unit.objects.iter().filter(|object| object.outcome.is_failure());
        for object in failures {
            writeln!(out, "{ERROR}error:{RESET} {}", safe::line(object.outcome.why().trim_end()))?;
            let at = if object.origin.is_known() {
                format!("{}, in {id}", object.origin)
            } else {
                format!("{}, in {id}", object.id)
            };
            writeln!(out, "  at {}", safe::line(&at))?;
            if let Some(hint) = object.outcome.hint() {
                writeln!(out, "  {HINT}hint:{RESET} {hint}")?;
            }
        }
        for note in &unit.notes {
            let (id, note) = (safe::line(&id), safe::line(note.trim_end()));
            writeln!(out, "{FAINT}{id} is left out: {note}{RESET}")?;
        }
    }
    Ok(())
}
