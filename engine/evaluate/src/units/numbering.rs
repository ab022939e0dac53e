//! What controllers add to the version of a chart, so that another package of the same version is told from it.
//!
//! A plan shows the version that the chart has; what is installed and recorded has the longer one.

use std::sync::Arc;

use weir_helm::Chart;
use weir_helm::record::{packaged_version, tracked_version};

use crate::sources::ChartSource;

/// The generation of a `HelmChart` that nobody has changed since it was made for its release. The cluster's own may be
/// higher; it is not known here.
const GENERATION: i64 = 1;

/// What is added to the version of a chart.
#[derive(Clone, Debug)]
pub(crate) enum Numbering {
    /// Nothing.
    Plain,
    /// helm-controller adds digits of the digest in the source's revision.
    Digest(String),
    /// source-controller adds digits of the source's revision, the generation of the `HelmChart`, or both.
    Package {
        /// The source's revision.
        revision: Option<String>,
        /// The generation, for a chart with values files of its own.
        generation: Option<i64>,
    },
}

impl Numbering {
    /// Says how a chart is numbered.
    pub(super) fn of(chart: &ChartSource) -> Self {
        let revision = &chart.source.revision;
        match chart.source.id.kind.as_str() {
            "OCIRepository" if !revision.is_empty() => Self::Digest(revision.clone()),
            "ExternalArtifact" if revision.contains(':') => Self::Digest(revision.clone()),
            "HelmRepository" | "GitRepository" | "Bucket" => Self::Package {
                revision: chart.follows_revision.then(|| revision.clone()),
                generation: (!chart.values_files.is_empty()).then_some(GENERATION),
            },
            _ => Self::Plain,
        }
    }

    /// Numbers a chart, and returns the digest that is noted with it; the error is helm-controller's.
    pub(crate) fn number(&self, chart: Arc<Chart>) -> Result<(Arc<Chart>, String), String> {
        let (version, digest) = match self {
            Self::Plain => return Ok((chart, String::new())),
            Self::Digest(revision) => tracked_version(chart.version(), revision)?,
            Self::Package { revision, generation } => {
                let packaged = packaged_version(chart.version(), revision.as_deref(), *generation);
                let Some(version) = packaged else { return Ok((chart, String::new())) };
                (version, String::new())
            }
        };
        Ok((Arc::new(chart.with_version(&version)), digest))
    }
}
