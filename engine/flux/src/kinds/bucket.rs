//! `Bucket`: a source in an object store.

use weir_model::{Manifest, SmolStr, Warned};

use crate::read::read;

/// What of a `Bucket` decides its artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// `generic`, `aws`, `gcp` or `azure`.
    pub provider: SmolStr,
    /// The endpoint.
    pub endpoint: SmolStr,
    /// The bucket's name.
    pub bucket: SmolStr,
    /// Only objects below this prefix.
    pub prefix: SmolStr,
    /// Patterns that replace the default exclusions.
    pub ignore: Option<SmolStr>,
    /// Whether it is suspended.
    pub suspend: bool,
}

impl Bucket {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, |spec| Self {
            provider: spec
                .word("provider", &["generic", "aws", "gcp", "azure"])
                .unwrap_or("generic".into()),
            endpoint: spec.required("endpoint"),
            bucket: spec.required("bucketName"),
            prefix: spec.text("prefix").unwrap_or_default(),
            ignore: spec.text("ignore"),
            suspend: spec.flag("suspend").unwrap_or_default(),
        })
    }
}
