//! `weir images`: which images a repository runs, or how they change.

use std::path::PathBuf;

use weir_plan::compare;

use super::session::{Session, is_complete, report};
use super::sides::both_sides;
use crate::args::{Images, TreeFormat};
use crate::output::images::{of_changes, of_plan, print, value};
use crate::{CommandError, Exit, Streams};

/// Runs `weir images`. With a revision or two folders it compares; otherwise it lists.
pub(crate) fn run(command: &Images, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let compares = command.range.from.is_some() || command.range.to.is_some();
    let (images, diagnostics, complete) = if compares || command.range.dirs.len() == 2 {
        let both = both_sides(&session, &command.range, streams)?;
        let (before, after) = (&both.before, &both.after);
        let complete = is_complete(before) && is_complete(after);
        (of_changes(&compare(&before.plan, &after.plan)), both.diagnostics(), complete)
    } else {
        let dir = command.range.dirs.first().map(PathBuf::as_path);
        let evaluation = session.evaluate_folder(dir, streams)?;
        let complete = is_complete(&evaluation);
        (of_plan(&evaluation.plan), evaluation.diagnostics, complete)
    };
    match command.output {
        TreeFormat::Text => print(&images, streams.out)?,
        TreeFormat::Json => {
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value(&images), "  "))?;
        }
    }
    streams.out.flush()?;
    report(&diagnostics, streams.err)?;
    Ok(if complete { Exit::Success } else { Exit::Failure })
}
