//! `weir helm`: stands in for the helm command.

mod fetch;
mod lint;
mod locate;
mod output_dir;
mod template;
mod values;
mod warnings;

use weir_helm::HelmVersion;

use crate::args::{Helm, HelmCommand};
use crate::{CommandError, Exit, Streams};

/// Runs `weir helm`.
pub(crate) fn run(command: &Helm, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let helm = if command.helm4 { HelmVersion::V4 } else { HelmVersion::V3 };
    match &command.command {
        HelmCommand::Lint(command) => lint::run(&command.0, helm, streams),
        HelmCommand::Template(command) => template::run(&command.0, helm, streams),
    }
}
