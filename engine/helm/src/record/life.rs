//! The life of a revision: how records come to be and pass from status to status, with Helm's descriptions.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use weir_golang::strconv::quote;
use weir_golang::time::Time;
use weir_model::Value;

use super::{ApplyMethod, Info, Record, RecordedChart, RecordedHook, Status};
use crate::HelmVersion;

/// What a rendering gave, to be recorded.
#[derive(Clone, Default)]
pub struct Installation {
    /// The chart.
    pub chart: RecordedChart,
    /// The values that were given.
    pub config: Value,
    /// The manifests as one text.
    pub manifest: String,
    /// The hooks, in the order of the rendering.
    pub hooks: Vec<RecordedHook>,
    /// The chart's notes.
    pub notes: String,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Installation({:?}, {} hooks)", self.chart, self.hooks.len())
    }
}

impl Record {
    /// Makes the record of an installation that begins; its revision is the first.
    ///
    /// Where an uninstalled release's name is used again, the caller sets [`Record::version`] to the next one.
    pub fn install(
        name: impl Into<String>,
        namespace: impl Into<String>,
        made: Installation,
        method: ApplyMethod,
        now: &Time,
    ) -> Self {
        let Installation { chart, config, manifest, hooks, notes } = made;
        let info = Info {
            first_deployed: Some(now.clone()),
            last_deployed: Some(now.clone()),
            description: "Initial install underway".to_owned(),
            status: Status::PendingInstall,
            notes,
            ..Info::default()
        };
        Self {
            name: name.into(),
            info,
            chart: Arc::new(chart),
            config,
            manifest,
            hooks,
            version: 1,
            namespace: namespace.into(),
            apply_method: Some(method),
            labels: BTreeMap::new(),
            form: HelmVersion::V4,
        }
    }

    /// Makes the record of an upgrade that begins: `self` is the revision in the cluster, `last` the last one that there
    /// is, which a failure leaves behind it.
    pub fn upgrade(
        &self,
        last: &Self,
        made: Installation,
        method: ApplyMethod,
        now: &Time,
    ) -> Self {
        let mut next = Self::install(&*self.name, &*self.namespace, made, method, now);
        next.info.first_deployed.clone_from(&self.info.first_deployed);
        next.info.description = "Preparing upgrade".to_owned();
        next.info.status = Status::PendingUpgrade;
        next.version = last.version.saturating_add(1);
        next.labels.clone_from(&last.labels);
        next
    }

    /// Makes the record of a roll-back that begins: `self` is the last revision, `target` the one to go back to.
    ///
    /// [`Info::rollback_revision`], which Helm has since 4.3, stays 0: helm-controller 1.6 would not know it.
    pub fn roll_back(&self, target: &Self, method: ApplyMethod, now: &Time) -> Self {
        let info = Info {
            first_deployed: self.info.first_deployed.clone(),
            last_deployed: Some(now.clone()),
            deleted: None,
            description: format!("Rollback to {}", target.version),
            status: Status::PendingRollback,
            rollback_revision: 0,
            notes: target.info.notes.clone(),
        };
        Self {
            info,
            namespace: self.namespace.clone(),
            version: self.version.saturating_add(1),
            apply_method: Some(method),
            form: HelmVersion::V4,
            ..target.clone()
        }
    }

    /// Notes that the revision is in the cluster. A roll-back keeps its description.
    pub fn deployed(&mut self) {
        match self.info.status {
            Status::PendingInstall => "Install complete".clone_into(&mut self.info.description),
            Status::PendingUpgrade => "Upgrade complete".clone_into(&mut self.info.description),
            _ => {}
        }
        self.info.status = Status::Deployed;
    }

    /// Notes that an action failed, and why. Its kind shows in the status: an installation or an upgrade that is under
    /// way, or a roll-back, whose objects could not be applied.
    pub fn failed(&mut self, why: &str) {
        let action = match self.info.status {
            Status::PendingUpgrade => "Upgrade",
            Status::PendingRollback => "Rollback",
            _ => "Release",
        };
        self.info.description = format!("{action} {} failed: {why}", quote(&self.name));
        self.info.status = Status::Failed;
    }

    /// Notes that the objects of a roll-back were applied but did not become ready.
    pub fn not_ready(&mut self, why: &str) {
        self.info.description = format!("Release {} failed: {why}", quote(&self.name));
        self.info.status = Status::Failed;
    }

    /// Notes that a later revision is in the cluster.
    pub fn superseded(&mut self) {
        self.info.status = Status::Superseded;
    }

    /// Notes that the name is used again by an installation.
    pub fn replaced(&mut self) {
        self.info.status = Status::Superseded;
        "superseded by new release".clone_into(&mut self.info.description);
    }

    /// Notes that the release is being uninstalled.
    pub fn uninstalling(&mut self, now: &Time) {
        self.info.status = Status::Uninstalling;
        self.info.deleted = Some(now.clone());
        "Deletion in progress (or silently failed)".clone_into(&mut self.info.description);
    }

    /// Notes that the release is uninstalled.
    pub fn uninstalled(&mut self) {
        self.info.status = Status::Uninstalled;
        "Uninstallation complete".clone_into(&mut self.info.description);
    }

    /// Notes that what was under way came to no end. helm-controller does so before it goes on.
    pub fn unlocked(&mut self) {
        self.info.description =
            format!("Release unlocked from stale '{}' state", self.info.status.word());
        self.info.status = Status::Failed;
    }
}
