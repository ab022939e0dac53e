//! `weir plan`: prints the plan as data, its digest first.

use super::session::{Session, is_complete, report};
use crate::args::{DataFormat, Plan};
use crate::output::plan::value;
use crate::{CommandError, Exit, Streams};

/// Runs `weir plan`.
pub(crate) fn run(command: &Plan, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let evaluation = session.evaluate_folder(command.dir.as_deref(), streams)?;
    let plan = value(&evaluation.plan, command.manifests);
    match command.output {
        DataFormat::Yaml => {
            write!(streams.out, "{}", weir_yaml::to_yaml(&plan))?;
        }
        DataFormat::Json => {
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&plan, "  "))?;
        }
    }
    streams.out.flush()?;
    report(&evaluation.diagnostics, streams.err)?;
    Ok(if is_complete(&evaluation) { Exit::Success } else { Exit::Failure })
}
