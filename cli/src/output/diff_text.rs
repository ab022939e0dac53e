//! A diff for people at a terminal: by unit, then by object.

use std::io::{self, Write};

use weir_plan::{
    Action, Changes, Counts, Line, LineKind, ObjectChange, UnitChange, UnitState, hide, hide_pair,
    hunks,
};

use super::style::{ADDED, CHANGED, FAINT, HEADING, REMOVED, RESET};
use super::{plural, safe};

/// Prints the changes and, last, how many there are.
pub(crate) fn print(changes: &Changes, context: usize, out: &mut dyn Write) -> io::Result<()> {
    for unit in &changes.units {
        print_unit(unit, context, out)?;
    }
    writeln!(out, "{}", summary(&changes.counts()))
}

/// Says in one line how much changes.
pub(crate) fn summary(counts: &Counts) -> String {
    let parts = [
        (counts.added, "added"),
        (counts.changed, "changed"),
        (counts.removed, "removed"),
        (counts.moved, "moved"),
    ];
    let mut text = if parts.iter().all(|(count, _)| *count == 0) {
        "no object changes".to_owned()
    } else {
        let shown: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!("objects: {}", shown.join(", "))
    };
    if counts.unknown > 0 {
        text.push_str(&format!("; {} could not be compared", plural(counts.unknown, "unit")));
    }
    text
}

fn print_unit(unit: &UnitChange, context: usize, out: &mut dyn Write) -> io::Result<()> {
    let id = unit.id.to_string();
    let (mark, colour, word) = match &unit.state {
        UnitState::Kept => ("~", CHANGED, String::new()),
        UnitState::Added => ("+", ADDED, " (new)".to_owned()),
        UnitState::Removed => ("-", REMOVED, " (removed)".to_owned()),
        UnitState::Unknown { side, .. } => {
            ("?", REMOVED, format!(" (not rendered {})", side_words(side)))
        }
    };
    writeln!(out, "{colour}{mark}{RESET} {HEADING}{}{RESET}{word}", safe::line(&id))?;
    if let Some((before, after)) = &unit.chart {
        writeln!(out, "    chart: {} -> {}", safe::line(before), safe::line(after))?;
    }
    if let UnitState::Unknown { reasons, .. } = &unit.state {
        for reason in reasons {
            writeln!(out, "    {}", safe::line(&reason.to_string()))?;
        }
    }
    for object in &unit.objects {
        print_object(object, context, out)?;
    }
    writeln!(out)
}

/// Says on which side a rendering failed.
pub(crate) fn side_words(side: &str) -> &'static str {
    match side {
        "before" => "before the change",
        "after" => "after the change",
        _ => "on either side",
    }
}

fn print_object(object: &ObjectChange, context: usize, out: &mut dyn Write) -> io::Result<()> {
    let id = object.id.to_string();
    let (mark, colour, word) = match &object.action {
        Action::Add => ("+", ADDED, String::new()),
        Action::Change => ("~", CHANGED, String::new()),
        Action::Remove => ("-", REMOVED, String::new()),
        Action::Move { from } => (">", CHANGED, format!(" (from {from})")),
    };
    writeln!(out, "  {colour}{mark} {}{RESET}{}", safe::line(&id), safe::line(&word))?;
    for hunk in object_hunks(object, context) {
        if !hunk.path.is_empty() {
            writeln!(out, "      {FAINT}@ {}{RESET}", safe::line(&hunk.path))?;
        }
        for line in &hunk.lines {
            print_line(line, out)?;
        }
    }
    Ok(())
}

fn print_line(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    let text = safe::line(&line.text);
    match line.kind {
        LineKind::Context => writeln!(out, "        {text}"),
        LineKind::Removed => writeln!(out, "      {REMOVED}- {text}{RESET}"),
        LineKind::Added => writeln!(out, "      {ADDED}+ {text}{RESET}"),
    }
}

/// Returns the lines of an object that differ, secrets hidden. An object that goes is shown by its name alone.
pub(crate) fn object_hunks(object: &ObjectChange, context: usize) -> Vec<weir_plan::Hunk> {
    match (&object.before, &object.after) {
        (Some(before), Some(after)) => {
            let (before, after) = hide_pair(before, after);
            hunks(&weir_yaml::to_yaml(&before), &weir_yaml::to_yaml(&after), context)
        }
        (None, Some(after)) => hunks("", &weir_yaml::to_yaml(&hide(after)), context),
        _ => Vec::new(),
    }
}
