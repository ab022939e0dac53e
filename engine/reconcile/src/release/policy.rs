//! What a HelmRelease says about its actions: how long they may take, and what a failure means.

use weir_golang::time::Duration;
use weir_model::Value;

/// How long an action may take when nothing is said.
const TIMEOUT: i64 = 300;
/// How long a retry waits when nothing is said.
const RETRY_INTERVAL: i64 = 300;

/// What a HelmRelease says about its actions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// How long an action may take that says nothing itself.
    pub timeout: Duration,
    /// How long an installation may take.
    pub install_timeout: Duration,
    /// How long an upgrade may take.
    pub upgrade_timeout: Duration,
    /// How long tests may take.
    pub test_timeout: Duration,
    /// How long a roll-back may take.
    pub rollback_timeout: Duration,
    /// How long uninstalling may take.
    pub uninstall_timeout: Duration,
    /// What happens when an installation fails.
    pub install: Remedy,
    /// What happens when an upgrade fails.
    pub upgrade: Remedy,
    /// Whether a chart of another name takes the release over, rather than being installed anew.
    pub keeps_renamed_charts: bool,
    /// Whether tests are run.
    pub tests: bool,
    /// Whether the release is ready when its tests fail.
    pub ignores_test_failures: bool,
    /// Which tests are run.
    pub test_filters: Vec<TestFilter>,
    /// What happens when the cluster differs from the manifest.
    pub drift: DriftMode,
    /// Whether the records stay when the release is uninstalled.
    pub keeps_history: bool,
}

/// What happens when an installation or an upgrade fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remedy {
    /// How long the next upgrade waits, when failures are tried again rather than remedied.
    pub retry: Option<Duration>,
    /// How many more attempts there are; below 0 without end.
    pub retries: i64,
    /// Whether a failed test counts as no failure.
    pub ignores_test_failures: bool,
    /// Whether the failure of the last attempt is remedied, too.
    pub remedies_last_failure: bool,
    /// Whether the remedy is to uninstall, rather than to roll back.
    pub uninstalls: bool,
}

/// One of `spec.test.filters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFilter {
    /// The name of a test.
    pub name: String,
    /// Whether it is left out, rather than run alone.
    pub exclude: bool,
}

/// What happens when the cluster differs from the manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriftMode {
    /// It is not looked for.
    #[default]
    Disabled,
    /// It is told.
    Warn,
    /// It is corrected.
    Enabled,
}

impl Policy {
    /// Reads the `spec` of a HelmRelease.
    pub fn read(spec: Option<&Value>) -> Self {
        let at = |path: &[&str]| spec.and_then(|spec| spec.pointer(path));
        let flag = |path: &[&str]| at(path).and_then(Value::as_bool);
        let text = |path: &[&str]| at(path).and_then(Value::as_str);
        let duration = |path: &[&str]| text(path).and_then(|text| Duration::parse(text).ok());
        let timeout = duration(&["timeout"]).unwrap_or(Duration::from_seconds(TIMEOUT));
        let timeout_of = |action| duration(&[action, "timeout"]).unwrap_or(timeout);
        let ignores_test_failures = flag(&["test", "ignoreFailures"]).unwrap_or_default();
        let remedy = |action: &str, is_upgrade: bool| {
            let of = |name| [action, "remediation", name];
            let retries = at(&of("retries")).and_then(Value::as_int).unwrap_or_default();
            let is_retry = text(&[action, "strategy", "name"]) == Some("RetryOnFailure");
            let interval = duration(&[action, "strategy", "retryInterval"]);
            Remedy {
                retry: is_retry.then(|| interval.unwrap_or(Duration::from_seconds(RETRY_INTERVAL))),
                retries,
                ignores_test_failures: flag(&of("ignoreTestFailures"))
                    .unwrap_or(ignores_test_failures),
                remedies_last_failure: flag(&of("remediateLastFailure"))
                    .unwrap_or(is_upgrade && retries > 0),
                uninstalls: !is_upgrade || text(&of("strategy")) == Some("uninstall"),
            }
        };
        let filters = at(&["test", "filters"]).and_then(Value::as_list).unwrap_or_default();
        Self {
            timeout,
            install_timeout: timeout_of("install"),
            upgrade_timeout: timeout_of("upgrade"),
            test_timeout: timeout_of("test"),
            rollback_timeout: timeout_of("rollback"),
            uninstall_timeout: timeout_of("uninstall"),
            install: remedy("install", false),
            upgrade: remedy("upgrade", true),
            keeps_renamed_charts: text(&["upgrade", "chartNameChangeStrategy"])
                == Some("InPlaceUpdate"),
            tests: flag(&["test", "enable"]).unwrap_or_default(),
            ignores_test_failures,
            test_filters: filters
                .iter()
                .map(|filter| TestFilter {
                    name: filter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    exclude: filter.get("exclude").and_then(Value::as_bool).unwrap_or_default(),
                })
                .collect(),
            drift: match text(&["driftDetection", "mode"]) {
                Some("enabled") => DriftMode::Enabled,
                Some("warn") => DriftMode::Warn,
                _ => DriftMode::Disabled,
            },
            keeps_history: flag(&["uninstall", "keepHistory"]).unwrap_or_default(),
        }
    }

    /// Tells whether a test is run.
    pub fn selects(&self, test: &str) -> bool {
        let named = |exclude| {
            let mut filters = self.test_filters.iter().filter(move |it| it.exclude == exclude);
            filters.any(|filter| filter.name == test)
        };
        let all = self.test_filters.iter().all(|filter| filter.exclude);
        !named(true) && (all || named(false))
    }
}

impl Remedy {
    /// Tells whether no attempt is left after so many failures.
    pub fn is_exhausted(&self, failures: i64) -> bool {
        self.retries >= 0 && failures > self.retries
    }
}
