//! The HelmRelease and what it asks for.

use weir_model::{Manifest, Value};

use super::Policy;

/// A HelmRelease, as far as the decision needs it.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// `reconcile.fluxcd.io/requestedAt`.
    pub requested_at: Option<String>,
    /// `reconcile.fluxcd.io/forceAt`.
    pub force_at: Option<String>,
    /// `reconcile.fluxcd.io/resetAt`.
    pub reset_at: Option<String>,
    /// What it says about its actions.
    pub policy: Policy,
}

impl Object {
    /// Reads a HelmRelease as the cluster has it.
    pub fn read(manifest: &Manifest) -> Self {
        let annotation = |name: &str| {
            manifest.annotation(&format!("reconcile.fluxcd.io/{name}")).map(str::to_owned)
        };
        let generation = manifest.value().pointer(&["metadata", "generation"]);
        Self {
            name: manifest.name().to_owned(),
            namespace: manifest.namespace().unwrap_or_default().to_owned(),
            generation: generation.and_then(Value::as_int).unwrap_or_default(),
            requested_at: annotation("requestedAt"),
            force_at: annotation("forceAt"),
            reset_at: annotation("resetAt"),
            policy: Policy::read(manifest.spec()),
        }
    }
}

/// What is to be in the cluster.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The name of the release, shortened as helm-controller does.
    pub release_name: String,
    /// The namespace of the release.
    pub release_namespace: String,
    /// The namespace of its records.
    pub storage_namespace: String,
    /// The name of the chart.
    pub chart_name: String,
    /// The version of the chart, with the digest that is added for OCI.
    pub chart_version: String,
    /// The version of what the chart installs; empty when the chart does not say.
    pub app_version: String,
    /// The digest of the values, from [`weir_helm::record::config_digest`].
    pub config_digest: String,
    /// The digest of the artifact of the chart; empty for charts without one.
    pub oci_digest: String,
    /// The digest from [`super::post_renderers_digest`]; empty when there are none.
    pub post_renderers_digest: String,
    /// The digest from [`super::common_metadata_digest`]; empty when there is none.
    pub common_metadata_digest: String,
}
