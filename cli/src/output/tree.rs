//! The units as a tree: what holds what, from which source, in which state.

use std::io::{self, Write};

use weir_plan::{Body, Plan, Unit, UnitId};

use super::style::{ADDED, CHANGED, FAINT, HEADING, REMOVED, RESET};
use super::{plural, safe};

/// Prints the tree and, last, how many units are in which state.
pub(crate) fn print(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    // A unit whose parent is not in the plan stands at the top.
    let tops = plan
        .units
        .iter()
        .filter(|unit| unit.parent.as_ref().is_none_or(|parent| plan.unit(parent).is_none()));
    for unit in tops {
        print_unit(plan, unit, 0, out)?;
    }
    let count = |word: &str| {
        plan.units.iter().filter(|unit| super::plan::state(&unit.body) == word).count()
    };
    writeln!(
        out,
        "{}: {} ready, {} waiting, {} broken",
        plural(plan.units.len(), "unit"),
        count("ready"),
        count("waiting"),
        count("broken")
    )
}

fn print_unit(plan: &Plan, unit: &Unit, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let (colour, state) = match &unit.body {
        Body::Ready(objects) => (ADDED, plural(objects.len(), "object")),
        Body::Waiting(_) => (CHANGED, "waiting".to_owned()),
        Body::Broken(_) => (REMOVED, "broken".to_owned()),
        Body::Same => (FAINT, "same".to_owned()),
    };
    let indent = "  ".repeat(depth);
    write!(
        out,
        "{indent}{HEADING}{}{RESET} {colour}{state}{RESET}",
        safe::line(&unit.id.to_string())
    )?;
    if unit.suspended {
        write!(out, " suspended")?;
    }
    if let Some(source) = &unit.source {
        let path = if source.path.is_empty() { "." } else { &source.path };
        write!(out, " {FAINT}{} {}{RESET}", safe::line(&source.id.to_string()), safe::line(path))?;
    }
    writeln!(out)?;
    if let Body::Waiting(reasons) | Body::Broken(reasons) = &unit.body {
        for reason in reasons {
            writeln!(out, "{indent}    {}", safe::line(&reason.to_string()))?;
        }
    }
    // Parents come from the input: a chain that is longer than the plan is a loop.
    if depth <= plan.units.len() {
        for child in children(plan, &unit.id) {
            print_unit(plan, child, depth + 1, out)?;
        }
    }
    Ok(())
}

fn children<'plan>(plan: &'plan Plan, id: &'plan UnitId) -> impl Iterator<Item = &'plan Unit> {
    plan.units.iter().filter(move |unit| unit.parent.as_ref() == Some(id) && unit.id != *id)
}
