//! What is done next, by the state of a release.

use weir_golang::time::Duration;
use weir_helm::record::Record;

use super::conditions::Condition;
use super::state::verify;
use super::{Action, DriftChange, DriftMode, Event, Locked, Run, Snapshot, Sort, State, Stop};

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// An action; [`Run::finished`] is told how it went.
    Act(Action),
    /// The end.
    Stop(Stop),
}

impl Run<'_> {
    /// Prepares the attempt: failures are forgotten when something has changed since, and it is noted what is tried.
    pub fn begin(&mut self) {
        let desired = self.desired;
        self.status.storage_namespace.clone_from(&desired.storage_namespace);
        let is_reset = handle(
            self.object.reset_at.as_ref(),
            self.object.requested_at.as_ref(),
            &mut self.status.last_handled_reset_at,
            &self.status.last_handled_reconcile_at,
        );
        let status = &self.status;
        let was = &status.last_attempted_config_digest;
        if status.last_attempted_generation != self.object.generation
            || status.last_attempted_revision != desired.chart_version
            || !was.is_empty() && *was != desired.config_digest
            || is_reset
        {
            self.status.clear_failures();
        }
        self.status.last_attempted_generation = self.object.generation;
        self.status.last_attempted_revision.clone_from(&desired.chart_version);
        self.status.last_attempted_revision_digest.clone_from(&desired.oci_digest);
        self.status.last_attempted_config_digest.clone_from(&desired.config_digest);
    }

    /// Decides what comes next, and notes it in the status.
    pub fn next(&mut self, state: &State, records: &[Record]) -> Next {
        self.is_forced = handle(
            self.object.force_at.as_ref(),
            self.object.requested_at.as_ref(),
            &mut self.status.last_handled_force_at,
            &self.status.last_handled_reconcile_at,
        );
        let action = match self.action(state, records) {
            Ok(Some(action)) => action,
            Ok(None) => {
                self.status.conditions.remove("Reconciling");
                self.summarize();
                return Next::Stop(Stop::Done);
            }
            Err(stop) => return Next::Stop(stop),
        };
        if self.done.contains(&action.sort()) {
            return Next::Stop(self.stop_before());
        }
        let timeout = self.timeout(&action);
        let message = format!("Running '{}' action with timeout of {timeout}", action.name());
        self.mark_reconciling("Progressing", message.clone());
        if action.sort() == Sort::Release {
            self.mark("Ready", "Unknown", "Progressing", message);
        }
        Next::Act(action)
    }

    fn action(&mut self, state: &State, records: &[Record]) -> Result<Option<Action>, Stop> {
        let policy = &self.object.policy;
        let is_forced = self.is_forced;
        match state {
            State::InSync => Ok(self.in_sync()),
            State::Locked(_) => Ok(self.locked(records)),
            State::Absent(_) => {
                if policy.install.is_exhausted(self.status.install_failures) && !is_forced {
                    return Err(self.stop_exhausted(": cannot install release"));
                }
                Ok(Some(Action::Install))
            }
            State::Unmanaged(_) => {
                self.status.history.0.clear();
                Ok(Some(Action::Upgrade))
            }
            State::OutOfSync(_) => {
                if policy.upgrade.is_exhausted(self.status.upgrade_failures) && !is_forced {
                    return Err(self.stop_exhausted(": cannot upgrade release"));
                }
                Ok(Some(Action::Upgrade))
            }
            State::Drifted(changes) => Ok(self.drifted(changes)),
            State::Untested => {
                self.replace_remediated();
                Ok(Some(Action::Test))
            }
            State::Failed(_) => self.failed(records),
        }
    }

    fn in_sync(&mut self) -> Option<Action> {
        if self.retry().is_some() {
            self.status.history.shorten();
        } else {
            let own = self.object.policy.ignores_test_failures;
            let ignores = self.remedy().map_or(own, |remedy| remedy.ignores_test_failures);
            self.status.history.truncate(ignores);
        }
        if self.is_forced {
            return Some(Action::Upgrade);
        }
        self.replace_remediated();
        let conditions = &self.status.conditions;
        if !conditions.is_ready() || !conditions.is_true("Released") {
            let repaired = match conditions.reason("Released") {
                "InstallFailed" => Some(("InstallSucceeded", "install")),
                "UpgradeFailed" => Some(("UpgradeSucceeded", "upgrade")),
                _ => None,
            };
            if let Some((reason, action)) = repaired {
                let message = self.success(action);
                self.mark("Released", "True", reason, message);
                self.summarize();
            }
        }
        if self.object.policy.drift != DriftMode::Disabled {
            let message = "No drift detected against the cluster state".to_owned();
            self.mark("Drifted", "False", "NoDriftDetected", message);
        }
        None
    }

    fn locked(&mut self, records: &[Record]) -> Option<Action> {
        let record = records.iter().max_by_key(|record| record.version)?;
        let known = self.status.history.0.iter().find(|snapshot| snapshot.targets(record));
        let oci_digest = known.map(|snapshot| snapshot.oci_digest.clone()).unwrap_or_default();
        let snapshot = Snapshot::of(record, "", &oci_digest);
        self.locked = Some(Locked { snapshot, status: record.info.status });
        Some(Action::Unlock)
    }

    fn drifted(&mut self, changes: &[DriftChange]) -> Option<Action> {
        let release = self.status.history.latest().map(Snapshot::release).unwrap_or_default();
        let lines: Vec<String> = changes.iter().map(DriftChange::line).collect();
        let message = format!(
            "Cluster state of release {release} has drifted from the desired state:\n{}",
            lines.join("\n")
        );
        self.events.push(Event {
            is_warning: true,
            reason: "DriftDetected",
            message: message.clone(),
            annotations: Vec::new(),
        });
        self.mark("Drifted", "True", "DriftDetected", message);
        (self.object.policy.drift == DriftMode::Enabled).then_some(Action::CorrectDrift)
    }

    fn failed(&mut self, records: &[Record]) -> Result<Option<Action>, Stop> {
        if self.retry().is_some() {
            self.status.history.shorten();
            return Ok(Some(Action::Upgrade));
        }
        let Some(remedy) = self.remedy().cloned() else { return Ok(Some(Action::Upgrade)) };
        let failures = self.failures();
        if failures <= 0 || self.is_forced {
            return Ok(Some(Action::Upgrade));
        }
        if remedy.is_exhausted(failures) && !remedy.remedies_last_failure {
            return Err(self.stop_exhausted(": cannot remediate failed release"));
        }
        self.status.history.truncate(remedy.ignores_test_failures);
        if remedy.uninstalls {
            return Ok(Some(Action::UninstallRemediation));
        }
        let Some(previous) = self.status.history.previous(remedy.ignores_test_failures) else {
            let why = "missing target release for rollback: cannot remediate failed release";
            let message = format!("Failed to perform remediation: {why}");
            self.mark_stalled("MissingRollbackTarget", message);
            return Err(Stop::Stalled(why.to_owned()));
        };
        let record = records.iter().find(|record| previous.version == record.version);
        let is_whole = record.is_some_and(|record| verify(previous, record).is_ok());
        Ok(Some(match is_whole {
            true => Action::RollBack { to: previous.version },
            false => Action::Upgrade,
        }))
    }

    /// Ends before an action whose sort was done already.
    fn stop_before(&mut self) -> Stop {
        if let Some(interval) = self.retry() {
            return self.stop_to_retry(interval);
        }
        let failures = self.failures();
        if self.remedy().is_none_or(|remedy| !remedy.is_exhausted(failures)) {
            return self.stop_to_requeue();
        }
        self.status.conditions.remove("Reconciling");
        Stop::Done
    }

    /// Makes a release that was rolled back to what is wanted an upgraded one.
    fn replace_remediated(&mut self) {
        if !self.status.conditions.is_true("Remediated") {
            return;
        }
        let message = self.success("upgrade");
        let Some(old) = self.status.conditions.get("Remediated").cloned() else { return };
        self.status.conditions.remove("Released");
        let released = Condition {
            kind: "Released".to_owned(),
            status: "True".to_owned(),
            reason: "UpgradeSucceeded".to_owned(),
            message,
            observed_generation: self.object.generation,
            ..old
        };
        self.status.conditions.set(released, &self.now);
        self.status.conditions.remove("Remediated");
    }

    /// Returns what is said of an installation or an upgrade that went well.
    pub(super) fn success(&self, action: &str) -> String {
        let latest = self.status.history.latest().cloned().unwrap_or_default();
        format!(
            "Helm {action} succeeded for release {} with chart {}",
            latest.release(),
            latest.chart()
        )
    }

    fn timeout(&self, action: &Action) -> Duration {
        let policy = &self.object.policy;
        match action {
            Action::Install => policy.install_timeout,
            Action::Upgrade => policy.upgrade_timeout,
            Action::Test => policy.test_timeout,
            Action::RollBack { .. } => policy.rollback_timeout,
            Action::UninstallRemediation => policy.uninstall_timeout,
            Action::Unlock | Action::CorrectDrift => policy.timeout,
        }
    }
}

/// Takes note of a request by annotation, and tells whether it is to be heeded: once, and only together with a request to
/// reconcile.
fn handle(
    request: Option<&String>,
    requested_at: Option<&String>,
    last_handled: &mut String,
    last_reconciled: &str,
) -> bool {
    let Some(request) = request else { return false };
    let before = std::mem::replace(last_handled, request.clone());
    requested_at == Some(request) && last_reconciled != request && before != *request
}
