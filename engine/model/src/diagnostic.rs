//! What is wrong, where, and what to try.

use std::fmt;

use crate::Origin;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The result is incomplete or wrong.
    Error,
    /// The result stands, but a person should look.
    Warning,
    /// Something worth knowing.
    Info,
}

impl Severity {
    /// Returns the word that stands before the message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One finding about the input.
///
/// The message says what was being done, on what, and why it failed: lower case, no final stop, literals in backticks.
/// Hints say what to try. Text from the input is kept as it is; whoever prints it makes it safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for the class of finding, such as `yaml-syntax`.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Where.
    pub at: Origin,
    /// The column, from 1, when it is known.
    pub column: Option<u32>,
    /// The line of input that is meant, when showing it helps.
    pub excerpt: Option<String>,
    /// The chain of causes, outermost first.
    pub causes: Vec<String>,
    /// What to try.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// Reports an error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// Reports a warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// Reports something worth knowing.
    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self {
            severity,
            code,
            message,
            at: Origin::default(),
            column: None,
            excerpt: None,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.at = origin;
        self
    }

    /// Says in which column, from 1.
    #[must_use]
    pub fn column(mut self, column: u32) -> Self {
        self.column = (column > 0).then_some(column);
        self
    }

    /// Shows the line of input that is meant.
    #[must_use]
    pub fn excerpt(mut self, line: impl Into<String>) -> Self {
        self.excerpt = Some(line.into());
        self
    }

    /// Adds a cause below those already there.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds something to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Tells whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_known() {
            write!(f, "{}", self.at)?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

/// A value together with what was wrong on the way to it.
#[derive(Clone, Debug, Default)]
pub struct Warned<T> {
    /// The value; as complete as the input allowed.
    pub value: T,
    /// What was wrong, in the order in which it was found.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Warned<T> {
    /// Wraps a value with nothing to report.
    pub fn clean(value: T) -> Self {
        Self { value, diagnostics: Vec::new() }
    }

    /// Tells whether an error is among the diagnostics.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
