//! A diff in few lines: one for each object, or one for each unit.

use std::io::{self, Write};

use weir_plan::{Action, Changes, Review, UnitReview, UnitState};

use super::diff_words::{action, folded, name, notes, state, summary};
use super::safe;
use super::style::{ADDED, CHANGED, GRAVE, HEADING, REMOVED, RESET};

/// Prints one line for each object, with the paths of the fields that somebody wrote.
pub(crate) fn brief(review: &Review<'_>, changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    for unit in &review.units {
        print_heading(unit, out)?;
        for note in notes(unit, "->") {
            writeln!(out, "    {}", safe::line(&note))?;
        }
        for object in unit.objects.iter().filter(|object| !object.is_silent()) {
            let (mark, word) = action(object);
            let paths: Vec<&str> = object.own.iter().map(|field| field.path.as_str()).collect();
            let paths = match paths.len() {
                0 => String::new(),
                1..=3 => format!(": {}", paths.join(", ")),
                count => format!(": {} and {} more", paths[..2].join(", "), count - 2),
            };
            let line = format!("{mark} {}{word}{paths}", name(object));
            writeln!(out, "  {}", safe::line(&line))?;
            for consequence in object.consequences.iter().filter(|item| item.is_grave()) {
                writeln!(out, "      {GRAVE}!{RESET} {}", safe::line(&consequence.to_string()))?;
            }
        }
    }
    print_end(review, changes, out)
}

/// Prints one line for each unit, with counts.
pub(crate) fn stat(review: &Review<'_>, changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = review.units.iter().map(|unit| unit.change.id.to_string()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    for (unit, name) in review.units.iter().zip(&names) {
        let count = |wanted: fn(&Action) -> bool| {
            unit.objects.iter().filter(|object| wanted(&object.change.action)).count()
        };
        let columns = [
            (count(|action| matches!(action, Action::Add)), "+", ADDED),
            (count(|action| matches!(action, Action::Change)), "~", CHANGED),
            (count(|action| matches!(action, Action::Remove)), "-", REMOVED),
            (
                count(|action| matches!(action, Action::Move { .. } | Action::Replace { .. })),
                ">",
                CHANGED,
            ),
        ];
        write!(out, "{:width$} ", safe::line(name))?;
        for (count, mark, colour) in columns {
            match count {
                0 => write!(out, "     .")?,
                _ => write!(out, " {colour}{:>5}{RESET}", format!("{mark}{count}"))?,
            }
        }
        let grave = unit.objects.iter().flat_map(|object| &object.consequences);
        let grave = grave.filter(|consequence| consequence.is_grave()).count();
        if grave > 0 {
            write!(out, " {GRAVE}!{grave}{RESET}")?;
        }
        let folded = unit.objects.iter().filter(|object| object.is_folded()).count();
        if folded > 0 {
            write!(out, " ({folded} folded)")?;
        }
        writeln!(out, "{}", state(&unit.change.state))?;
    }
    print_end(review, changes, out)
}

fn print_heading(unit: &UnitReview<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mark = match unit.change.state {
        UnitState::Kept => "~",
        UnitState::Added => "+",
        UnitState::Removed => "-",
        UnitState::Unknown { .. } => "?",
    };
    let id = unit.change.id.to_string();
    writeln!(out, "{mark} {HEADING}{}{RESET}{}", safe::line(&id), state(&unit.change.state))
}

fn print_end(review: &Review<'_>, changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    if let Some(folded) = folded(review, changes) {
        writeln!(out, "{folded}")?;
    }
    writeln!(out, "{}", summary(&changes.counts()))
}
