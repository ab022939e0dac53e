//! Places in objects: how they are written down, found, made and set.

mod gvk;
mod lookup;
mod matching;
mod path;
pub(crate) mod scalar;
mod set;
mod spec;

pub use gvk::Gvk;
pub use lookup::{lookup, lookup_create, lookup_mut};
pub use matching::for_each_match;
pub use path::{smart_split, split};
pub(crate) use set::{key_node, quote_for_v2};
pub use set::{set_field, set_scalar};
pub use spec::{Create, FieldSpec, apply_field_spec, apply_field_specs};

use weir_yaml::{Content, Node};

use crate::budget::Exceeded;
use crate::error::HIDDEN;

/// Why a place could not be found, made or set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A node is of another kind than the place asks for.
    #[error("wrong node kind: expected {expected} but got {got}: node contents:\n{contents}")]
    WrongKind {
        /// The kind that was asked for.
        expected: Kind,
        /// The kind that was there.
        got: Kind,
        /// The node as text.
        contents: String,
    },
    /// Something else, in words.
    #[error("{0}")]
    Other(String),
    /// What was being done when the inner error came up.
    #[error("{doing}: {cause}")]
    While {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        cause: Box<Self>,
    },
}

impl From<Exceeded> for FieldError {
    fn from(exceeded: Exceeded) -> Self {
        Self::Other(exceeded.to_string())
    }
}

impl FieldError {
    /// Says what was being done.
    #[must_use]
    pub fn doing(self, doing: impl Into<String>) -> Self {
        Self::While { doing: doing.into(), cause: Box::new(self) }
    }

    /// Hides the contents of nodes, which may be a Secret's.
    #[must_use]
    pub(crate) fn hidden(mut self) -> Self {
        let mut error = &mut self;
        while let Self::While { cause, .. } = error {
            error = cause;
        }
        if let Self::WrongKind { contents, .. } = error {
            HIDDEN.clone_into(contents);
        }
        self
    }

    /// Returns the error at the end of the chain.
    pub fn root(&self) -> &Self {
        let mut error = self;
        while let Self::While { cause, .. } = error {
            error = cause;
        }
        error
    }
}

/// The kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar,
    /// A sequence.
    Sequence,
    /// A mapping.
    Mapping,
    /// A reference to an anchor.
    Alias,
}

impl Kind {
    /// Returns the kind of a node.
    pub fn of(node: &Node) -> Self {
        match node.content {
            Content::Scalar(..) => Self::Scalar,
            Content::Sequence(_) => Self::Sequence,
            Content::Mapping(_) => Self::Mapping,
            Content::Alias(_) => Self::Alias,
        }
    }

    /// Refuses a node of another kind; null passes.
    pub fn expect(self, node: &Node) -> Result<(), FieldError> {
        if node.is_null() || Self::of(node) == self {
            return Ok(());
        }
        Err(FieldError::WrongKind {
            expected: self,
            got: Self::of(node),
            contents: weir_yaml::emit(node),
        })
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Scalar => "ScalarNode",
            Self::Sequence => "SequenceNode",
            Self::Mapping => "MappingNode",
            Self::Alias => "AliasNode",
        })
    }
}
