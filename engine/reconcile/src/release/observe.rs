//! Conditions and history as an action leaves them.

use weir_helm::record::Record;

use super::conditions::Condition;
use super::{Run, Snapshot};

impl Run<'_> {
    /// Sets a condition for the object's generation.
    pub(super) fn mark(&mut self, kind: &str, status: &str, reason: &str, message: String) {
        let condition = Condition {
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message,
            observed_generation: self.object.generation,
            last_transition: String::new(),
        };
        self.status.conditions.set(condition, &self.now);
    }

    pub(super) fn mark_reconciling(&mut self, reason: &str, message: String) {
        self.status.conditions.remove("Stalled");
        self.mark("Reconciling", "True", reason, message);
    }

    pub(super) fn mark_stalled(&mut self, reason: &str, message: String) {
        self.status.conditions.remove("Reconciling");
        self.mark("Stalled", "True", reason, message);
    }

    /// Makes `Ready` of the other conditions, and notes the digests of what changes the rendered objects.
    pub(super) fn summarize(&mut self) {
        let policy = &self.object.policy;
        let kinds: &[&str] = if policy.tests && !policy.ignores_test_failures {
            &["Remediated", "TestSuccess", "Released"]
        } else {
            &["Remediated", "Released"]
        };
        if !policy.tests {
            self.status.conditions.remove("TestSuccess");
        }
        let Some(first) = self.status.conditions.summary(kinds) else { return };
        // What was remedied had failed.
        let status = if first.kind == "Remediated" { "False" } else { &first.status };
        if status == "True" {
            self.status.conditions.remove("Stalled");
        }
        self.mark("Ready", status, &first.reason, first.message.clone());
        let desired = self.desired;
        self.status.observed_post_renderers_digest.clone_from(&desired.post_renderers_digest);
        self.status.observed_common_metadata_digest.clone_from(&desired.common_metadata_digest);
    }

    /// Notes the records that an installation or an upgrade wrote: the last is new, and the one before may have changed.
    pub(super) fn note_release(&mut self, written: &[Record], action: &str) {
        let mut latest: Vec<&Record> = Vec::new();
        for record in written.iter().rev() {
            if !latest.iter().any(|known| known.version == record.version) {
                latest.push(record);
            }
        }
        latest.sort_by_key(|record| std::cmp::Reverse(record.version));
        let mut latest = latest.into_iter();
        let Some(new) = latest.next() else { return };
        let snapshot = Snapshot::of(new, action, &self.status.last_attempted_revision_digest);
        self.status.history.0.insert(0, snapshot);
        for record in latest {
            if let Some(old) = self.status.history.0.iter_mut().find(|it| it.targets(record)) {
                let mut snapshot = Snapshot::of(record, "", &old.oci_digest);
                snapshot.test_hooks = old.test_hooks.take();
                *old = snapshot;
                return;
            }
        }
    }

    /// Notes the records that another action wrote. With `adds`, what is not known becomes the first.
    pub(super) fn note(&mut self, written: &[Record], action: Option<&str>, adds: bool) {
        for record in written {
            match self.status.history.0.iter_mut().find(|it| it.targets(record)) {
                Some(old) => {
                    let action = action.unwrap_or(&old.action);
                    let mut snapshot = Snapshot::of(record, action, &old.oci_digest);
                    snapshot.test_hooks = old.test_hooks.take();
                    *old = snapshot;
                }
                None if adds => self.status.history.0.insert(0, Snapshot::of(record, "", "")),
                None => {}
            }
        }
    }
}
