//! What an action leaves in the status and tells in events.

use weir_golang::time::Duration;
use weir_helm::record::Record;

use super::event::About;
use super::{Action, Event, Locked, Run, Snapshot, Sort, Stop};

/// How an action went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every record that was written, as it was then, and every one that was deleted, as it was stored, in order. What is
    /// deleted to make room for a new record counts, too, and comes before it.
    pub written: Vec<Record>,
    /// Why the action failed, in Helm's words. For a correction of drift, all that failed, a line each.
    pub error: Option<String>,
    /// Helm's last logs, a line each; they end the events of failures.
    pub logs: String,
    /// How long it took.
    pub took: Duration,
    /// The corrections of drift that succeeded: `Kind/namespace/name configured`.
    pub corrected: Vec<String>,
}

impl Run<'_> {
    /// Takes note of how an action went. Returns how the reconciliation ends, when it does here.
    pub fn finished(&mut self, action: &Action, outcome: &Outcome) -> Option<Stop> {
        let failed = match action {
            Action::Install => self.released("install", outcome),
            Action::Upgrade => self.released("upgrade", outcome),
            Action::Test => self.tested(outcome),
            Action::RollBack { to } => self.rolled_back(*to, outcome),
            Action::UninstallRemediation => self.remedied_by_uninstall(outcome),
            Action::Unlock => self.unlocked(outcome),
            Action::CorrectDrift => {
                self.drift_corrected(outcome);
                Ok(())
            }
        };
        if let Err(why) = failed {
            if let Some(interval) = self.retry() {
                return Some(self.stop_to_retry(interval));
            }
            if self.status.conditions.is_ready() {
                self.mark("Ready", "False", "ReconcileError", why.clone());
            }
            return Some(Stop::Failed(why));
        }
        if action.sort() != Sort::Remediate {
            self.done.push(action.sort());
            return None;
        }
        if let Some(interval) = self.retry() {
            return Some(self.stop_to_retry(interval));
        }
        let failures = self.failures();
        let goes_on = self.remedy().is_none_or(|remedy| {
            let installs_again =
                remedy.uninstalls && self.status.last_attempted_release_action == "upgrade";
            !remedy.is_exhausted(failures) || installs_again
        });
        Some(if goes_on { self.stop_to_requeue() } else { self.stop_exhausted("") })
    }

    /// An installation or an upgrade is through. The error says that nothing was written, so that nothing is to be remedied.
    fn released(&mut self, action: &'static str, outcome: &Outcome) -> Result<(), String> {
        let is_install = action == "install";
        action.clone_into(&mut self.status.last_attempted_release_action);
        if is_install {
            self.status.history.0.clear();
        }
        self.status.conditions.remove("TestSuccess");
        self.status.conditions.remove("Remediated");
        self.status.last_attempted_release_action_duration = outcome.took.to_string();
        self.note_release(&outcome.written, action);
        let result = match &outcome.error {
            Some(error) => {
                self.release_failed(is_install, error, &outcome.logs);
                if outcome.written.is_empty() {
                    Err(error.clone())
                } else {
                    let status = &mut self.status;
                    *(if is_install {
                        &mut status.install_failures
                    } else {
                        &mut status.upgrade_failures
                    }) += 1;
                    Ok(())
                }
            }
            None => {
                self.release_succeeded(is_install);
                Ok(())
            }
        };
        self.summarize();
        result
    }

    fn release_failed(&mut self, is_install: bool, error: &str, logs: &str) {
        let desired = self.desired;
        let (action, reason) =
            if is_install { ("install", "InstallFailed") } else { ("upgrade", "UpgradeFailed") };
        let message = format!(
            "Helm {action} failed for release {}/{} with chart {}@{}: {}",
            desired.release_namespace,
            desired.release_name,
            desired.chart_name,
            desired.chart_version,
            error.trim()
        );
        self.status.failures += 1;
        self.mark("Released", "False", reason, message.clone());
        let about = About {
            chart_version: &desired.chart_version,
            config_digest: &desired.config_digest,
            app_version: &desired.app_version,
            oci_digest: &desired.oci_digest,
        };
        self.tell(true, reason, with_logs(message, logs), &about);
    }

    fn release_succeeded(&mut self, is_install: bool) {
        let policy = &self.object.policy;
        let (action, reason, remedy) = if is_install {
            ("install", "InstallSucceeded", &policy.install)
        } else {
            ("upgrade", "UpgradeSucceeded", &policy.upgrade)
        };
        let latest = self.latest();
        let message = self.success(action);
        self.mark("Released", "True", reason, message.clone());
        if policy.tests && !latest.is_tested() {
            let (release, chart) = (latest.release(), latest.chart());
            let message = format!("Helm release {release} with chart {chart} is awaiting tests");
            self.mark("TestSuccess", "Unknown", "AwaitingTests", message);
        }
        if remedy.retry.is_some() {
            self.status.clear_failures();
        }
        self.tell(false, reason, message, &About::from(&latest));
    }

    /// Tests are through. The error says that none was run.
    fn tested(&mut self, outcome: &Outcome) -> Result<(), String> {
        let policy = &self.object.policy;
        for record in &outcome.written {
            let Some(latest) = self.status.history.latest_mut().filter(|it| it.targets(record))
            else {
                continue;
            };
            let mut snapshot = Snapshot::of(record, &latest.action, &latest.oci_digest);
            snapshot.set_tests(record, policy);
            *latest = snapshot;
        }
        let latest = self.latest();
        let (release, chart) = (latest.release(), latest.chart());
        let result = match &outcome.error {
            Some(error) => {
                let why = error.trim();
                let message =
                    format!("Helm test failed for release {release} with chart {chart}: {why}");
                self.status.failures += 1;
                self.mark("TestSuccess", "False", "TestFailed", message.clone());
                self.tell(true, "TestFailed", message, &About::from(&latest));
                if latest.is_tested() {
                    if self.remedy().is_some_and(|remedy| !remedy.ignores_test_failures) {
                        self.count_failure();
                    }
                    Ok(())
                } else {
                    Err(error.clone())
                }
            }
            None => {
                let count = latest.test_hooks.as_ref().map_or(0, std::collections::BTreeMap::len);
                let tests = match count {
                    0 => "no test hooks".to_owned(),
                    1 => "1 test hook completed successfully".to_owned(),
                    _ => format!("{count} test hooks completed successfully"),
                };
                let message = format!(
                    "Helm test succeeded for release {release} with chart {chart}: {tests}"
                );
                self.mark("TestSuccess", "True", "TestSucceeded", message.clone());
                self.tell(false, "TestSucceeded", message, &About::from(&latest));
                Ok(())
            }
        };
        self.summarize();
        result
    }

    /// A roll-back is through. The error says that nothing was written.
    fn rolled_back(&mut self, to: i64, outcome: &Outcome) -> Result<(), String> {
        let before = self.latest().digest;
        let target = self.status.history.0.iter().find(|snapshot| snapshot.version == to);
        let target = target.cloned().unwrap_or_default();
        self.note(&outcome.written, Some("rollback"), true);
        let about = About { config_digest: &self.desired.config_digest, ..About::from(&target) };
        let what = format!(
            "Helm rollback to previous release {} with chart {}",
            target.release(),
            target.chart()
        );
        let result = match &outcome.error {
            Some(error) => {
                let message = format!("{what} failed: {}", error.trim());
                self.status.failures += 1;
                self.mark("Remediated", "False", "RollbackFailed", message.clone());
                self.tell(true, "RollbackFailed", with_logs(message, &outcome.logs), &about);
                if self.latest().digest == before { Err(error.clone()) } else { Ok(()) }
            }
            None => {
                let message = format!("{what} succeeded");
                self.mark("Remediated", "True", "RollbackSucceeded", message.clone());
                self.tell(false, "RollbackSucceeded", message, &about);
                Ok(())
            }
        };
        self.summarize();
        result
    }

    /// Uninstalling a failed release is through. The error says that nothing was written. `Ready` stays as it was.
    fn remedied_by_uninstall(&mut self, outcome: &Outcome) -> Result<(), String> {
        let before = self.latest().digest;
        self.note(&outcome.written, Some("uninstall-remediation"), false);
        let latest = self.latest();
        let error = outcome.error.clone().or_else(|| {
            (latest.digest == before).then(|| super::uninstall::NOT_WRITTEN.to_owned())
        });
        let what = format!(
            "Helm uninstall remediation for release {} with chart {}",
            latest.release(),
            latest.chart()
        );
        let about = About::from(&latest);
        match error {
            Some(error) => {
                let message = format!("{what} failed: {}", error.trim());
                self.status.failures += 1;
                self.mark("Remediated", "False", "UninstallFailed", message.clone());
                self.tell(true, "UninstallFailed", with_logs(message, &outcome.logs), &about);
                if latest.digest == before { Err(error) } else { Ok(()) }
            }
            None => {
                let message = format!("{what} succeeded");
                self.mark("Remediated", "True", "UninstallSucceeded", message.clone());
                self.tell(false, "UninstallSucceeded", message, &about);
                Ok(())
            }
        }
    }

    /// A pending record was marked as failed.
    fn unlocked(&mut self, outcome: &Outcome) -> Result<(), String> {
        let Some(Locked { snapshot, status }) = self.locked.take() else { return Ok(()) };
        let (release, chart, was) = (snapshot.release(), snapshot.chart(), status.word());
        let result = match &outcome.error {
            Some(error) => {
                self.status.failures += 1;
                let why = error.trim();
                let message = format!(
                    "Unlock of Helm release {release} with chart {chart} in {was} state failed: {why}"
                );
                self.mark("Released", "False", "PendingRelease", message.clone());
                self.tell(true, "PendingRelease", message, &About::from(&snapshot));
                Err(error.clone())
            }
            None => {
                self.note(&outcome.written, None, false);
                let message =
                    format!("Unlocked Helm release {release} with chart {chart} in {was} state");
                self.mark("Released", "False", "PendingRelease", message.clone());
                self.tell(false, "PendingRelease", message, &About::from(&snapshot));
                Ok(())
            }
        };
        self.summarize();
        result
    }

    /// A correction of drift is through. It never fails a reconciliation.
    fn drift_corrected(&mut self, outcome: &Outcome) {
        self.mark("Ready", "Unknown", "Progressing", "correcting cluster drift".to_owned());
        let latest = self.latest();
        let (release, corrected) = (latest.release(), outcome.corrected.join("\n"));
        let (is_warning, reason, message) = match &outcome.error {
            Some(error) if corrected.is_empty() => (
                true,
                "DriftCorrectionFailed",
                format!("Failed to correct cluster state of release {release}:\n{error}"),
            ),
            Some(error) => (
                true,
                "DriftCorrectionFailed",
                format!(
                    "Failed to partially correct cluster state of release {release}:\n{error}\n\nSuccessful corrections:\n{corrected}"
                ),
            ),
            None if corrected.is_empty() => return,
            None => (
                false,
                "DriftCorrected",
                format!("Cluster state of release {release} has been corrected:\n{corrected}"),
            ),
        };
        self.tell(is_warning, reason, message, &About::from(&latest));
    }

    pub(super) fn latest(&mut self) -> Snapshot {
        self.status.history.sort();
        self.status.history.latest().cloned().unwrap_or_default()
    }

    fn count_failure(&mut self) {
        match self.status.last_attempted_release_action.as_str() {
            "install" => self.status.install_failures += 1,
            _ => self.status.upgrade_failures += 1,
        }
    }

    pub(super) fn tell(
        &mut self,
        is_warning: bool,
        reason: &'static str,
        message: String,
        about: &About<'_>,
    ) {
        let annotations = about.annotations();
        self.events.push(Event { is_warning, reason, message, annotations });
    }
}

/// Ends a message with Helm's logs.
pub(super) fn with_logs(message: String, logs: &str) -> String {
    if logs.is_empty() { message } else { format!("{message}\n\nLast Helm logs:\n\n{logs}") }
}
