//! Why a build stopped.

use weir_model::{Diagnostic, Origin};

/// Why a build stopped: an error in kustomize's own words, or a remote resource that is not at hand.
#[derive(Clone, Debug)]
pub(crate) enum BuildError {
    /// Something in the input is wrong.
    Wrong(Box<Wrong>),
    /// A remote resource is missing; it has been noted, and it is no error.
    Missing,
}

/// The error itself.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    message: String,
    at: Origin,
    column: u32,
    malformed: bool,
}

/// The result of a step of the build.
pub(crate) type Result<T> = std::result::Result<T, BuildError>;

impl BuildError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Wrong(Box::new(Wrong {
            message: message.into(),
            at: Origin::default(),
            column: 0,
            malformed: false,
        }))
    }

    /// Says where, unless that is known already: the first place named is the closest one.
    pub(crate) fn at(mut self, origin: Origin) -> Self {
        if let Self::Wrong(wrong) = &mut self
            && !wrong.at.is_known()
        {
            wrong.at = origin;
        }
        self
    }

    /// Says what was being done.
    pub(crate) fn within(mut self, doing: impl std::fmt::Display) -> Self {
        if let Self::Wrong(wrong) = &mut self {
            wrong.message = format!("{doing}: {}", wrong.message);
        }
        self
    }

    /// Replaces the text and keeps the place.
    pub(crate) fn reworded(mut self, reword: impl FnOnce(&str) -> String) -> Self {
        if let Self::Wrong(wrong) = &mut self {
            wrong.message = reword(&wrong.message);
        }
        self
    }

    /// Tells whether a text was no YAML.
    pub(crate) fn is_malformed(&self) -> bool {
        matches!(self, Self::Wrong(wrong) if wrong.malformed)
    }

    /// Returns the text; empty for a missing resource.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Wrong(wrong) => &wrong.message,
            Self::Missing => "",
        }
    }

    /// Returns the finding to report; none for a missing resource.
    pub(crate) fn into_diagnostic(self) -> Option<Diagnostic> {
        match self {
            Self::Wrong(wrong) => Some(
                Diagnostic::error("kustomize-build", wrong.message)
                    .at(wrong.at)
                    .column(wrong.column),
            ),
            Self::Missing => None,
        }
    }
}

/// Says what was being done, for results.
pub(crate) trait Within<T> {
    /// Puts `doing: ` before the error's text.
    fn within(self, doing: impl std::fmt::Display) -> Result<T>;
    /// Says where, unless that is known already.
    fn at(self, origin: Origin) -> Result<T>;
}

impl<T, E: Into<BuildError>> Within<T> for std::result::Result<T, E> {
    fn within(self, doing: impl std::fmt::Display) -> Result<T> {
        self.map_err(|error| error.into().within(doing))
    }

    fn at(self, origin: Origin) -> Result<T> {
        self.map_err(|error| error.into().at(origin))
    }
}

impl From<weir_yaml::YamlError> for BuildError {
    fn from(error: weir_yaml::YamlError) -> Self {
        Self::Wrong(Box::new(Wrong {
            message: error.message.clone(),
            at: error.at,
            column: error.column,
            malformed: false,
        }))
    }
}

impl BuildError {
    /// Marks a text that is no YAML, as kyaml's reader does.
    pub(crate) fn malformed(error: weir_yaml::YamlError) -> Self {
        let mut error = Self::from(error).within("MalformedYAMLError");
        if let Self::Wrong(wrong) = &mut error {
            wrong.malformed = true;
        }
        error
    }
}

/// Goes on past what is missing, so that all of it is found at once.
#[derive(Default)]
pub(crate) struct Missing(bool);

impl Missing {
    /// Notes that something was missing; gives other errors back.
    pub(crate) fn note(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Err(BuildError::Missing) => {
                self.0 = true;
                Ok(())
            }
            other => other,
        }
    }

    /// Ends with what was missing.
    pub(crate) fn finish(self) -> Result<()> {
        if self.0 { Err(BuildError::Missing) } else { Ok(()) }
    }
}
