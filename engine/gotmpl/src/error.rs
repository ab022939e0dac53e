//! Errors with Go's wording.

use std::fmt;

use weir_model::Exhausted;

/// An error of parsing, of a function or of execution.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    message: String,
    exhausted: Option<Exhausted>,
}

impl Error {
    /// Makes an error of Go's text; a function's error needs no name in front, the call adds it.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Inner { message: message.into(), exhausted: None }))
    }

    /// Returns the text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Tells whether a bound was reached, however deep inside.
    pub fn exhausted(&self) -> Option<Exhausted> {
        self.0.exhausted
    }

    /// Says more around the text, and stays the same otherwise. When a bound was reached, only the innermost places are
    /// told: there may be thousands.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(&str) -> String) -> Self {
        const INNERMOST: usize = 1_000;
        if self.0.exhausted.is_none() || self.0.message.len() < INNERMOST {
            self.0.message = change(&self.0.message);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<Exhausted> for Error {
    fn from(exhausted: Exhausted) -> Self {
        Self(Box::new(Inner { message: exhausted.to_string(), exhausted: Some(exhausted) }))
    }
}
