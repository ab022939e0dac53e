//! The names that Flux gives to groups, labels, annotations and releases.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The group of sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The group of `ArtifactGenerator`.
pub const EXTENSIONS_GROUP: &str = "source.extensions.fluxcd.io";
/// The group of `Kustomization`.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The group of `HelmRelease`.
pub const HELM_GROUP: &str = "helm.toolkit.fluxcd.io";

/// The label that names the Kustomization that owns an object.
pub const KUSTOMIZE_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label that names the namespace of that Kustomization.
pub const KUSTOMIZE_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// The label that names the HelmRelease that owns an object.
pub const HELM_NAME: &str = "helm.toolkit.fluxcd.io/name";
/// The label that names the namespace of that HelmRelease.
pub const HELM_NAMESPACE: &str = "helm.toolkit.fluxcd.io/namespace";

/// The label or annotation that switches variable substitution off for an object.
pub const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// The label or annotation that switches decryption off for an object.
pub const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";
/// The value that switches things off.
pub const DISABLED: &str = "disabled";

/// The name and namespace of the entry Kustomization and its source.
pub const FLUX_SYSTEM: &str = "flux-system";

/// How long the name of a release may be.
const MAX_RELEASE_NAME: usize = 53;

/// Shortens the name of a release as helm-controller does: above 53 characters the first 40, `-`, and 12 digits of the
/// SHA-256.
pub fn shorten_release_name(name: &str) -> String {
    if name.len() <= MAX_RELEASE_NAME {
        return name.to_owned();
    }
    let mut end = 40;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = format!("{}-", &name[..end]);
    for byte in Sha256::digest(name.as_bytes()).iter().take(6) {
        // Writing to a string does not fail.
        let _ = write!(short, "{byte:02x}");
    }
    short
}
