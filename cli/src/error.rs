//! What ends a command early.

use std::fmt;
use std::io::{self, Write};

use crate::output::safe;

/// An error that leaves nothing to show: what was being done, why it failed, and what to try.
#[derive(Debug)]
pub(crate) struct CommandError {
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    kind: Option<io::ErrorKind>,
}

impl CommandError {
    /// Says what was being done.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: Vec::new(), hints: Vec::new(), kind: None }
    }

    /// Adds a cause.
    #[must_use]
    pub(crate) fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds something to try.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Tells whether the reader of the output has gone away, which is no error.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.kind == Some(io::ErrorKind::BrokenPipe)
    }

    /// Prints the error for a person.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{}error:{} {}",
            crate::output::style::ERROR,
            crate::output::style::RESET,
            safe::line(&self.message)
        )?;
        for cause in &self.causes {
            writeln!(out, "  caused by: {}", safe::line(cause))?;
        }
        for hint in &self.hints {
            writeln!(
                out,
                "\n{}hint:{} {}",
                crate::output::style::HINT,
                crate::output::style::RESET,
                safe::line(hint)
            )?;
        }
        Ok(())
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self { kind: Some(error.kind()), ..Self::new("could not write the output").cause(error) }
    }
}
