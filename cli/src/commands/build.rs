//! `weir build`.

use crate::args::Build;
use crate::{CommandError, Exit, Streams};

/// Runs `weir build`.
pub(crate) fn run(_command: &Build, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir build` is not there yet"))
}
