//! `weir diff`.

use crate::args::Diff;
use crate::{CommandError, Exit, Streams};

/// Runs `weir diff`.
pub(crate) fn run(_command: &Diff, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir diff` is not there yet"))
}
