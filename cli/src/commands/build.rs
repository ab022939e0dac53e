//! `weir build`: prints the manifests as they are, for it is the renderer.

use weir_plan::Unit;

use super::session::{Session, is_complete, report};
use crate::args::{Build, DataFormat};
use crate::output::manifests;
use crate::{CommandError, Exit, Streams};

/// Runs `weir build`. All that could be rendered is printed; the exit code says whether something could not.
pub(crate) fn run(command: &Build, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let evaluation = session.evaluate_folder(command.dir.as_deref(), streams)?;
    let units = manifests::select(&evaluation.plan, &command.unit).map_err(|name| {
        CommandError::new(format!("there is no unit `{name}`"))
            .hint("list the units with `weir get`")
    })?;
    let shown = units.iter().copied();
    match command.output {
        DataFormat::Yaml => manifests::print_yaml(shown, streams.out)?,
        DataFormat::Json => writeln!(
            streams.out,
            "{}",
            weir_yaml::json::write_pretty(&manifests::json(shown), "  ")
        )?,
    }
    streams.out.flush()?;
    report(&evaluation.diagnostics, streams.err)?;
    let complete = if command.unit.is_empty() {
        is_complete(&evaluation)
    } else {
        units.iter().all(|unit| is_ready(unit))
    };
    Ok(if complete { Exit::Success } else { Exit::Failure })
}

fn is_ready(unit: &Unit) -> bool {
    matches!(unit.body, weir_plan::Body::Ready(_))
}
