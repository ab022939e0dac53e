//! `ArtifactGenerator`: new artifacts copied together from sources.

use weir_model::{Manifest, Origin, SmolStr, Warned};

use super::shared::{CommonMetadata, Reference};
use crate::read::{Fields, read};

/// What of an `ArtifactGenerator` decides its artifacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArtifactGenerator {
    /// The sources by alias.
    pub sources: Vec<GeneratorSource>,
    /// The artifacts, each an `ExternalArtifact` in the generator's namespace.
    pub artifacts: Vec<GeneratedArtifact>,
    /// One set of artifacts for each folder that matches, `@alias/dir/{name}`.
    pub path_pattern: Option<SmolStr>,
    /// Metadata for the objects made.
    pub common_metadata: CommonMetadata,
}

/// `spec.sources[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratorSource {
    /// The name by which copy operations mean the source.
    pub alias: SmolStr,
    /// The source.
    pub source: Reference,
}

/// `spec.artifacts[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedArtifact {
    /// The name of the `ExternalArtifact`; may hold captures of the path pattern.
    pub name: SmolStr,
    /// The alias whose revision the artifact takes over, `@alias`.
    pub revision: Option<SmolStr>,
    /// The copy operations, in order.
    pub copy: Vec<CopyOperation>,
    /// Where it is written.
    pub origin: Origin,
}

/// `spec.artifacts[].copy[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOperation {
    /// `@alias/glob`.
    pub from: SmolStr,
    /// `@artifact/path`.
    pub to: SmolStr,
    /// Globs that are left out.
    pub exclude: Vec<SmolStr>,
    /// What happens to files that are there already.
    pub strategy: Strategy,
}

/// How a copied file meets one that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// It replaces it.
    #[default]
    Overwrite,
    /// YAML maps are merged, lists replaced.
    Merge,
    /// It is an archive, and its content is copied.
    Extract,
}

impl ArtifactGenerator {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    fn from_spec(spec: &Fields<'_>) -> Self {
        const KINDS: [&str; 5] =
            ["Bucket", "GitRepository", "OCIRepository", "HelmChart", "ExternalArtifact"];
        Self {
            sources: spec
                .items("sources")
                .iter()
                .map(|fields| GeneratorSource {
                    alias: fields.required("alias"),
                    source: Reference::read(fields, &KINDS),
                })
                .collect(),
            artifacts: spec.items("artifacts").iter().map(artifact).collect(),
            path_pattern: spec.text("pathPattern").filter(|text| !text.is_empty()),
            common_metadata: CommonMetadata::read(spec),
        }
    }
}

fn artifact(fields: &Fields<'_>) -> GeneratedArtifact {
    let operation = |fields: &Fields<'_>| CopyOperation {
        from: fields.required("from"),
        to: fields.required("to"),
        exclude: fields.texts("exclude"),
        strategy: match fields.word("strategy", &["Overwrite", "Merge", "Extract"]).as_deref() {
            Some("Merge") => Strategy::Merge,
            Some("Extract") => Strategy::Extract,
            _ => Strategy::Overwrite,
        },
    };
    GeneratedArtifact {
        name: fields.required("name"),
        revision: fields.text("revision").filter(|text| !text.is_empty()),
        copy: fields.items("copy").iter().map(operation).collect(),
        origin: fields.origin(),
    }
}
