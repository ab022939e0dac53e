//! The status of a HelmRelease.

use weir_model::{Map, Value};

use super::{Conditions, History, Snapshot};

/// The status of a HelmRelease, as far as its actions decide it. What else is there stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// `conditions`.
    pub conditions: Conditions,
    /// `history`.
    pub history: History,
    /// `failures`: of all actions since something changed.
    pub failures: i64,
    /// `installFailures`: those that left a record.
    pub install_failures: i64,
    /// `upgradeFailures`: those that left a record.
    pub upgrade_failures: i64,
    /// `lastAttemptedConfigDigest`.
    pub last_attempted_config_digest: String,
    /// `lastAttemptedGeneration`.
    pub last_attempted_generation: i64,
    /// `lastAttemptedReleaseAction`: `install` or `upgrade`.
    pub last_attempted_release_action: String,
    /// `lastAttemptedReleaseActionDuration`.
    pub last_attempted_release_action_duration: String,
    /// `lastAttemptedRevision`: the version of the chart.
    pub last_attempted_revision: String,
    /// `lastAttemptedRevisionDigest`: the digest of the artifact of the chart.
    pub last_attempted_revision_digest: String,
    /// `lastHandledForceAt`.
    pub last_handled_force_at: String,
    /// `lastHandledReconcileAt`.
    pub last_handled_reconcile_at: String,
    /// `lastHandledResetAt`.
    pub last_handled_reset_at: String,
    /// `observedGeneration`; below 0 when there is none.
    pub observed_generation: i64,
    /// `observedPostRenderersDigest`.
    pub observed_post_renderers_digest: String,
    /// `observedCommonMetadataDigest`.
    pub observed_common_metadata_digest: String,
    /// `storageNamespace`: that of the records of the last action.
    pub storage_namespace: String,
    /// `inventory`; the caller sets it when records are written.
    pub inventory: Option<Value>,
    /// All other fields.
    pub others: Map,
}

/// The fields that hold texts, with where they go.
type Text = (&'static str, fn(&mut Status) -> &mut String);

const TEXTS: [Text; 11] = [
    ("lastAttemptedConfigDigest", |it| &mut it.last_attempted_config_digest),
    ("lastAttemptedReleaseAction", |it| &mut it.last_attempted_release_action),
    ("lastAttemptedReleaseActionDuration", |it| &mut it.last_attempted_release_action_duration),
    ("lastAttemptedRevision", |it| &mut it.last_attempted_revision),
    ("lastAttemptedRevisionDigest", |it| &mut it.last_attempted_revision_digest),
    ("lastHandledForceAt", |it| &mut it.last_handled_force_at),
    ("lastHandledReconcileAt", |it| &mut it.last_handled_reconcile_at),
    ("lastHandledResetAt", |it| &mut it.last_handled_reset_at),
    ("observedPostRenderersDigest", |it| &mut it.observed_post_renderers_digest),
    ("observedCommonMetadataDigest", |it| &mut it.observed_common_metadata_digest),
    ("storageNamespace", |it| &mut it.storage_namespace),
];

type Number = (&'static str, fn(&mut Status) -> &mut i64);

const NUMBERS: [Number; 5] = [
    ("failures", |it| &mut it.failures),
    ("installFailures", |it| &mut it.install_failures),
    ("upgradeFailures", |it| &mut it.upgrade_failures),
    ("lastAttemptedGeneration", |it| &mut it.last_attempted_generation),
    ("observedGeneration", |it| &mut it.observed_generation),
];

/// Fields of older controllers, which newer ones take away.
const OUTDATED: [&str; 2] = ["lastAttemptedValuesChecksum", "lastReleaseRevision"];

impl Status {
    /// Reads a status; nothing is an empty one.
    pub fn read(status: Option<&Value>) -> Self {
        let mut read = Self::default();
        let Some(map) = status.and_then(Value::as_map) else { return read };
        for (key, value) in map.iter() {
            if let Some((_, field)) = TEXTS.iter().find(|(name, _)| name == key) {
                *field(&mut read) = value.as_str().unwrap_or_default().to_owned();
            } else if let Some((_, field)) = NUMBERS.iter().find(|(name, _)| name == key) {
                *field(&mut read) = value.as_int().unwrap_or_default();
            } else if !["conditions", "history", "inventory"].contains(&key.as_str())
                && !OUTDATED.contains(&key.as_str())
            {
                read.others.insert(key.clone(), value.clone());
            }
        }
        read.conditions = Conditions::read(map.get("conditions"));
        let history = map.get("history").and_then(Value::as_list).unwrap_or_default();
        read.history = History(history.iter().map(Snapshot::read).collect());
        read.inventory = map.get("inventory").cloned();
        read
    }

    /// Writes the whole status.
    pub fn write(&self) -> Value {
        let mut map = self.others.clone();
        // The tables give places to write to; what is there is read through them all the same.
        let mut own = self.clone();
        for (name, field) in TEXTS {
            let text = std::mem::take(field(&mut own));
            if !text.is_empty() {
                map.insert(name, Value::from(text.as_str()));
            }
        }
        for (name, field) in NUMBERS {
            let number = *field(&mut own);
            if number != 0 {
                map.insert(name, Value::from(number));
            }
        }
        map.insert("conditions", self.conditions.write());
        if !self.history.0.is_empty() {
            let history = self.history.0.iter().map(Snapshot::write).collect();
            map.insert("history", Value::list(history));
        }
        if let Some(inventory) = &self.inventory {
            map.insert("inventory", inventory.clone());
        }
        Value::map(map)
    }

    pub(super) fn clear_failures(&mut self) {
        self.failures = 0;
        self.install_failures = 0;
        self.upgrade_failures = 0;
    }
}
