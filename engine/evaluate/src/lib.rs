//! Desired state to plan: a pure, total function.
//!
//! [`evaluate`] never errs and never does IO. What it lacks it returns as demands; whoever can fetch does so, adds the
//! answers to the snapshot and calls again.

mod demand;
mod remote;
mod snapshot;

pub use demand::{
    BucketDemand, Demand, GitDemand, GitReference, HelmChartDemand, OciDemand, OciReference,
};
pub use remote::{RemoteTarget, remote_target};
pub use snapshot::{Answer, ClusterFacts, Evaluation, Memo, Snapshot, Unavailable};

/// Evaluates a snapshot. Equal snapshots give equal plans, on any number of threads, with a cold or a warm memo.
pub fn evaluate(_snapshot: &Snapshot, _memo: &Memo) -> Evaluation {
    todo!()
}
