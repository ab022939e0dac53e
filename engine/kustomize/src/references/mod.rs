//! What one resource holds of another: names, and values by `vars`.

pub(crate) mod names;
mod targets;
pub(crate) mod vars;
