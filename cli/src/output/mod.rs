//! Printing: text for people, and the forms for programs.

pub(crate) mod diagnostics;
pub(crate) mod safe;
pub(crate) mod style;
