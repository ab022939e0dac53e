//! A diff for people at a terminal: by unit, then by object.

use std::io::{self, Write};

use weir_plan::{Action, Changes, Line, LineKind, ObjectReview, Review, UnitReview, UnitState};

use super::diff_words::{
    action, folded, is_silent, list, name, notes, object_hunks, same_as, state, summary,
};
use super::style::{ADDED, CHANGED, FAINT, GRAVE, HEADING, MARKED, REMOVED, RESET};
use super::{plural, safe};

/// How many lines of one object are shown; a definition may have ten thousand.
const MAX_LINES: usize = 200;

/// How a diff is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextStyle {
    /// Lines of context around a change.
    pub(crate) context: usize,
    /// Whether nothing is folded.
    pub(crate) all: bool,
    /// The columns of the terminal, when there is one; longer lines are broken with their indentation kept.
    pub(crate) width: Option<usize>,
}

/// Prints the changes and, last, how many there are.
pub(crate) fn print(
    review: &Review<'_>,
    changes: &Changes,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    for unit in &review.units {
        print_unit(review, unit, style, out)?;
    }
    if let Some(folded) = folded(review, changes) {
        writeln!(out, "{folded}")?;
    }
    writeln!(out, "{}", summary(&changes.counts()))
}

fn print_unit(
    review: &Review<'_>,
    unit: &UnitReview<'_>,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mark, colour) = match &unit.change.state {
        UnitState::Kept => ("~", CHANGED),
        UnitState::Added => ("+", ADDED),
        UnitState::Removed => ("-", REMOVED),
        UnitState::Unknown { .. } => ("?", REMOVED),
    };
    let id = unit.change.id.to_string();
    let word = state(&unit.change.state);
    writeln!(out, "{colour}{mark}{RESET} {HEADING}{}{RESET}{word}", safe::line(&id))?;
    for note in notes(unit, "->") {
        writeln!(out, "    {}", safe::line(&note))?;
    }
    if let UnitState::Unknown { reasons, .. } = &unit.change.state {
        for reason in reasons {
            writeln!(out, "    {}", safe::line(&reason.to_string()))?;
        }
    }
    let mut same: Vec<(String, Vec<String>)> = Vec::new();
    for object in unit.objects.iter().filter(|object| style.all || !is_silent(object)) {
        match same_as(review, object).filter(|_| object.is_silent()) {
            Some(whose) => match same.last_mut().filter(|(last, _)| *last == whose) {
                Some((_, names)) => names.push(name(object)),
                None => same.push((whose, vec![name(object)])),
            },
            None => print_object(object, same_as(review, object), style, out)?,
        }
    }
    for (whose, names) in same {
        let count = plural(names.len(), "object");
        let text = format!("{count} {whose}: {}", list(names));
        writeln!(out, "  {CHANGED}~{RESET} {}", safe::line(&text))?;
    }
    writeln!(out)
}

fn print_object(
    object: &ObjectReview<'_>,
    same: Option<String>,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let colour = match object.change.action {
        Action::Add => ADDED,
        Action::Remove => REMOVED,
        Action::Change | Action::Move { .. } | Action::Replace { .. } => CHANGED,
    };
    let (mark, mut word) = action(object);
    if object.same > 0 {
        word.push_str(&format!(" (and {} alike)", plural(object.same, "object")));
    }
    word.extend(same.map(|whose| format!(" ({whose})")));
    writeln!(out, "  {colour}{mark} {}{RESET}{}", safe::line(&name(object)), safe::line(&word))?;
    for consequence in &object.consequences {
        if consequence.is_grave() {
            writeln!(out, "      {GRAVE}!{RESET} {}", safe::line(&consequence.to_string()))?;
        } else if object.change.after.is_none() {
            writeln!(out, "      {FAINT}{}{RESET}", safe::line(&consequence.to_string()))?;
        }
    }
    let mut left = if style.all { usize::MAX } else { MAX_LINES };
    let mut cut = 0;
    for hunk in object_hunks(object, style.context) {
        if !hunk.path.is_empty() && left > 0 {
            writeln!(out, "      {FAINT}@ {}{RESET}", safe::line(&hunk.path))?;
        }
        for line in &hunk.lines {
            if left == 0 {
                cut += 1;
                continue;
            }
            left -= 1;
            print_line(line, style.width, out)?;
        }
    }
    if cut > 0 {
        writeln!(out, "      {FAINT}… {}: `--all` shows them{RESET}", plural(cut, "more line"))?;
    }
    Ok(())
}

/// Prints a line of a diff; with a width it is broken with its indentation kept.
pub(crate) fn print_line(line: &Line, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let (mark, colour) = match line.kind {
        LineKind::Context => (" ", None),
        LineKind::Removed => ("-", Some(REMOVED)),
        LineKind::Added => ("+", Some(ADDED)),
    };
    let text = safe::line(&line.text);
    // Marks count the bytes of the text as it was; a line that had to be made safe goes without.
    let marks = if text == line.text.as_str() { &line.marks[..] } else { &[] };
    let indent = text.len() - text.trim_start_matches(' ').len() + 2;
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(8).max(indent + 20));
    let mut column = 0;
    write!(out, "      {}{mark} ", colour.unwrap_or_default())?;
    for (index, character) in text.char_indices() {
        if column == room {
            write!(out, "\n        {:indent$}", "")?;
            column = indent;
        }
        column += 1;
        if let Some(colour) = colour {
            if marks.iter().any(|mark| mark.start == index) {
                write!(out, "{RESET}{colour}{MARKED}")?;
            }
            if marks.iter().any(|mark| mark.end == index) {
                write!(out, "{RESET}{colour}")?;
            }
        }
        write!(out, "{character}")?;
    }
    match colour {
        Some(_) => writeln!(out, "{RESET}"),
        None => writeln!(out),
    }
}
