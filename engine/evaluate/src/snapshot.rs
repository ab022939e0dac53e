//! Everything an evaluation depends on, and what it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{Artifact, Blob, Diagnostic, Digest, Manifest, ObjectId, Revision, TreePath};
use weir_plan::{Body, Plan, SourceRef, UnitId};

use crate::{Demand, Opener};

/// Everything the result of an evaluation depends on.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The repository: what the source of the entry Kustomization gives.
    pub root: Artifact,
    /// The URLs by which sources may name the repository itself; a source with one of them is answered by `root`.
    pub root_urls: BTreeSet<String>,
    /// The path of the entry Kustomization inside the repository.
    pub entry: TreePath,
    /// Sources answered by hand (`--source kind/ns/name=PATH`), by the source object's id.
    pub sources: BTreeMap<ObjectId, Artifact>,
    /// What was fetched so far.
    pub answers: BTreeMap<Demand, Result<Answer, Unavailable>>,
    /// What is known of the cluster.
    pub cluster: Arc<ClusterFacts>,
    /// What units gave that are not to be made anew, because the files here lack the secrets that they need.
    pub recorded: BTreeMap<UnitId, Recorded>,
}

impl Snapshot {
    /// Takes a repository and the path of its entry, with nothing fetched and nothing known of a cluster yet.
    pub fn new(root: Artifact, entry: TreePath) -> Self {
        Self {
            root,
            root_urls: BTreeSet::new(),
            entry,
            sources: BTreeMap::new(),
            answers: BTreeMap::new(),
            cluster: Arc::default(),
            recorded: BTreeMap::new(),
        }
    }
}

/// What a unit gave, kept with the snapshot instead of what it was made from.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The units that must be ready first.
    pub after: Vec<UnitId>,
    /// What it was made from.
    pub source: Option<SourceRef>,
    /// Whether it is suspended.
    pub suspended: bool,
    /// What it gave. Secret values are hidden, and of the objects' digests only the public ones are known.
    pub body: Body,
    /// What was found beside what the body says.
    pub warnings: Vec<Diagnostic>,
}

/// The answer to a demand.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The files of a source or a chart.
    Files(Artifact),
    /// The same, known by their digest and brought into memory only when someone looks into them.
    Sealed(Sealed),
    /// An object of the cluster.
    Object(Arc<Manifest>),
}

/// What a source gave, still where it is kept.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The revision that the source names.
    pub revision: Revision,
    /// The digest of the tree.
    pub tree: Digest,
    /// Brings the tree into memory. A tree of another digest, or none, makes the evaluation demand the source anew.
    pub opener: Opener,
}

/// Why a demand could not be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What happened, for instance `registry ghcr.io cannot be reached: connection refused`.
    pub message: String,
    /// What to try.
    pub hints: Vec<String>,
}

/// What is known of the cluster. Its objects are answers to [`Demand::Object`].
#[derive(Clone, Debug, Default)]
pub struct ClusterFacts {
    /// The Kubernetes version, such as `v1.36.1`.
    pub kube_version: String,
    /// The API versions that charts may ask for, as `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: BTreeSet<String>,
    /// Whether kustomize-controller refuses variables that are not set, as its gate `StrictPostBuildSubstitutions` says.
    pub strict_substitution: bool,
    /// Whether `api_versions` is all that the cluster serves, rather than what it serves beyond Helm's built-in list.
    pub is_complete: bool,
    /// The schemas of what the cluster serves: by path, such as `apis/apps/v1`, the OpenAPI 3 document that the API
    /// server has under `/openapi/v3`, as compact JSON without descriptions. Rendering never looks at them.
    pub schemas: BTreeMap<String, Blob>,
}

/// What an evaluation gives.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The plan, as complete as the snapshot allowed.
    pub plan: Plan,
    /// What is missing; when this is empty the plan is final.
    pub missing: BTreeSet<Demand>,
    /// All that was wrong, also what the units' bodies hold, in the order of the units.
    pub diagnostics: Vec<Diagnostic>,
}
