//! What Helm keeps of each revision of a release, in the form of Helm's storage.
//!
//! [`decode`] reads what a storage Secret holds, whoever wrote it, and [`encode`] writes it; [`secret_name`] and
//! [`labels`] say what the Secret is called and labelled. [`RecordedChart::of`], [`RecordedHook::of`] and
//! [`Record::install`] make a record of a rendering; [`Record::upgrade`] and [`Record::roll_back`] make the next one, and
//! the other methods in `life` take it from status to status in Helm's words. [`digest`] and [`config_digest`] are what
//! helm-controller notes of a record in `status.history`, and [`tracked_version`] and
//! [`packaged_version`] are how charts are numbered.
//!
//! Records hold values and manifests, and so secrets: debugging shows names and numbers alone, and no error quotes them.

mod chart;
mod digest;
mod hook;
mod life;
mod numbered;
mod read;
mod storage;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use weir_golang::time::Time;
use weir_model::Value;

use crate::{HelmVersion, ManifestText};

pub use chart::{Lock, RecordedChart, RecordedFile};
pub use digest::{config_digest, digest};
pub use hook::{HookRun, RecordedHook};
pub use life::Installation;
pub use numbered::{packaged_version, tracked_version};
pub use storage::{StorageError, decode, encode, json, labels, secret_name};

/// The type of the Secrets that hold records.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";

/// One revision of a release.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The name of the release.
    pub name: String,
    /// When it was deployed, and what became of it.
    pub info: Info,
    /// The chart, without the charts inside it, which Helm does not keep. It is large, and shared between revisions.
    pub chart: Arc<RecordedChart>,
    /// The values that were given, without the chart's own; null when there were none.
    pub config: Value,
    /// The manifests as one text, each below a comment that names its template.
    pub manifest: String,
    /// The hooks.
    pub hooks: Vec<RecordedHook>,
    /// The revision, from 1.
    pub version: i64,
    /// The namespace of the release.
    pub namespace: String,
    /// How its objects are applied; nothing, in what Helm 3 wrote, stands for the client.
    pub apply_method: Option<ApplyMethod>,
    /// Labels that a user gave. They stand on the Secret alone, so whoever reads a Secret sets them.
    pub labels: BTreeMap<String, String>,
    /// The Helm in whose form the record was stored.
    pub form: HelmVersion,
}

/// When a revision was deployed, and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// When the release was first deployed.
    pub first_deployed: Option<Time>,
    /// When this revision was deployed.
    pub last_deployed: Option<Time>,
    /// When it was uninstalled.
    pub deleted: Option<Time>,
    /// What was done last, in a sentence.
    pub description: String,
    /// What became of it.
    pub status: Status,
    /// The revision that was rolled back to; 0 when this is no rollback.
    pub rollback_revision: i64,
    /// The chart's notes.
    pub notes: String,
}

/// What became of a revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Helm does not know, or the word is none of Helm's.
    #[default]
    Unknown,
    /// It is the one in the cluster.
    Deployed,
    /// It was uninstalled.
    Uninstalled,
    /// A later one is in the cluster.
    Superseded,
    /// It could not be deployed.
    Failed,
    /// It is being uninstalled.
    Uninstalling,
    /// It is being installed.
    PendingInstall,
    /// It is being upgraded to.
    PendingUpgrade,
    /// It is being rolled back to.
    PendingRollback,
}

const STATUSES: [(&str, Status); 9] = [
    ("unknown", Status::Unknown),
    ("deployed", Status::Deployed),
    ("uninstalled", Status::Uninstalled),
    ("superseded", Status::Superseded),
    ("failed", Status::Failed),
    ("uninstalling", Status::Uninstalling),
    ("pending-install", Status::PendingInstall),
    ("pending-upgrade", Status::PendingUpgrade),
    ("pending-rollback", Status::PendingRollback),
];

impl Status {
    /// Finds a status by Helm's word for it; other words are unknown ones.
    pub fn of(word: &str) -> Self {
        STATUSES.iter().find(|(known, _)| *known == word).map_or(Self::Unknown, |(_, it)| *it)
    }

    /// Returns Helm's word.
    pub fn word(self) -> &'static str {
        STATUSES.iter().find(|(_, status)| *status == self).map_or("unknown", |(word, _)| word)
    }

    /// Tells whether something is under way, so that nobody else may change the release.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

/// How the objects of a release are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// The client makes patches.
    Client,
    /// The API server merges by field owners.
    Server,
}

impl ApplyMethod {
    /// Finds a method by Helm's word for it.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "csa" => Some(Self::Client),
            "ssa" => Some(Self::Server),
            _ => None,
        }
    }

    /// Returns Helm's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "csa",
            Self::Server => "ssa",
        }
    }
}

/// Returns rendered manifests as the one text that is recorded, each below a comment that names its template.
pub fn manifest(manifests: &[ManifestText]) -> String {
    let mut text = String::new();
    for manifest in manifests {
        text.extend(["---\n# Source: ", &manifest.path, "\n", &manifest.text, "\n"]);
    }
    text
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, info, chart, version, namespace, .. } = self;
        let status = info.status.word();
        write!(f, "Record({namespace}/{name}.v{version} {status} {chart:?})")
    }
}

#[cfg(test)]
mod tests;
