//! Why a text is not YAML.

use std::fmt;

use weir_model::{Diagnostic, Origin};

/// A syntax error with Go's own wording and the place it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Go's message, for instance `yaml: line 3: mapping values are not allowed in this context`.
    pub message: String,
    /// The file and line.
    pub at: Origin,
    /// The column, from 1; 0 when unknown.
    pub column: u32,
    /// The line of text that is meant; empty when unknown.
    pub excerpt: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

impl From<YamlError> for Diagnostic {
    fn from(error: YamlError) -> Self {
        let diagnostic =
            Self::error("yaml-syntax", error.message).at(error.at).column(error.column);
        if error.excerpt.is_empty() { diagnostic } else { diagnostic.excerpt(error.excerpt) }
    }
}
