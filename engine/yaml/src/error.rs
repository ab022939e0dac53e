//! Why a text is not YAML.

use std::fmt;

use weir_model::{Diagnostic, Origin, Source};

use crate::dialect::Dialect;
use crate::input::Input;
use crate::scan::{Mark, Problem, Stage};
use crate::secrecy::may_be_secret;

/// A syntax error with Go's own wording and the place it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Go's message, for instance `yaml: line 3: mapping values are not allowed in this context`.
    /// Go counts the line from the beginning of the document that it was given, and sometimes is off by one.
    pub message: String,
    /// The file and line.
    pub at: Origin,
    /// The column, from 1; 0 when unknown.
    pub column: u32,
    /// The line of text that is meant; empty when unknown, or when the text may hold a secret.
    pub excerpt: String,
}

impl YamlError {
    /// Words a problem as Go does and shows the line. Lines before the text are counted in the place, not in the message.
    pub(crate) fn new(
        problem: &Problem,
        dialect: Dialect,
        input: &Input<'_>,
        source: Source,
        lines_before: u32,
    ) -> Self {
        let line = go_line(problem, dialect);
        let message = match line {
            0 => format!("yaml: {}", problem.message),
            _ => format!("yaml: line {line}: {}", problem.message),
        };
        // At the end of the text the last line is more telling than an empty one.
        let text = input.text.trim_end();
        let index = problem.at.index.min(text.len());
        let mut at = problem.at;
        if problem.at.index >= text.len() {
            at = mark_of(text, index);
        }
        Self {
            message,
            at: Origin::new(source, lines_before + at.line + 1),
            column: at.column + 1,
            excerpt: if may_be_secret(text) { String::new() } else { line_around(text, index) },
        }
    }

    /// Makes an error about a value, at its origin.
    pub(crate) fn about(message: impl Into<String>, at: Origin, column: u32) -> Self {
        Self { message: message.into(), at, column, excerpt: String::new() }
    }
}

/// Returns the line that Go names, which is not always the true one; 0 when it names none.
fn go_line(problem: &Problem, dialect: Dialect) -> u32 {
    if matches!(problem.stage, Stage::Reader | Stage::Composer) {
        return 0;
    }
    let scanner = u32::from(problem.stage == Stage::Scanner);
    match (dialect, problem.context.line, problem.at.line) {
        (Dialect::V2, context, 0) => context,
        (Dialect::V2, _, line) => line + scanner,
        (Dialect::V3, 0, 0) => 0,
        (Dialect::V3, 0, line) => line + scanner,
        (Dialect::V3, context, _) => context + scanner,
    }
}

fn mark_of(text: &str, index: usize) -> Mark {
    let before = text.get(..index).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let count = |text: &str, wanted: fn(char) -> bool| {
        u32::try_from(text.chars().filter(|&character| wanted(character)).count())
            .unwrap_or(u32::MAX)
    };
    Mark {
        index,
        line: count(before, |character| character == '\n'),
        column: count(before.get(line_start..).unwrap_or_default(), |_| true),
    }
}

fn line_around(text: &str, index: usize) -> String {
    let (before, after) = text.split_at_checked(index).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = index + after.find('\n').unwrap_or(after.len());
    let line = text.get(start..end).unwrap_or_default().trim_end_matches('\r');
    line.chars().take(200).collect()
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
