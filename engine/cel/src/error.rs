//! What goes wrong in an expression.

use std::fmt;

/// Why an expression could not be read or evaluated, in words near those of cel-go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CelError {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is no expression, or its types do not fit.
    Parse,
    /// The value could not be computed from this data.
    Evaluate,
    /// The expression takes too many steps.
    Cost,
}

impl CelError {
    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Parse, message: message.into() }
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Evaluate, message: message.into() }
    }

    pub(crate) fn no_overload() -> Self {
        Self::new("no such overload")
    }

    pub(crate) fn no_key(key: &str) -> Self {
        Self::new(format!("no such key: {key}"))
    }

    pub(crate) fn cost() -> Self {
        Self { kind: ErrorKind::Cost, message: "the expression takes too many steps".into() }
    }

    /// Tells whether the limit of steps was reached.
    pub fn is_cost(&self) -> bool {
        self.kind == ErrorKind::Cost
    }
}

impl fmt::Display for CelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CelError {}
