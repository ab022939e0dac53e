//! `weir plan`.

use crate::args::Plan;
use crate::{CommandError, Exit, Streams};

/// Runs `weir plan`.
pub(crate) fn run(_command: &Plan, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir plan` is not there yet"))
}
