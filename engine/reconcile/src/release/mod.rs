//! What becomes of a Helm release next: helm-controller's state machine, as values.
//!
//! A reconciliation is a [`Run`]. Whoever drives it reads the records of the release from storage and goes round:
//!
//! ```text
//! let mut run = Run::new(&object, &desired, status, now);
//! if run.target_change().is_some() { uninstall what `status.history` names; run.uninstalled(..); run.forget(); start anew }
//! run.begin();
//! loop {
//!     let state = run.state(&records)?;               // reads nothing but records and status
//!     // in sync with drift detection on: compare the cluster, and make it State::Drifted(changes) when something differs
//!     match run.next(&state, &records) {
//!         Next::Act(action) => { do it; if let Some(stop) = run.finished(action, &outcome) { break stop } }
//!         Next::Stop(stop) => break stop,
//!     }
//! }
//! run.end(&stop);                                      // run.status and run.events are what is to be written
//! ```
//!
//! [`Run::status`] may be written whenever [`Run::next`] gave an action, so that progress shows; the events are due in
//! their order. Reasons, messages, counters, history and conditions are helm-controller's, so that a cluster can be handed
//! from one to the other without an upgrade. The clock, the cluster and the logs come from outside.

mod conditions;
mod decide;
mod digests;
mod event;
mod history;
mod object;
mod observe;
mod outcome;
mod policy;
mod snapshot;
mod state;
mod status;
mod stop;
mod uninstall;

use weir_golang::time::Time;

pub use conditions::{Condition, Conditions};
pub use decide::Next;
pub use digests::{common_metadata_digest, post_renderers_digest};
pub use event::Event;
pub use history::History;
pub use object::{Desired, Object};
pub use outcome::Outcome;
pub use policy::{DriftMode, Policy, Remedy, TestFilter};
pub use snapshot::{Snapshot, TestRun};
pub use state::{DriftChange, State};
pub use status::Status;
pub use stop::Stop;

/// What is done with a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is installed.
    Install,
    /// It is upgraded.
    Upgrade,
    /// Its tests are run.
    Test,
    /// It goes back to a revision, as the upgrade failed.
    RollBack {
        /// The revision to go back to.
        to: i64,
    },
    /// It is uninstalled, as the installation or the upgrade failed.
    UninstallRemediation,
    /// What another action left pending is marked as failed.
    Unlock,
    /// The cluster is brought back to the manifest.
    CorrectDrift,
}

/// The sorts of actions; one of each is done in a reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Release,
    Remediate,
    Test,
    Unlock,
    DriftCorrection,
}

impl Action {
    /// Returns helm-controller's name of the action.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Test => "test",
            Self::RollBack { .. } => "rollback",
            Self::UninstallRemediation => "uninstall",
            Self::Unlock => "unlock",
            Self::CorrectDrift => "correct cluster drift",
        }
    }

    fn sort(&self) -> Sort {
        match self {
            Self::Install | Self::Upgrade => Sort::Release,
            Self::Test => Sort::Test,
            Self::RollBack { .. } | Self::UninstallRemediation => Sort::Remediate,
            Self::Unlock => Sort::Unlock,
            Self::CorrectDrift => Sort::DriftCorrection,
        }
    }
}

/// A reconciliation of one HelmRelease that is under way.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    object: &'a Object,
    desired: &'a Desired,
    /// What is to be written into the object's status.
    pub status: Status,
    /// What is to be told, in order.
    pub events: Vec<Event>,
    now: Time,
    done: Vec<Sort>,
    /// Whether a release is forced, by an annotation that was not handled before.
    is_forced: bool,
    /// The record that is to be unlocked.
    locked: Option<Locked>,
}

/// A record of an action that came to no end.
#[derive(Clone, Debug)]
struct Locked {
    snapshot: Snapshot,
    status: weir_helm::record::Status,
}

impl<'a> Run<'a> {
    /// Begins a reconciliation with the status that the object has.
    ///
    /// Of what the cluster or other objects decide nothing is checked here: dependencies, source, chart and values must be
    /// there.
    pub fn new(object: &'a Object, desired: &'a Desired, status: Status, now: &Time) -> Self {
        let mut run = Self {
            object,
            desired,
            status,
            events: Vec::new(),
            now: now.clone(),
            done: Vec::new(),
            is_forced: false,
            locked: None,
        };
        run.mark_reconciling("Progressing", "Fulfilling prerequisites".to_owned());
        run
    }

    /// Sets the time at which what follows happens.
    pub fn set_now(&mut self, now: &Time) {
        self.now = now.clone();
    }
}

#[cfg(test)]
mod tests;
