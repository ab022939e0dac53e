//! Files that other commands saved.

use std::path::Path;

use weir_evaluate::{KnownCluster, Saved, load};
use weir_io_source::files;

use crate::CommandError;

/// The largest file that is read as facts.
const FACTS_BYTES: u64 = 256 << 20;

/// The largest file that is read as a snapshot.
const SNAPSHOT_BYTES: u64 = 1 << 30;

/// Reads a file of `weir facts export`.
pub(crate) fn facts(path: &Path) -> Result<KnownCluster, CommandError> {
    let failed = || CommandError::new(format!("could not use the facts `{}`", path.display()));
    let bytes = files::read(path, FACTS_BYTES).map_err(|error| failed().cause(error))?;
    KnownCluster::load(&bytes).map_err(|error| {
        failed().cause(error).hint("export them again with `weir facts export FILE`")
    })
}

/// Reads a saved snapshot.
pub(crate) fn snapshot(path: &Path) -> Result<Saved, CommandError> {
    let failed = || CommandError::new(format!("could not use the snapshot `{}`", path.display()));
    let bytes = files::read(path, SNAPSHOT_BYTES).map_err(|error| failed().cause(error))?;
    load(&bytes)
        .map_err(|error| failed().cause(error).hint("save it again with `weir snapshot save FILE`"))
}
