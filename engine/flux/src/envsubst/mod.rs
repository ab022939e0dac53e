//! Shell-like variables as Flux substitutes them: the dialect of `fluxcd/pkg/envsubst`.
//!
//! Only `${…}` is a variable; `$name` is text, and `$$` prints `$`. Lengths, offsets and slices count bytes.
//! `+`, `?`, `:+` and `:?` behave like `:-`, and `${name-default}` is not understood, as upstream.

mod eval;
mod functions;
mod parse;
mod scan;

use std::fmt;

use weir_model::{Exhausted, Meter};

/// Why a text could not be expanded; the wording is that of Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvsubstError {
    /// The template cannot be read.
    Syntax(&'static str),
    /// Strict mode: a variable without a default is not set.
    NotSet(String),
    /// The template takes more than is allowed.
    Exhausted(Exhausted),
}

impl fmt::Display for EnvsubstError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => f.write_str(message),
            Self::NotSet(name) => write!(f, "variable not set (strict mode): {name:?}"),
            Self::Exhausted(exhausted) => exhausted.fmt(f),
        }
    }
}

impl std::error::Error for EnvsubstError {}

impl From<Exhausted> for EnvsubstError {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

/// Expands the variables of a text.
///
/// `variable` returns nothing for a variable that is not set, which is an error unless the reference has a default; for
/// the lenient mode it returns an empty text. A slice that cuts a character gives U+FFFD.
pub fn expand<'a>(
    template: &str,
    variable: &dyn Fn(&str) -> Option<&'a str>,
    meter: &mut Meter,
) -> Result<String, EnvsubstError> {
    let nodes = parse::parse(template, meter)?;
    let bytes = eval::evaluate(&nodes, variable, meter)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
