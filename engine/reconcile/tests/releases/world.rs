//! A cluster that does what was recorded: each action goes as its event says.

use std::collections::BTreeMap;

use weir_golang::time::{Duration, Time};
use weir_helm::Metadata;
use weir_helm::record::{
    ApplyMethod, HookRun, Installation, Record, RecordedChart, RecordedHook, Status,
};
use weir_model::{SmolStr, Value};
use weir_reconcile::release::{Action, Desired, Outcome};

use crate::recorded::Told;

/// What fails before anything is recorded.
const EARLY: [&str; 3] =
    ["execution error at", "values don't meet the specifications", "release name check failed"];

/// The records of one release, and what is still to happen to it.
pub(crate) struct World {
    pub(crate) records: Vec<Record>,
    /// The events that were not accounted for yet.
    pub(crate) left: Vec<Told>,
    /// Values by their digests.
    pub(crate) values: BTreeMap<String, Value>,
    /// The tests of the chart.
    pub(crate) tests: Vec<String>,
}

impl World {
    /// Takes the event of an action off the list: the first of these reasons.
    fn take(&mut self, reasons: [&str; 2]) -> Option<Told> {
        let at = self.left.iter().position(|told| reasons.contains(&told.reason.as_str()))?;
        Some(self.left.remove(at))
    }

    /// Does an action. Nothing when nothing was recorded of one.
    pub(crate) fn act(&mut self, action: &Action, desired: &Desired) -> Option<Outcome> {
        let now = Time::unix(1_800_000_000, 0);
        let reasons = match action {
            Action::Install => ["InstallSucceeded", "InstallFailed"],
            Action::Upgrade => ["UpgradeSucceeded", "UpgradeFailed"],
            Action::Test => ["TestSucceeded", "TestFailed"],
            Action::RollBack { .. } => ["RollbackSucceeded", "RollbackFailed"],
            Action::UninstallRemediation => ["UninstallSucceeded", "UninstallFailed"],
            Action::Unlock => ["PendingRelease", "PendingRelease"],
            Action::CorrectDrift => ["DriftCorrected", "DriftCorrectionFailed"],
        };
        let told = self.take(reasons)?;
        let failed = told.reason.ends_with("Failed");
        let why = told.message.split_once(&format!("@{}: ", desired.chart_version));
        let why = why.map(|(_, why)| why.split("\n\nLast Helm logs:").next().unwrap_or_default());
        let error = failed.then(|| why.unwrap_or_default().to_owned());
        let early = error.as_ref().is_some_and(|error| EARLY.iter().any(|it| error.contains(it)));
        let mut outcome =
            Outcome { error: error.clone(), took: Duration::from_seconds(1), ..Outcome::default() };
        if early {
            return Some(outcome);
        }
        match action {
            Action::Install | Action::Upgrade => {
                let made = self.made(desired);
                let current = current_of(&self.records);
                let version = current.map(|record| record.version);
                let mut new = match (current, self.records.last()) {
                    (Some(current), Some(last)) => {
                        current.upgrade(last, made, ApplyMethod::Server, &now)
                    }
                    _ => Record::install(
                        &*desired.release_name,
                        &*desired.release_namespace,
                        made,
                        ApplyMethod::Server,
                        &now,
                    ),
                };
                outcome.written.extend(self.make_room());
                outcome.written.push(new.clone());
                let mut records = self.records.iter_mut();
                let old = records.find(|record| Some(record.version) == version);
                match &error {
                    Some(error) => {
                        // Helm writes the record of the revision before again, but not when hooks failed.
                        let old = old.filter(|_| !error.contains("hooks failed"));
                        outcome.written.extend(old.cloned());
                        new.failed(error);
                    }
                    None => {
                        if let Some(old) = old {
                            old.superseded();
                            outcome.written.push(old.clone());
                        }
                        new.deployed();
                    }
                }
                outcome.written.push(new.clone());
                self.records.push(new);
            }
            Action::RollBack { to } => {
                let target = self.records.iter().find(|record| record.version == *to)?;
                let mut new = self.records.last()?.roll_back(target, ApplyMethod::Server, &now);
                outcome.written.extend(self.make_room());
                outcome.written.push(new.clone());
                for old in self.records.iter_mut().filter(|it| it.info.status == Status::Deployed) {
                    old.superseded();
                    outcome.written.push(old.clone());
                }
                new.deployed();
                outcome.written.push(new.clone());
                self.records.push(new);
            }
            Action::UninstallRemediation => {
                let mut last = self.records.last()?.clone();
                last.uninstalling(&now);
                outcome.written.push(last);
                self.records.clear();
            }
            Action::Test => {
                let bad = error.clone().unwrap_or_default();
                let tests = self.tests.clone();
                let last = self.records.last_mut()?;
                last.hooks.retain(|hook| !hook.is_test());
                last.hooks.extend(tests.into_iter().map(|name| {
                    // A test that fails is the first, and ends the others.
                    let phase = match bad.contains(&format!("/{name} ")) {
                        true => "Failed",
                        false if bad.is_empty() => "Succeeded",
                        false => "",
                    };
                    RecordedHook {
                        last_run: HookRun { phase: SmolStr::new(phase), ..HookRun::default() },
                        events: vec!["test".into()],
                        name,
                        ..RecordedHook::default()
                    }
                }));
                outcome.written.push(last.clone());
            }
            Action::Unlock => {
                let last = self.records.last_mut()?;
                last.unlocked();
                outcome.written.push(last.clone());
            }
            Action::CorrectDrift => {
                outcome.corrected = told.message.lines().skip(1).map(str::to_owned).collect();
            }
        }
        Some(outcome)
    }

    /// Uninstalls the release.
    pub(crate) fn uninstall(&mut self, keeps: bool) -> Option<Outcome> {
        self.take(["UninstallSucceeded", "UninstallFailed"])?;
        let mut last = self.records.last()?.clone();
        last.uninstalling(&Time::unix(1_800_000_000, 0));
        let mut written = vec![last.clone()];
        if keeps {
            last.uninstalled();
            written.push(last);
        }
        self.records.clear();
        Some(Outcome { written, ..Outcome::default() })
    }

    /// Deletes the oldest records but the deployed one, to keep no more than five with the next.
    fn make_room(&mut self) -> Vec<Record> {
        let mut deleted = Vec::new();
        while self.records.len() > 4 {
            let kept = |it: &Record| it.info.status == Status::Deployed;
            let Some(at) = self.records.iter().position(|it| !kept(it)) else { break };
            deleted.push(self.records.remove(at));
        }
        deleted
    }

    fn made(&self, desired: &Desired) -> Installation {
        let metadata = Metadata {
            name: desired.chart_name.as_str().into(),
            version: desired.chart_version.as_str().into(),
            app_version: desired.app_version.as_str().into(),
            ..Metadata::default()
        };
        Installation {
            chart: RecordedChart { metadata, ..RecordedChart::default() },
            config: self.values.get(&desired.config_digest).cloned().unwrap_or_default(),
            ..Installation::default()
        }
    }
}

/// The revision that is in the cluster, or the last one when none is.
fn current_of(records: &[Record]) -> Option<&Record> {
    let deployed = records.iter().rev().find(|it| it.info.status == Status::Deployed);
    deployed.or(records.last())
}
