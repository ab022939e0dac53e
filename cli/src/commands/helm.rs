//! `weir helm`: stands in for the helm command.

use clap::Subcommand;

use crate::args::Helm;
use crate::{CommandError, Exit, Streams};

/// The helm commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum HelmCommand {
    /// Render a chart as `helm template` does
    Template,
}

/// Runs `weir helm`.
pub(crate) fn run(_command: &Helm, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir helm template` is not there yet"))
}
