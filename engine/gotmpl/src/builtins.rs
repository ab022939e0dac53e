//! The functions that Go's templates always have.

use crate::Function;

/// Go's own functions.
pub const TABLE: &[Function] = &[];
