//! `HelmRepository`: a place where charts are found by name.

use weir_model::{Manifest, SmolStr, Warned};

use crate::read::read;

/// What of a `HelmRepository` decides where its charts come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelmRepository {
    /// The URL, `https://…` or `oci://…`.
    pub url: SmolStr,
    /// Whether it is a registry (`type: oci`).
    pub is_oci: bool,
    /// Whether plain HTTP is allowed.
    pub insecure: bool,
    /// Whether it is suspended.
    pub suspend: bool,
}

impl HelmRepository {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, |spec| Self {
            url: spec.required("url"),
            is_oci: spec.word("type", &["default", "oci"]).is_some_and(|word| word == "oci"),
            insecure: spec.flag("insecure").unwrap_or_default(),
            suspend: spec.flag("suspend").unwrap_or_default(),
        })
    }
}
