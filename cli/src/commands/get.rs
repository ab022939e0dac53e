//! `weir get`.

use crate::args::Get;
use crate::{CommandError, Exit, Streams};

/// Runs `weir get`.
pub(crate) fn run(_command: &Get, _streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    Err(CommandError::new("`weir get` is not there yet"))
}
