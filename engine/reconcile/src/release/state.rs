//! In which state a release is: its records and what is noted of them, against what is wanted.

use weir_helm::record::{self, Record, Status};

use super::snapshot::API_VERSION;
use super::{DriftMode, Run, Snapshot};

/// In which state a release is. The texts say why, for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Absent(String),
    /// Something is under way, or was when it was cut off.
    Locked(String),
    /// There is one that is not as it was left: someone else has changed it.
    Unmanaged(String),
    /// Chart, values, post-renderers or common metadata differ from those it was made of.
    OutOfSync(String),
    /// The last action failed, or a test did.
    Failed(String),
    /// It is as wanted, but for its tests, which were not run.
    Untested,
    /// It is as wanted, but the cluster differs from its manifest.
    Drifted(Vec<DriftChange>),
    /// It is as wanted.
    InSync,
}

/// An object in which the cluster differs from a release's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftChange {
    /// The object: `Kind/namespace/name`, or `Kind/name`.
    pub object: String,
    /// How many fields were added, changed and removed; nothing when the object is gone.
    pub fields: Option<[usize; 3]>,
}

impl DriftChange {
    /// Returns the line of helm-controller's event.
    pub(super) fn line(&self) -> String {
        let Self { object, fields } = self;
        match fields {
            None => format!("{object} removed"),
            Some([added, changed, removed]) => format!(
                "{object} changed ({added} additions, {changed} changes, {removed} removals)"
            ),
        }
    }
}

impl Run<'_> {
    /// Determines the state from the records of the release, in any order. Fails on a status that no decision is
    /// made for, which then shows in the conditions.
    ///
    /// Drift is not looked for here: when the answer is [`State::InSync`] and [`Run::looks_for_drift`] says so, the caller
    /// compares the cluster with the last record's manifest, and goes on with [`State::Drifted`] when they differ.
    pub fn state(&mut self, records: &[Record]) -> Result<State, String> {
        let last = records.iter().max_by_key(|record| record.version);
        let Some(last) = last else {
            return Ok(State::Absent("no release in storage for object".to_owned()));
        };
        let status = last.info.status;
        if status.is_pending() {
            return Ok(State::Locked(format!("release with status '{}'", status.word())));
        }
        self.status.history.sort();
        let uninstalled = || State::Absent("found uninstalled release in storage".to_owned());
        let Some(current) = self.status.history.latest() else {
            return Ok(match status {
                Status::Uninstalled => uninstalled(),
                _ => State::Unmanaged("found existing release in storage".to_owned()),
            });
        };
        if let Err(why) = verify(current, last) {
            return Ok(State::Unmanaged(why.to_owned()));
        }
        match status {
            Status::Failed => Ok(State::Failed(String::new())),
            Status::Uninstalled => Ok(uninstalled()),
            Status::Deployed => Ok(self.deployed_state(current, last)),
            _ => {
                let word = status.word();
                let why = format!("unable to determine state for release with status '{word}'");
                let message = format!("Could not determine release state: {why}");
                self.mark("Ready", "False", "StateError", message);
                Err(format!("cannot determine release state: {why}"))
            }
        }
    }

    fn deployed_state(&self, current: &Snapshot, last: &Record) -> State {
        let out_of_sync = |why: &str| State::OutOfSync(why.to_owned());
        let (desired, policy) = (self.desired, &self.object.policy);
        let metadata = &last.chart.metadata;
        if metadata.name != desired.chart_name || metadata.version != desired.chart_version {
            return out_of_sync("release chart changed");
        }
        if current.config_digest != desired.config_digest {
            return out_of_sync("release config values changed");
        }
        if self.status.observed_generation != self.object.generation {
            if desired.post_renderers_digest != self.status.observed_post_renderers_digest {
                return out_of_sync("postrenderers digest has changed");
            }
            if desired.common_metadata_digest != self.status.observed_common_metadata_digest {
                return out_of_sync("common metadata digest has changed");
            }
        }
        if policy.tests {
            if !current.is_tested() {
                return State::Untested;
            }
            let counts = self.remedy().is_some_and(|remedy| !remedy.ignores_test_failures);
            if counts && current.has_failed_test() {
                return State::Failed("release has test in failed phase".to_owned());
            }
        }
        State::InSync
    }

    /// Tells whether the cluster is to be compared with the manifest of a release in this state.
    pub fn looks_for_drift(&self, state: &State) -> bool {
        *state == State::InSync && self.object.policy.drift != DriftMode::Disabled
    }
}

/// Checks that a record is as it was noted. The error is helm-controller's.
///
/// The digests of older controllers were made in another way, and are not compared.
pub(super) fn verify(snapshot: &Snapshot, record: &Record) -> Result<(), &'static str> {
    if snapshot.api_version != API_VERSION {
        return Ok(());
    }
    if !snapshot.digest.starts_with("sha256:") {
        return Err("release digest verification error");
    }
    if snapshot.digest != record::digest(record, Some(&snapshot.oci_digest)) {
        return Err("release not observed to be made for object");
    }
    Ok(())
}
