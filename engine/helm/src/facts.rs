//! Everything but the chart, its values and the release that a rendering depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_golang::strconv::quote;
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
    /// Whether `required` and `fail` let a template go on, as they do in `helm lint`.
    pub lint: bool,
    /// How much the rendering may use.
    pub limits: Limits,
}

/// What one rendering may use: about a second. The largest charts that are known use a hundredth of the steps.
const LIMITS: Limits = Limits { steps: 20_000_000, bytes: 192 << 20, depth: 1_000 };

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
            lint: false,
            limits: LIMITS,
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
    /// Reads a version such as `1.33.0`, `v1.33` or `v1.33.4-gke.1`. Refuses what does not begin with two numbers; the
    /// error is Helm's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        // What follows the numbers is a suffix, and so is a dot without a number after it.
        let numbers = bare.get(..end).unwrap_or_default();
        let parts: Vec<&str> = numbers.split('.').take_while(|part| !part.is_empty()).collect();
        let illegal = |what: &str| format!("illegal {what} {}", quote(text));
        let [major, minor, ..] = parts.as_slice() else {
            return Err(match parts.as_slice() {
                [] => format!("could not parse {} as version", quote(text)),
                _ => illegal("version string"),
            });
        };
        for part in &parts {
            if part.len() > 1 && part.starts_with('0') {
                return Err(illegal(&format!(
                    "zero-prefixed version component {} in",
                    quote(part)
                )));
            }
            part.parse::<u64>().map_err(|_| illegal("version string"))?;
        }
        let given = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Ok(Self {
            given,
            plain: format!("v{}", parts.join(".")),
            major: (*major).to_owned(),
            minor: (*minor).to_owned(),
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
        for (text, expected) in [
            ("1.33.0", Ok("v1.33.0")),
            ("v1.22", Ok("v1.22")),
            ("v1.33.4-gke.1245000", Ok("v1.33.4")),
            ("1.31.4+k3s1", Ok("v1.31.4")),
            ("1.2.", Ok("v1.2")),
            ("abc", Err("could not parse \"abc\" as version")),
            ("1", Err("illegal version string \"1\"")),
            ("1.02", Err("illegal zero-prefixed version component \"02\" in \"1.02\"")),
            ("", Err("could not parse \"\" as version")),
        ] {
            let parsed = KubeVersion::parse(text).map(|version| version.plain);
            assert_eq!(parsed.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}
