use weir_model::Source;

use super::*;

fn value(text: &str) -> Value {
    weir_yaml::read_value_exact(text.as_bytes(), Source::default()).unwrap()
}

fn shown(object: &str) -> String {
    match compute(&value(object), 1_000) {
        Ok(health) => format!("{}: {}", health.state, health.message),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn objects_of_every_kind_are_judged() {
    for (object, expected) in [
        ("{kind: ConfigMap}", "Current: Resource is always ready"),
        (
            "{kind: ConfigMap, metadata: {deletionTimestamp: x}}",
            "Terminating: Resource scheduled for deletion",
        ),
        (
            "{apiVersion: x/v1, kind: W, metadata: {generation: 2}, status: {observedGeneration: 1}}",
            "InProgress: W generation is 2, but latest observed generation is 1",
        ),
        (
            "{apiVersion: x/v1, kind: W, status: {conditions: [{type: Stalled, status: 'True', message: stuck}]}}",
            "Failed: stuck",
        ),
        (
            "{apiVersion: x/v1, kind: W, status: {conditions: [{type: Ready, status: 'False', message: soon}]}}",
            "InProgress: soon",
        ),
        ("{apiVersion: x/v1, kind: W}", "Current: Resource is current"),
        (
            "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {replicas: 1}}",
            "InProgress: Replicas: 1/2",
        ),
        (
            "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 1}, status: {replicas: 3, readyReplicas: 3}}",
            "InProgress: Pending termination: 2",
        ),
        (
            "{apiVersion: apps/v1, kind: DaemonSet, metadata: {generation: 1}}",
            "InProgress: DaemonSet status.observedGeneration not found",
        ),
        (
            "{kind: Pod, metadata: {creationTimestamp: '1970-01-01T00:16:30Z'}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}",
            "InProgress: Pod has not been scheduled",
        ),
        (
            "{kind: Pod, metadata: {creationTimestamp: '1970-01-01T00:16:00Z'}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}",
            "Failed: Pod could not be scheduled",
        ),
        (
            "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}",
            "InProgress: Install in progress",
        ),
        (
            "{kind: Service, spec: {type: LoadBalancer}}",
            "InProgress: ClusterIP not set. Service type: LoadBalancer",
        ),
        (
            "{kind: ConfigMap, metadata: {generation: 2.0}}",
            "error: looking up metadata.generation from resource: .metadata.generation accessor error: 2 is of the type float64, expected int64",
        ),
        (
            "{apiVersion: x/v1, kind: W, status: {conditions: bad}}",
            "error: cannot restore slice from string",
        ),
    ] {
        assert_eq!(shown(object), expected, "{object}");
    }
}

#[test]
fn flux_waits_for_the_end_of_a_job() {
    let running = value("{apiVersion: batch/v1, kind: Job, status: {startTime: x, active: 1}}");
    assert_eq!(compute(&running, 0).unwrap().state, State::Current);
    let reading = of(&running, &[], 0);
    assert_eq!(reading.state(), State::InProgress);
    let suspended = value("{apiVersion: batch/v1, kind: Job, spec: {suspend: true}}");
    assert_eq!(of(&suspended, &[], 0).state(), State::Current);
}

#[test]
fn a_pod_that_failed_for_good_fails_its_stateful_set() {
    let set = value(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {namespace: a, name: db}, \
         spec: {replicas: 1, selector: {matchLabels: {app: db}}}, status: {replicas: 1}}",
    );
    let pod = |label: &str, state: &str| {
        value(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{namespace: a, name: db-0, labels: {{app: {label}}}}}, status: {state}}}"
        ))
    };
    let looping = "{phase: Running, containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]}";
    let homeless = "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}";
    for (pods, expected) in [
        (vec![], State::InProgress),
        (vec![pod("db", looping)], State::Failed),
        (vec![pod("other", looping)], State::InProgress),
        (vec![pod("db", homeless)], State::InProgress),
    ] {
        assert_eq!(of(&set, &pods, 1_000).state(), expected, "{pods:?}");
    }
}

#[test]
fn selectors_select_or_are_refused() {
    let labelled = value("{metadata: {labels: {app: web, tier: front}}}");
    for (selector, expected) in [
        ("{}", Some(true)),
        ("{matchLabels: {app: web}}", Some(true)),
        ("{matchLabels: {app: db}}", Some(false)),
        ("{matchExpressions: [{key: tier, operator: In, values: [front, back]}]}", Some(true)),
        ("{matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}", Some(false)),
        ("{matchExpressions: [{key: none, operator: NotIn, values: [front]}]}", Some(true)),
        ("{matchExpressions: [{key: none, operator: Exists}]}", Some(false)),
        ("{matchExpressions: [{key: none, operator: DoesNotExist}]}", Some(true)),
        ("{matchExpressions: [{key: tier, operator: Near, values: [x]}]}", None),
        ("{matchExpressions: [{key: tier, operator: In}]}", None),
        ("{matchLabels: {app: 'not a value'}}", None),
        ("{matchLabels: {'-app': web}}", None),
        ("[]", None),
    ] {
        let read = Selector::read(&value(selector)).ok();
        assert_eq!(read.map(|read| read.matches(&labelled)), expected, "{selector}");
    }
}
