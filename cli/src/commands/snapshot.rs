//! `weir snapshot save`.

use std::collections::BTreeMap;

use weir_evaluate::save;
use weir_io_source::files;

use super::session::{Session, report};
use crate::args::{Snapshot, SnapshotCommand};
use crate::output::plural;
use crate::{CommandError, Exit, Streams};

/// Runs `weir snapshot`.
pub(crate) fn run(command: &Snapshot, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let SnapshotCommand::Save(command) = &command.command;
    let session = Session::new(&command.repository)?;
    let (snapshot, evaluation) =
        session.settle_folder(command.dir.as_deref(), streams, &mut |_| Ok(BTreeMap::new()))?;
    let doing = format!("could not save the snapshot `{}`", command.file.display());
    let bytes = save(&snapshot, session.memo())
        .map_err(|error| CommandError::new(doing.as_str()).cause(error))?;
    files::write_private(&command.file, &bytes)
        .map_err(|error| CommandError::new(doing).cause(error))?;
    report(&evaluation.diagnostics, streams.err)?;
    writeln!(
        streams.out,
        "saved {}: {}, {}, plan {}",
        crate::output::safe::line(&command.file.display().to_string()),
        plural(evaluation.plan.units.len(), "unit"),
        plural(bytes.len(), "byte"),
        evaluation.plan.digest
    )?;
    Ok(Exit::Success)
}
