//! `OCIRepository`: a source, or a chart, in an OCI registry.

use weir_model::{Manifest, SmolStr, Warned};

use crate::read::{Fields, read};

/// What of an `OCIRepository` decides its artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciRepository {
    /// The URL, `oci://…`.
    pub url: SmolStr,
    /// Which version.
    pub reference: OciRevision,
    /// Patterns that replace the default exclusions.
    pub ignore: Option<SmolStr>,
    /// The media type of the layer; the first layer when empty.
    pub media_type: SmolStr,
    /// Whether the layer is kept as it is (`operation: copy`); then nothing is ignored.
    pub copy: bool,
    /// Whether plain HTTP is allowed.
    pub insecure: bool,
    /// Whether it is suspended.
    pub suspend: bool,
}

/// `spec.ref`: digest wins over semver, semver over tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciRevision {
    /// A tag.
    pub tag: Option<SmolStr>,
    /// A range of versions.
    pub semver: Option<SmolStr>,
    /// A regular expression over tags, before the range.
    pub semver_filter: Option<SmolStr>,
    /// A digest.
    pub digest: Option<SmolStr>,
}

impl OciRepository {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    fn from_spec(spec: &Fields<'_>) -> Self {
        let reference = spec.child("ref");
        let wanted = |name| reference.text(name).filter(|text| !text.is_empty());
        let layer = spec.child("layerSelector");
        Self {
            url: spec.required("url"),
            reference: OciRevision {
                tag: wanted("tag"),
                semver: wanted("semver"),
                semver_filter: wanted("semverFilter"),
                digest: wanted("digest"),
            },
            ignore: spec.text("ignore"),
            media_type: layer.text("mediaType").unwrap_or_default(),
            copy: layer.word("operation", &["extract", "copy"]).is_some_and(|word| word == "copy"),
            insecure: spec.flag("insecure").unwrap_or_default(),
            suspend: spec.flag("suspend").unwrap_or_default(),
        }
    }
}
