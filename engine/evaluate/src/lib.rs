//! Desired state to plan: a pure, total function.
//!
//! [`evaluate`] never errs and never does IO. What it lacks it returns as demands; whoever can fetch does so, adds the
//! answers to the snapshot and calls again. [`compare`] evaluates two snapshots and leaves out what cannot differ.

mod blocked;
mod check;
mod context;
mod demand;
mod explain;
mod files;
mod lock;
mod memo;
mod releases;
mod rendering;
mod saved;
mod snapshot;
mod sources;
mod units;
mod walk;
mod world;

use std::collections::BTreeSet;

use weir_model::Digest;
use weir_plan::{Plan, UnitId};

pub use demand::{
    BucketDemand, Demand, GitDemand, GitReference, HelmChartDemand, OciDemand, OciReference,
};
pub use explain::{Explainer, Link, LinkKind, Place, Within};
pub use files::Opener;
pub use lock::{LOCK_FILE, Lock, LockError, Locked};
pub use memo::{Memo, MemoStore, NoStore, Privacy, Reuse, UnitReuse};
pub use releases::{ReleaseInput, Releases};
pub use saved::{KnownCluster, Saved, SavedError, lasting, load, save};
pub use snapshot::{Answer, ClusterFacts, Evaluation, Recorded, Sealed, Snapshot, Unavailable};
pub use units::content::{Capabilities, Content, Occasion};
pub use weir_kustomize::{RemoteTarget, remote_target};

use walk::{Skip, Walked, settle, walk};

/// Evaluates a snapshot. Equal snapshots give equal plans, on any number of threads, with a cold or a warm memo.
pub fn evaluate(snapshot: &Snapshot, memo: &Memo) -> Evaluation {
    evaluation(snapshot, walk(snapshot, memo, &Skip::Nothing))
}

/// Evaluates a snapshot for the sake of one unit: releases other than this one are not rendered, and what only they lack is
/// not demanded.
pub fn evaluate_unit(snapshot: &Snapshot, memo: &Memo, unit: &UnitId) -> Evaluation {
    evaluation(snapshot, walk(snapshot, memo, &Skip::AllBut(unit)))
}

/// Evaluates two snapshots to compare their plans.
///
/// A HelmRelease with the same input on both sides is not rendered at all; its body is [`weir_plan::Body::Same`] on both.
/// Those whose charts may make Flux objects are rendered all the same, because other units may come out of them.
pub fn compare(before: &Snapshot, after: &Snapshot, memo: &Memo) -> (Evaluation, Evaluation) {
    let (mut first, mut second) = rayon::join(
        || settle(before, memo, &Skip::Releases),
        || settle(after, memo, &Skip::Releases),
    );
    let mut same: BTreeSet<(UnitId, Digest)> =
        first.inputs().intersection(&second.inputs()).cloned().collect();
    loop {
        let skip = Skip::These(&same);
        rayon::join(|| first.go_on(before, memo, &skip), || second.go_on(after, memo, &skip));
        // What was rendered may have changed the inputs of what was left out, on one side only.
        let (one, other) = (first.left_out(), second.left_out());
        let count = same.len();
        same.retain(|(id, _)| one.contains(id) == other.contains(id));
        if same.len() == count {
            return (evaluation(before, first.walked()), evaluation(after, second.walked()));
        }
    }
}

fn evaluation(snapshot: &Snapshot, walked: Walked) -> Evaluation {
    let Walked { units, mut missing, mut diagnostics, warnings: _ } = walked;
    // A chart that looks up what the cluster does not have goes on without it.
    missing.retain(|demand| demand.object().is_none() || !snapshot.answers.contains_key(demand));
    diagnostics.extend(check::check(&units));
    Evaluation { plan: Plan::new(units), missing, diagnostics }
}
