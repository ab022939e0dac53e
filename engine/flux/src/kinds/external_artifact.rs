//! `ExternalArtifact`: a source whose artifact something else writes.

use weir_model::{Manifest, SmolStr, Warned};

use crate::read::read;

/// What is known of an `ExternalArtifact` from its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalArtifact {
    /// The kind of the object that it stems from.
    pub source_kind: Option<SmolStr>,
    /// The name of that object.
    pub source_name: Option<SmolStr>,
}

impl ExternalArtifact {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, |spec| {
            let source = spec.child("sourceRef");
            Self { source_kind: source.text("kind"), source_name: source.text("name") }
        })
    }
}
