//! Uninstalling a release: because the HelmRelease goes, or because it means another release now.

use super::event::About;
use super::outcome::with_logs;
use super::{Outcome, Run};

/// Said when uninstalling went well but left the records as they were.
pub(super) const NOT_WRITTEN: &str =
    "uninstall completed with error: release not updated in Helm storage";

impl Run<'_> {
    /// Tells whether the HelmRelease means another release than the one that is noted, so that this is to be uninstalled
    /// first; the answer says what differs.
    ///
    /// The records to uninstall are those of [`super::Status::storage_namespace`] and of the last snapshot's name.
    pub fn target_change(&self) -> Option<&'static str> {
        let latest = self.status.history.latest()?;
        let desired = self.desired;
        let was = &self.status.storage_namespace;
        if was.is_empty() {
            None
        } else if desired.storage_namespace != *was {
            Some("storage namespace")
        } else if desired.release_namespace != latest.namespace {
            Some("release namespace")
        } else if desired.release_name != latest.name {
            Some("release name")
        } else {
            let is_renamed = desired.chart_name != latest.chart_name;
            (is_renamed && !self.object.policy.keeps_renamed_charts).then_some("chart name")
        }
    }

    /// Takes note of how uninstalling went; `was_there` is false when there was no record, or none that is not uninstalled
    /// while records are kept. Returns why it is to be tried again.
    pub fn uninstalled(&mut self, outcome: &Outcome, was_there: bool) -> Option<String> {
        let before = self.latest();
        if before.name.is_empty() {
            return None;
        }
        if !was_there {
            let message = if self.object.policy.keeps_history && before.status != "deployed" {
                format!("Release {} was already uninstalled", before.release())
            } else {
                format!("Release {} was not found, assuming it is uninstalled", before.release())
            };
            self.mark("Released", "False", "UninstallSucceeded", message);
            self.summarize();
            return None;
        }
        self.note(&outcome.written, Some("uninstall"), false);
        let latest = self.latest();
        let is_same = latest.digest == before.digest && before.status != "uninstalled";
        let error = outcome.error.clone().or_else(|| is_same.then(|| NOT_WRITTEN.to_owned()));
        let (release, chart) = (latest.release(), latest.chart());
        let about = About::from(&latest);
        if let Some(error) = &error {
            let why = error.trim();
            let message =
                format!("Helm uninstall failed for release {release} with chart {chart}: {why}");
            self.status.failures += 1;
            self.mark("Released", "False", "UninstallFailed", message.clone());
            self.tell(true, "UninstallFailed", with_logs(message, &outcome.logs), &about);
        } else {
            let message =
                format!("Helm uninstall succeeded for release {release} with chart {chart}");
            self.status.inventory = None;
            self.mark("Released", "False", "UninstallSucceeded", message.clone());
            self.tell(false, "UninstallSucceeded", message, &about);
        }
        self.summarize();
        error
    }

    /// Forgets the release that was uninstalled, so that the next reconciliation begins with another.
    pub fn forget(&mut self) {
        self.status.history.0.clear();
        self.status.clear_failures();
        self.status.storage_namespace.clear();
    }
}
