//! `weir snapshot save`, and how a saved snapshot is read again.

use std::collections::BTreeMap;
use std::path::Path;

use weir_evaluate::{Saved, load, save};
use weir_io_source::files;

use super::session::{Session, report};
use crate::args::{Snapshot, SnapshotCommand};
use crate::output::plural;
use crate::{CommandError, Exit, Streams};

/// The largest file that is read as a snapshot.
const FILE_BYTES: u64 = 1 << 30;

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

/// Reads a saved snapshot.
pub(crate) fn read(path: &Path) -> Result<Saved, CommandError> {
    let failed = || CommandError::new(format!("could not use the snapshot `{}`", path.display()));
    let bytes = files::read(path, FILE_BYTES).map_err(|error| failed().cause(error))?;
    load(&bytes)
        .map_err(|error| failed().cause(error).hint("save it again with `weir snapshot save FILE`"))
}
