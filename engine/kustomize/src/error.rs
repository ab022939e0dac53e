//! What is wrong with a build, as much of it as was found.

use std::fmt::Display;

use weir_model::{Diagnostic, Origin};

use crate::budget::Exceeded;

/// How long the text of one mistake may be, in bytes: names and patches in it may be endless.
const MAX_MESSAGE: usize = 32 << 10;

/// How many mistakes are kept of one build; more are counted.
const MAX_MISTAKES: usize = 100;

/// What errors show in place of a secret.
pub(crate) const HIDDEN: &str = "(hidden)";

/// Why a step of the build gave nothing: one mistake or several, in kustomize's own words. Without any, only something
/// remote is missing; that has been noted, and it is no error.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildError {
    mistakes: Vec<Mistake>,
    /// How many more there are.
    uncounted: usize,
}

#[derive(Clone, Debug)]
struct Mistake {
    message: String,
    at: Origin,
    column: u32,
    /// The line of input that is meant; empty when there is none to show.
    excerpt: String,
    malformed: bool,
    hints: Vec<String>,
}

/// The result of a step of the build.
pub(crate) type Result<T> = std::result::Result<T, BuildError>;

impl BuildError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            mistakes: vec![Mistake {
                message: shortened(message.into()),
                at: Origin::default(),
                column: 0,
                excerpt: String::new(),
                malformed: false,
                hints: Vec::new(),
            }],
            uncounted: 0,
        }
    }

    /// Something remote is missing, and has been noted.
    pub(crate) fn missing() -> Self {
        Self::default()
    }

    /// Marks a text that is no YAML, as kyaml's reader does.
    pub(crate) fn malformed(error: weir_yaml::YamlError) -> Self {
        let mut error = Self::from(error).within("MalformedYAMLError");
        error.mistakes.iter_mut().for_each(|mistake| mistake.malformed = true);
        error
    }

    /// Says where, unless that is known already: the first place named is the closest one.
    pub(crate) fn at(mut self, origin: Origin) -> Self {
        for mistake in self.mistakes.iter_mut().filter(|mistake| !mistake.at.is_known()) {
            mistake.at = origin;
        }
        self
    }

    /// Says what was being done.
    pub(crate) fn within(self, doing: impl Display) -> Self {
        self.reworded(|message| format!("{doing}: {message}"))
    }

    /// Replaces the text and keeps the place.
    pub(crate) fn reworded(mut self, reword: impl Fn(&str) -> String) -> Self {
        for mistake in &mut self.mistakes {
            mistake.message = shortened(reword(&mistake.message));
        }
        self
    }

    /// Shows no line of the input: it may hold a secret.
    pub(crate) fn without_excerpt(mut self) -> Self {
        self.mistakes.iter_mut().for_each(|mistake| mistake.excerpt.clear());
        self
    }

    /// Says what to try, unless that is said already.
    pub(crate) fn hint(mut self, hint: impl FnOnce() -> Option<String>) -> Self {
        if let Some(mistake) = self.mistakes.first_mut()
            && mistake.hints.is_empty()
        {
            mistake.hints.extend(hint());
        }
        self
    }

    /// Adds what else is wrong.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.uncounted += other.uncounted;
        for mistake in other.mistakes {
            if self.mistakes.len() < MAX_MISTAKES {
                self.mistakes.push(mistake);
            } else {
                self.uncounted += 1;
            }
        }
        self
    }

    /// Takes over the place and the hints of what caused this, and adds what else is wrong there.
    pub(crate) fn caused_by(mut self, cause: Self) -> Self {
        let mut others = cause;
        if others.mistakes.is_empty() {
            return self;
        }
        let first = others.mistakes.remove(0);
        if let Some(mistake) = self.mistakes.first_mut() {
            if first.at.is_known() {
                (mistake.at, mistake.column) = (first.at, first.column);
                mistake.excerpt = first.excerpt;
            }
            mistake.hints.extend(first.hints);
        }
        self.and(others)
    }

    /// Tells whether nothing is wrong, and only something remote is missing.
    pub(crate) fn is_missing(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Tells whether a text was no YAML.
    pub(crate) fn is_malformed(&self) -> bool {
        self.mistakes.first().is_some_and(|mistake| mistake.malformed)
    }

    /// Returns the text of the first mistake; empty when there is none.
    pub(crate) fn message(&self) -> &str {
        self.mistakes.first().map(|mistake| mistake.message.as_str()).unwrap_or_default()
    }

    /// Returns the findings to report; none when something remote is missing.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = self
            .mistakes
            .into_iter()
            .map(|Mistake { message, at, column, excerpt, hints, .. }| {
                let mut found = Diagnostic::error("kustomize-build", message).at(at).column(column);
                found.excerpt = Some(excerpt).filter(|line| !line.is_empty());
                hints.into_iter().fold(found, Diagnostic::hint)
            })
            .collect();
        if self.uncounted > 0 {
            found.push(Diagnostic::error(
                "kustomize-build",
                format!("{} more mistakes are not shown", self.uncounted),
            ));
        }
        found
    }
}

/// Returns a text to show in an error; of one that may hold a secret, only that it is hidden.
pub(crate) fn shown(text: String) -> String {
    if weir_yaml::may_be_secret(&text) { HIDDEN.into() } else { text }
}

/// Keeps the beginning and the end, which says why.
fn shortened(message: String) -> String {
    if message.len() <= MAX_MESSAGE {
        return message;
    }
    let start = message.floor_char_boundary(MAX_MESSAGE / 4);
    let end = message.ceil_char_boundary(message.len() - MAX_MESSAGE / 4);
    format!("{} … {}", &message[..start], &message[end..])
}

impl From<weir_yaml::YamlError> for BuildError {
    fn from(error: weir_yaml::YamlError) -> Self {
        let mut made = Self::new(error.message).at(error.at);
        for mistake in &mut made.mistakes {
            mistake.column = error.column;
            mistake.excerpt.clone_from(&error.excerpt);
        }
        made
    }
}

impl From<Exceeded> for BuildError {
    fn from(exceeded: Exceeded) -> Self {
        Self::new(exceeded.to_string()).hint(|| Some(exceeded.hint().into()))
    }
}

/// Says what was being done, for results.
pub(crate) trait Within<T>: Sized {
    /// Puts `doing: ` before the error's text.
    fn within(self, doing: impl Display) -> Result<T>;
    /// Does the same with a text that is made only when there is an error.
    fn doing<D: Display>(self, doing: impl FnOnce() -> D) -> Result<T>;
    /// Says where, unless that is known already.
    fn at(self, origin: Origin) -> Result<T>;
}

impl<T, E: Into<BuildError>> Within<T> for std::result::Result<T, E> {
    fn within(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| error.into().within(doing))
    }

    fn doing<D: Display>(self, doing: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|error| error.into().within(doing()))
    }

    fn at(self, origin: Origin) -> Result<T> {
        self.map_err(|error| error.into().at(origin))
    }
}

/// Goes on past what is wrong or missing, so that all of it is found at once.
#[derive(Debug, Default)]
pub(crate) struct Errors(Option<BuildError>);

impl Errors {
    /// Keeps an error, and gives what there is without one.
    pub(crate) fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.0 = Some(match self.0.take() {
                    Some(first) => first.and(error),
                    None => error,
                });
                None
            }
        }
    }

    /// Changes what was found so far.
    #[must_use]
    pub(crate) fn map(self, change: impl FnOnce(BuildError) -> BuildError) -> Self {
        Self(self.0.map(change))
    }

    /// Returns how much is wrong so far.
    pub(crate) fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |error| error.mistakes.len() + error.uncounted)
    }

    /// Tells whether anything was wrong or missing.
    pub(crate) fn any(&self) -> bool {
        self.0.is_some()
    }

    /// Ends with the value, or with all that was wrong.
    pub(crate) fn finish<T>(self, value: T) -> Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}
