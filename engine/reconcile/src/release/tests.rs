use weir_helm::Metadata;
use weir_helm::record::{self, ApplyMethod, Installation, Record, RecordedChart};
use weir_model::Value;

use super::*;
use crate::tests::value;

fn now() -> Time {
    Time::unix(1_700_000_000, 0)
}

fn object(spec: &str) -> Object {
    let policy = Policy::read(Some(&value(spec)));
    Object {
        name: "web".into(),
        namespace: "apps".into(),
        generation: 2,
        policy,
        ..Object::default()
    }
}

fn desired() -> Desired {
    Desired {
        release_name: "web".into(),
        release_namespace: "apps".into(),
        storage_namespace: "apps".into(),
        chart_name: "web".into(),
        chart_version: "1.0.0".into(),
        config_digest: record::config_digest(&Value::null()),
        ..Desired::default()
    }
}

fn records(count: i64) -> Vec<Record> {
    let made = || Installation {
        chart: RecordedChart {
            metadata: Metadata {
                name: "web".into(),
                version: "1.0.0".into(),
                ..Metadata::default()
            },
            ..RecordedChart::default()
        },
        ..Installation::default()
    };
    let first = Record::install("web", "apps", made(), ApplyMethod::Server, &now());
    let mut all = vec![first];
    for _ in 1..count {
        let next = all[0].upgrade(all.last().unwrap(), made(), ApplyMethod::Server, &now());
        all.push(next);
    }
    for record in &mut all {
        record.deployed();
        record.superseded();
    }
    all.last_mut().unwrap().info.status = record::Status::Deployed;
    all
}

/// A status that knows these records.
fn status(records: &[Record], action: &str) -> Status {
    Status {
        history: History(records.iter().rev().map(|it| Snapshot::of(it, action, "")).collect()),
        last_attempted_release_action: action.to_owned(),
        storage_namespace: "apps".to_owned(),
        observed_generation: 2,
        ..Status::default()
    }
}

/// The next action for a release whose last revision failed, after so many failures.
fn after_failures(spec: &str, action: &str, failures: i64) -> String {
    let (object, desired) = (object(spec), desired());
    let mut records = records(2);
    records[1].info.status = record::Status::Failed;
    let mut status = status(&records, action);
    status.install_failures = failures;
    status.upgrade_failures = failures;
    let mut run = Run::new(&object, &desired, status, &now());
    let state = run.state(&records).unwrap();
    assert_eq!(state, State::Failed(String::new()));
    match run.next(&state, &records) {
        Next::Act(action) => format!("{action:?}"),
        Next::Stop(stop) => {
            format!("{stop:?}, {}", run.status.conditions.message("Stalled"))
        }
    }
}

#[test]
fn failures_are_remedied_as_the_policy_says() {
    let exhausted = |action: &str, count| {
        format!(
            "Stalled(\"exceeded maximum retries: cannot remediate failed release\"), Failed to {action} after {count} attempt(s)"
        )
    };
    let retries = "upgrade: {remediation: {retries: 1}}";
    for (spec, action, failures, expected) in [
        ("{}", "", 1, "Upgrade".to_owned()),
        ("{}", "upgrade", 0, "Upgrade".into()),
        ("{}", "upgrade", 1, exhausted("upgrade", 1)),
        ("{}", "install", 1, exhausted("install", 1)),
        (retries, "upgrade", 1, "RollBack { to: 1 }".into()),
        (retries, "upgrade", 2, "RollBack { to: 1 }".into()),
        (
            "upgrade: {remediation: {retries: 1, remediateLastFailure: false}}",
            "upgrade",
            2,
            exhausted("upgrade", 2),
        ),
        ("upgrade: {remediation: {retries: -1}}", "upgrade", 99, "RollBack { to: 1 }".into()),
        (
            "upgrade: {remediation: {retries: 1, strategy: uninstall}}",
            "upgrade",
            1,
            "UninstallRemediation".into(),
        ),
        ("install: {remediation: {retries: 1}}", "install", 1, "UninstallRemediation".into()),
        ("install: {remediation: {retries: 1}}", "install", 2, exhausted("install", 2)),
        (
            "install: {remediation: {retries: 1, remediateLastFailure: true}}",
            "install",
            2,
            "UninstallRemediation".into(),
        ),
        ("upgrade: {strategy: {name: RetryOnFailure}}", "upgrade", 9, "Upgrade".into()),
    ] {
        assert_eq!(after_failures(spec, action, failures), expected, "{spec} {action} {failures}");
    }
}

#[test]
fn without_a_whole_revision_nothing_is_rolled_back() {
    let (object, desired) = (object("upgrade: {remediation: {retries: 3}}"), desired());
    let mut records = records(2);
    records[1].info.status = record::Status::Failed;
    let mut known = status(&records, "upgrade");
    known.upgrade_failures = 1;
    let next = |known: &Status, records: &[Record]| {
        let mut run = Run::new(&object, &desired, known.clone(), &now());
        run.next(&State::Failed(String::new()), records)
    };
    assert_eq!(next(&known, &records), Next::Act(Action::RollBack { to: 1 }));
    records[0].manifest.push_str("changed");
    assert_eq!(next(&known, &records), Next::Act(Action::Upgrade));
    known.history.0.pop();
    let missing = "missing target release for rollback: cannot remediate failed release";
    assert_eq!(next(&known, &records), Next::Stop(Stop::Stalled(missing.into())));
}

#[test]
fn states_are_told_apart() {
    let (object, desired) = (object("test: {enable: true}"), desired());
    let known = records(2);
    let state = |change: &dyn Fn(&mut Vec<Record>, &mut Status, &mut Desired)| {
        let (mut records, mut desired) = (known.clone(), desired.clone());
        let mut status = status(&records, "upgrade");
        status.history.0[0].test_hooks = Some(std::collections::BTreeMap::new());
        change(&mut records, &mut status, &mut desired);
        let mut run = Run::new(&object, &desired, status, &now());
        format!("{:?}", run.state(&records))
    };
    assert_eq!(state(&|_, _, _| {}), "Ok(InSync)");
    assert_eq!(
        state(&|records, _, _| records.clear()),
        "Ok(Absent(\"no release in storage for object\"))"
    );
    assert_eq!(
        state(&|records, _, _| records[1].info.status = record::Status::PendingUpgrade),
        "Ok(Locked(\"release with status 'pending-upgrade'\"))"
    );
    assert_eq!(
        state(&|_, status, _| status.history.0.clear()),
        "Ok(Unmanaged(\"found existing release in storage\"))"
    );
    assert_eq!(
        state(&|records, _, _| records[1].manifest.push(' ')),
        "Ok(Unmanaged(\"release not observed to be made for object\"))"
    );
    assert_eq!(
        state(&|records, status, _| {
            records[1].manifest.push(' ');
            status.history.0[0].api_version.clear();
        }),
        "Ok(InSync)"
    );
    assert_eq!(
        state(&|_, _, desired| desired.chart_version.push('1')),
        "Ok(OutOfSync(\"release chart changed\"))"
    );
    assert_eq!(
        state(&|_, _, desired| desired.config_digest.push('1')),
        "Ok(OutOfSync(\"release config values changed\"))"
    );
    assert_eq!(
        state(&|_, status, desired| {
            desired.post_renderers_digest = "sha256:1".into();
            status.observed_generation = 1;
        }),
        "Ok(OutOfSync(\"postrenderers digest has changed\"))"
    );
    assert_eq!(state(&|_, status, _| status.history.0[0].test_hooks = None), "Ok(Untested)");
    let failed = TestRun { phase: "Failed".into(), ..TestRun::default() };
    assert_eq!(
        state(&|_, status, _| {
            status.history.0[0].test_hooks = Some([("t".to_owned(), failed.clone())].into());
        }),
        "Ok(Failed(\"release has test in failed phase\"))"
    );
    assert_eq!(
        state(&|records, _, _| {
            let mut last = records[1].clone();
            last.uninstalling(&now());
            records[1] = last;
        }),
        "Ok(Unmanaged(\"release not observed to be made for object\"))"
    );
}

#[test]
fn a_request_is_heeded_once() {
    let desired = desired();
    let mut object = object("{}");
    object.requested_at = Some("a".into());
    object.force_at = Some("a".into());
    let records = records(1);
    let mut status = status(&records, "install");
    for expected in [Next::Act(Action::Upgrade), Next::Stop(Stop::Done)] {
        let mut run = Run::new(&object, &desired, status, &now());
        assert_eq!(run.next(&State::InSync, &records), expected);
        run.end(&Stop::Done);
        status = run.status;
    }
    assert_eq!(status.last_handled_force_at, "a");
    // A request to force counts only together with one to reconcile.
    object.force_at = Some("b".into());
    let mut run = Run::new(&object, &desired, status, &now());
    assert_eq!(run.next(&State::InSync, &records), Next::Stop(Stop::Done));
}

#[test]
fn drift_is_told_and_corrected() {
    let desired = desired();
    let records = records(1);
    let changes = vec![
        DriftChange { object: "ConfigMap/apps/a".into(), fields: Some([0, 2, 1]) },
        DriftChange { object: "ClusterRole/b".into(), fields: None },
    ];
    let (warns, corrects) =
        (object("driftDetection: {mode: warn}"), object("driftDetection: {mode: enabled}"));
    let mut run = Run::new(&warns, &desired, status(&records, "install"), &now());
    assert!(run.looks_for_drift(&State::InSync));
    assert_eq!(run.next(&State::Drifted(changes.clone()), &records), Next::Stop(Stop::Done));
    assert_eq!(
        run.events[0].message,
        "Cluster state of release apps/web.v1 has drifted from the desired state:\nConfigMap/apps/a changed (0 additions, 2 changes, 1 removals)\nClusterRole/b removed"
    );
    assert!(run.status.conditions.is_true("Drifted"));
    let mut run = Run::new(&corrects, &desired, status(&records, "install"), &now());
    assert_eq!(run.next(&State::Drifted(changes), &records), Next::Act(Action::CorrectDrift));
    let outcome = Outcome {
        error: Some("no".into()),
        corrected: vec!["ConfigMap/apps/a configured".into()],
        ..Outcome::default()
    };
    assert_eq!(run.finished(&Action::CorrectDrift, &outcome), None);
    assert_eq!(
        run.events[1].message,
        "Failed to partially correct cluster state of release apps/web.v1:\nno\n\nSuccessful corrections:\nConfigMap/apps/a configured"
    );
}

#[test]
fn another_target_is_noticed() {
    let object = object("{}");
    let keeps = Object {
        policy: Policy::read(Some(&value("upgrade: {chartNameChangeStrategy: InPlaceUpdate}"))),
        ..object.clone()
    };
    let records = records(1);
    let change = |object: &Object, change: &dyn Fn(&mut Desired)| {
        let mut desired = desired();
        change(&mut desired);
        Run::new(object, &desired, status(&records, "install"), &now()).target_change()
    };
    assert_eq!(change(&object, &|_| {}), None);
    assert_eq!(change(&object, &|it| it.storage_namespace.push('x')), Some("storage namespace"));
    assert_eq!(change(&object, &|it| it.release_namespace.push('x')), Some("release namespace"));
    assert_eq!(change(&object, &|it| it.release_name.push('x')), Some("release name"));
    assert_eq!(change(&object, &|it| it.chart_name.push('x')), Some("chart name"));
    assert_eq!(change(&keeps, &|it| it.chart_name.push('x')), None);
}

#[test]
fn tests_are_filtered_by_name() {
    let selects = |filters: &str, name: &str| {
        Policy::read(Some(&value(&format!("test: {{filters: {filters}}}")))).selects(name)
    };
    for (filters, a, b) in [
        ("[]", true, true),
        ("[{name: a}]", true, false),
        ("[{name: a, exclude: true}]", false, true),
        ("[{name: a}, {name: a, exclude: true}]", false, false),
    ] {
        assert_eq!((selects(filters, "a"), selects(filters, "b")), (a, b), "{filters}");
    }
}

#[test]
fn a_status_is_written_as_it_was_read() {
    let text = r"
helmChart: apps/apps-web
failures: 2
upgradeFailures: 1
lastAttemptedGeneration: 3
lastAttemptedReleaseAction: upgrade
observedGeneration: -1
storageNamespace: apps
inventory: {entries: [{id: a_b__ConfigMap, v: v1}]}
conditions:
- {type: Ready, status: 'False', reason: R, message: m, observedGeneration: 3, lastTransitionTime: '2026-01-02T03:04:05Z'}
history:
- {apiVersion: v2, digest: 'sha256:1', name: web, namespace: apps, version: 2, status: deployed, action: upgrade, chartName: web, chartVersion: 1.0.0, configDigest: 'sha256:2', firstDeployed: '2026-01-02T03:04:05Z', lastDeployed: '2026-01-02T03:04:05Z', ociDigest: 'sha256:3', testHooks: {t: {lastStarted: '2026-01-02T03:04:05Z', phase: Failed}, u: {}}}
";
    let value = value(text);
    assert_eq!(Status::read(Some(&value)).write(), value);
    let outdated = crate::tests::value("{lastReleaseRevision: 3}");
    assert!(Status::read(Some(&outdated)).write().get("lastReleaseRevision").is_none());
}

#[test]
fn a_long_message_is_cut_between_characters() {
    let mut conditions = Conditions::default();
    let condition =
        Condition { kind: "Ready".into(), message: "é".repeat(20_000), ..Condition::default() };
    conditions.set(condition, &now());
    let message = conditions.message("Ready");
    assert!(message.len() <= 32_768 && message.ends_with("é..."), "{}", message.len());
    assert_eq!(conditions.0[0].last_transition, "2023-11-14T22:13:20Z");
}

#[test]
fn a_revision_that_failed_before_it_was_recorded_counts_for_nothing_but_the_warning() {
    let (object, desired) = (object("{}"), desired());
    let records = records(1);
    let mut run = Run::new(&object, &desired, status(&records, "install"), &now());
    run.next(&State::OutOfSync(String::new()), &records);
    let outcome = Outcome { error: Some(" bad template\n".into()), ..Outcome::default() };
    let stop = run.finished(&Action::Upgrade, &outcome);
    assert_eq!(stop, Some(Stop::Failed(" bad template\n".into())));
    assert_eq!((run.status.failures, run.status.upgrade_failures), (1, 0));
    assert_eq!(
        run.status.conditions.message("Ready"),
        "Helm upgrade failed for release apps/web with chart web@1.0.0: bad template"
    );
}
