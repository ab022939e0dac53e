//! A snapshot of a record, as `status.history` has it.

use std::collections::BTreeMap;

use weir_golang::time::{RFC3339_NANO, Time, Zone, parse};
use weir_helm::record::{self, Record, Status};
use weir_model::{Map, Value};

use super::Policy;

/// The form of snapshots whose digest is of Helm 4's types.
pub(super) const API_VERSION: &str = "v2";

/// A snapshot of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The form of the digest; only [`API_VERSION`] is compared.
    pub api_version: String,
    /// The digest of the record.
    pub digest: String,
    /// The name of the release.
    pub name: String,
    /// The namespace of the release.
    pub namespace: String,
    /// The revision.
    pub version: i64,
    /// What became of the revision, in Helm's word.
    pub status: String,
    /// The action that made it: `install`, `upgrade`, `rollback`, `uninstall`, `uninstall-remediation`, or empty.
    pub action: String,
    /// The name of the chart.
    pub chart_name: String,
    /// The version of the chart.
    pub chart_version: String,
    /// The version of what the chart installs.
    pub app_version: String,
    /// The digest of the values.
    pub config_digest: String,
    /// When the release was first deployed.
    pub first_deployed: Option<Time>,
    /// When the revision was deployed.
    pub last_deployed: Option<Time>,
    /// When the release was uninstalled.
    pub deleted: Option<Time>,
    /// How the tests went, by name; nothing when they were not run.
    pub test_hooks: Option<BTreeMap<String, TestRun>>,
    /// The digest of the artifact of the chart.
    pub oci_digest: String,
}

/// How a test went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestRun {
    /// When it began.
    pub last_started: Option<Time>,
    /// When it ended.
    pub last_completed: Option<Time>,
    /// `Succeeded`, `Failed`, `Running`, `Unknown`, or empty when it has not run.
    pub phase: String,
}

impl Snapshot {
    /// Makes the snapshot of a record.
    pub fn of(record: &Record, action: &str, oci_digest: &str) -> Self {
        let Record { name, namespace, version, info, chart, config, .. } = record;
        Self {
            api_version: API_VERSION.to_owned(),
            digest: record::digest(record, Some(oci_digest)),
            name: name.clone(),
            namespace: namespace.clone(),
            version: *version,
            status: info.status.word().to_owned(),
            action: action.to_owned(),
            chart_name: chart.metadata.name.to_string(),
            chart_version: chart.metadata.version.to_string(),
            app_version: chart.metadata.app_version.to_string(),
            config_digest: record::config_digest(config),
            first_deployed: info.first_deployed.clone(),
            last_deployed: info.last_deployed.clone(),
            deleted: info.deleted.clone(),
            test_hooks: None,
            oci_digest: oci_digest.to_owned(),
        }
    }

    /// Tells whether it is of this record.
    pub fn targets(&self, record: &Record) -> bool {
        self.name == record.name
            && self.namespace == record.namespace
            && self.version == record.version
    }

    /// Returns the release with its revision: `apps/web.v3`.
    pub fn release(&self) -> String {
        format!("{}/{}.v{}", self.namespace, self.name, self.version)
    }

    /// Returns the chart with its version: `web@1.2.3`.
    pub fn chart(&self) -> String {
        format!("{}@{}", self.chart_name, self.chart_version)
    }

    /// Tells whether the revision was in the cluster and ready at some time.
    pub(super) fn was_deployed(&self) -> bool {
        matches!(Status::of(&self.status), Status::Deployed | Status::Superseded)
    }

    /// Tells whether all tests were run, or one failed, which ends the others.
    pub fn is_tested(&self) -> bool {
        let Some(tests) = &self.test_hooks else { return false };
        self.has_failed_test() || tests.values().all(|test| test.phase == "Succeeded")
    }

    /// Tells whether a test failed.
    pub fn has_failed_test(&self) -> bool {
        self.test_hooks.iter().flatten().any(|(_, test)| test.phase == "Failed")
    }

    /// Takes up how the tests went that are selected.
    pub(super) fn set_tests(&mut self, record: &Record, policy: &Policy) {
        let tests = record.hooks.iter().filter(|hook| hook.is_test() && policy.selects(&hook.name));
        let run = |run: &record::HookRun| TestRun {
            last_started: run.started_at.clone(),
            last_completed: run.completed_at.clone(),
            phase: run.phase.to_string(),
        };
        self.test_hooks =
            Some(tests.map(|hook| (hook.name.clone(), run(&hook.last_run))).collect());
    }

    /// Reads an entry of `status.history`.
    pub(super) fn read(entry: &Value) -> Self {
        let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tests = entry.get("testHooks").and_then(Value::as_map);
        let test = |test: &Value| TestRun {
            last_started: time(test.get("lastStarted")),
            last_completed: time(test.get("lastCompleted")),
            phase: test.get("phase").and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        Self {
            api_version: text("apiVersion"),
            digest: text("digest"),
            name: text("name"),
            namespace: text("namespace"),
            version: entry.get("version").and_then(Value::as_int).unwrap_or_default(),
            status: text("status"),
            action: text("action"),
            chart_name: text("chartName"),
            chart_version: text("chartVersion"),
            app_version: text("appVersion"),
            config_digest: text("configDigest"),
            first_deployed: time(entry.get("firstDeployed")),
            last_deployed: time(entry.get("lastDeployed")),
            deleted: time(entry.get("deleted")),
            test_hooks: tests.map(|tests| {
                tests.iter().map(|(name, run)| (name.to_string(), test(run))).collect()
            }),
            oci_digest: text("ociDigest"),
        }
    }

    /// Writes an entry of `status.history`.
    pub(super) fn write(&self) -> Value {
        let mut entry = Map::new();
        let mut text = |key: &str, text: &str, is_required: bool| {
            if is_required || !text.is_empty() {
                entry.insert(key, Value::from(text));
            }
        };
        text("apiVersion", &self.api_version, false);
        text("digest", &self.digest, true);
        text("name", &self.name, true);
        text("namespace", &self.namespace, true);
        text("status", &self.status, true);
        text("action", &self.action, false);
        text("chartName", &self.chart_name, true);
        text("chartVersion", &self.chart_version, true);
        text("appVersion", &self.app_version, false);
        text("configDigest", &self.config_digest, true);
        text("ociDigest", &self.oci_digest, false);
        entry.insert("version", Value::from(self.version));
        put_time(&mut entry, "firstDeployed", self.first_deployed.as_ref());
        put_time(&mut entry, "lastDeployed", self.last_deployed.as_ref());
        put_time(&mut entry, "deleted", self.deleted.as_ref());
        if let Some(tests) = &self.test_hooks {
            let tests = tests.iter().map(|(name, test)| {
                let mut run = Map::new();
                put_time(&mut run, "lastStarted", test.last_started.as_ref());
                put_time(&mut run, "lastCompleted", test.last_completed.as_ref());
                if !test.phase.is_empty() {
                    run.insert("phase", Value::from(test.phase.as_str()));
                }
                (name.as_str().into(), Value::map(run))
            });
            entry.insert("testHooks", Value::map(tests.collect()));
        }
        Value::map(entry)
    }
}

fn time(value: Option<&Value>) -> Option<Time> {
    parse(RFC3339_NANO, value?.as_str()?).ok()
}

fn put_time(into: &mut Map, key: &str, time: Option<&Time>) {
    if let Some(time) = time {
        into.insert(key, Value::from(shown(time).as_str()));
    }
}

/// Returns a time as the Kubernetes API has it: in UTC, to the second.
pub(super) fn shown(time: &Time) -> String {
    time.in_zone(Zone::Utc).format("2006-01-02T15:04:05Z07:00")
}
