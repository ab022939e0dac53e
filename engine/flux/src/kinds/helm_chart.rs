//! `HelmChart`: a chart of a repository, or of a folder of a source. A HelmRelease holds the same as a template.

use weir_model::{Manifest, SmolStr, Warned};

use super::shared::Reference;
use crate::read::{Fields, read};

/// What of a `HelmChart` decides its chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelmChart {
    /// The chart's name, or its path in a Git repository or bucket.
    pub chart: SmolStr,
    /// The version or range of versions; `*` when empty.
    pub version: SmolStr,
    /// Where the chart is.
    pub source: Reference,
    /// Files of the chart that replace its `values.yaml`, merged in order.
    pub values_files: Vec<SmolStr>,
    /// Whether values files that are not there are skipped.
    pub ignore_missing_values_files: bool,
    /// Whether the version follows the source's revision (`reconcileStrategy: Revision`).
    pub follows_revision: bool,
}

impl HelmChart {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    pub(crate) fn from_spec(spec: &Fields<'_>) -> Self {
        Self {
            chart: spec.required("chart"),
            version: spec.text("version").filter(|text| !text.is_empty()).unwrap_or("*".into()),
            source: Reference::read(
                &spec.child("sourceRef"),
                &["HelmRepository", "GitRepository", "Bucket"],
            ),
            values_files: spec.texts("valuesFiles"),
            ignore_missing_values_files: spec.flag("ignoreMissingValuesFiles").unwrap_or_default(),
            follows_revision: spec
                .word("reconcileStrategy", &["ChartVersion", "Revision"])
                .is_some_and(|word| word == "Revision"),
        }
    }
}
