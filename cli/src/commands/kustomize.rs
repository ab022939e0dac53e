//! `weir kustomize`: stands in for the kustomize command.

use clap::Subcommand;

use crate::args::Kustomize;
use crate::{CommandError, Exit, Streams};

/// The kustomize commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum KustomizeCommand {
    /// Build a folder as `kustomize build` does
    Build,
}

/// Runs `weir kustomize`.
pub(crate) fn run(_command: &Kustomize, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir kustomize build` is not there yet"))
}
