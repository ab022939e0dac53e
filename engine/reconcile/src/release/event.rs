//! Kubernetes events about a release.

use super::Snapshot;

/// The prefix of the annotations of helm-controller's events.
const GROUP: &str = "helm.toolkit.fluxcd.io";

/// An event about the HelmRelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether it is a `Warning` rather than `Normal`.
    pub is_warning: bool,
    /// The reason.
    pub reason: &'static str,
    /// The message.
    pub message: String,
    /// The annotations, by key.
    pub annotations: Vec<(String, String)>,
}

/// What an event is about.
pub(super) struct About<'a> {
    pub(super) chart_version: &'a str,
    pub(super) config_digest: &'a str,
    pub(super) app_version: &'a str,
    pub(super) oci_digest: &'a str,
}

impl<'a> From<&'a Snapshot> for About<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self {
            chart_version: &snapshot.chart_version,
            config_digest: &snapshot.config_digest,
            app_version: &snapshot.app_version,
            oci_digest: &snapshot.oci_digest,
        }
    }
}

impl About<'_> {
    /// Returns the annotations; what is empty is left out.
    pub(super) fn annotations(&self) -> Vec<(String, String)> {
        let Self { chart_version, config_digest, app_version, oci_digest } = self;
        [
            ("app-version", app_version),
            ("oci-digest", oci_digest),
            ("revision", chart_version),
            ("token", config_digest),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (format!("{GROUP}/{key}"), (*value).to_owned()))
        .collect()
    }
}
