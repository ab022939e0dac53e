//! Everything but the chart, its values and the release that a rendering depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{Limits, ObjectId, Value};

use crate::capabilities;

/// The Helm whose behaviour is wanted; they differ in details of values, document splitting, order and wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum HelmVersion {
    /// Helm 3.22.
    V3,
    /// Helm 4.3, the one in Flux 2.9.
    #[default]
    V4,
}

/// Everything but the chart, its values and the release that a rendering depends on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The Helm to behave as.
    pub helm: HelmVersion,
    /// `.Capabilities.KubeVersion`.
    pub kube_version: KubeVersion,
    /// `.Capabilities.APIVersions`. The default is the list built into Helm.
    pub api_versions: Arc<[String]>,
    /// What `now` gives, in seconds since 1970; whoever reads a clock says so here.
    pub now: i64,
    /// What random functions draw from. The same entropy gives the same text.
    pub entropy: [u8; 32],
    /// The objects that `lookup` finds. The default is none, as for `helm template`.
    pub objects: Arc<BTreeMap<ObjectId, Value>>,
    /// Whether values are checked against `values.schema.json`.
    pub validate_schema: bool,
    /// Whether templates that use a missing key fail, as they do in `helm lint --strict`.
    pub strict: bool,
    /// How much the rendering may use.
    pub limits: Limits,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            helm: HelmVersion::default(),
            kube_version: KubeVersion::parse("v1.36.1").unwrap_or_default(),
            api_versions: capabilities::built_in(),
            now: 0,
            entropy: [0; 32],
            objects: Arc::default(),
            validate_schema: true,
            strict: false,
            limits: Limits::default(),
        }
    }
}

impl Facts {
    /// Adds API versions to those already known, as `--api-versions` does.
    #[must_use]
    pub fn with_api_versions<'a>(mut self, more: impl IntoIterator<Item = &'a str>) -> Self {
        let all = self.api_versions.iter().cloned();
        self.api_versions = all.chain(more.into_iter().map(str::to_owned)).collect();
        self
    }
}

/// A Kubernetes version as Helm reads it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KubeVersion {
    /// As given, with a leading `v`; Helm 4 shows this one.
    pub given: String,
    /// The numbers alone, with a leading `v`; Helm 3 shows this one, and constraints are checked against it.
    pub plain: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

impl KubeVersion {
    /// Reads a version such as `1.33.0`, `v1.33` or `v1.33.4-gke.1`. Refuses what does not begin with two numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let (numbers, _suffix) = bare.split_at(end);
        // A dot before a suffix belongs to the suffix.
        let numbers = if end < bare.len() { numbers.trim_end_matches('.') } else { numbers };
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_number = |part: &&str| {
            !part.is_empty()
                && (*part == "0" || !part.starts_with('0'))
                && part.parse::<u64>().is_ok()
        };
        if parts.len() < 2 || !parts.iter().all(is_number) {
            return None;
        }
        let given = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Some(Self {
            given,
            plain: format!("v{}", parts.join(".")),
            major: (*parts.first()?).to_owned(),
            minor: (*parts.get(1)?).to_owned(),
        })
    }

    /// Returns the version that `helm template` takes when none is given.
    pub fn built_in(helm: HelmVersion) -> Self {
        let text = match helm {
            HelmVersion::V3 => "v1.20.0",
            HelmVersion::V4 => "v1.37.0",
        };
        Self::parse(text).unwrap_or_default()
    }

    /// Returns the text that `.Capabilities.KubeVersion` shows.
    pub fn shown(&self, helm: HelmVersion) -> &str {
        match helm {
            HelmVersion::V3 => &self.plain,
            HelmVersion::V4 => &self.given,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kube_versions_are_read_as_helm_reads_them() {
        for (text, plain) in [
            ("1.33.0", Some("v1.33.0")),
            ("v1.22", Some("v1.22")),
            ("v1.33.4-gke.1245000", Some("v1.33.4")),
            ("1.31.4+k3s1", Some("v1.31.4")),
            ("abc", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(
                KubeVersion::parse(text).map(|version| version.plain).as_deref(),
                plain,
                "{text}"
            );
        }
    }
}
