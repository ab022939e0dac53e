//! `weir get`: lists the units.

use super::session::{Session, is_complete, report};
use crate::args::{Get, TreeFormat};
use crate::output::{plan, tree};
use crate::{CommandError, Exit, Streams};

/// Runs `weir get`.
pub(crate) fn run(command: &Get, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let evaluation = session.evaluate_folder(command.dir.as_deref(), streams)?;
    match command.output {
        TreeFormat::Text => tree::print(&evaluation.plan, streams.out)?,
        TreeFormat::Json => {
            let value = plan::value(&evaluation.plan, false);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
    }
    streams.out.flush()?;
    // The reasons of units that are not ready stand in the tree itself.
    let others = evaluation.diagnostics.iter().filter(|diagnostic| !diagnostic.is_error());
    report(others, streams.err)?;
    Ok(if is_complete(&evaluation.plan) { Exit::Success } else { Exit::Failure })
}
