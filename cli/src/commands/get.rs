//! `weir get`: lists the units.

use weir_model::Diagnostic;

use super::session::{Session, is_complete, lacks_files, report};
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
    let is_told = |found: &Diagnostic| found.is_error() && !lacks_files([found]);
    let others = evaluation.diagnostics.iter().filter(|diagnostic| !is_told(diagnostic));
    report(others, streams.err)?;
    Ok(if is_complete(&evaluation) { Exit::Success } else { Exit::Failure })
}
