//! Deployments, replica sets, stateful sets and daemon sets.

use weir_model::Value;

use super::fields::{conditions, group_and_kind, int, nested_int, text};
use super::{Health, HealthError};

/// What the controller takes for no deadline.
const NO_DEADLINE: i64 = i32::MAX as i64;

/// A count that must be reached: the reason, the word, how many there are, and how many there must be.
type Row<'a> = (&'a str, &'a str, i64, i64);

/// Returns the first count that is not reached.
fn first_missing(rows: &[Row<'_>]) -> Option<Health> {
    rows.iter().find(|(.., have, want)| want > have).map(|(reason, word, have, want)| {
        Health::in_progress(reason, format!("{word}: {have}/{want}"))
    })
}

fn superfluous(have: i64, want: i64) -> Option<Health> {
    (have > want).then(|| {
        Health::in_progress(
            "ExtraPods",
            format!("Pending termination: {}", have.saturating_sub(want)),
        )
    })
}

pub(super) fn deployment(object: &Value, _now: i64) -> Result<Health, HealthError> {
    // Without a deadline the controller writes no `Progressing` condition.
    let deadline = int(object, &["spec", "progressDeadlineSeconds"], NO_DEADLINE);
    let mut progressing = deadline == NO_DEADLINE;
    let mut available = false;
    for condition in conditions(object)? {
        match condition.kind {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                let mut health = Health::failed(condition.reason, "Progress deadline exceeded");
                condition.message.clone_into(&mut health.detail);
                return Ok(health);
            }
            "Progressing" => {
                progressing |=
                    condition.status == "True" && condition.reason == "NewReplicaSetAvailable";
            }
            "Available" => available |= condition.status == "True",
            _ => {}
        }
    }
    let want = int(object, &["spec", "replicas"], 1);
    let status = |name| int(object, &["status", name], 0);
    let (all, updated) = (status("replicas"), status("updatedReplicas"));
    let waiting = first_missing(&[
        ("LessReplicas", "Replicas", all, want),
        ("LessUpdated", "Updated", updated, want),
    ])
    .or_else(|| superfluous(all, want))
    .or_else(|| {
        first_missing(&[
            ("LessAvailable", "Available", status("availableReplicas"), updated),
            ("LessReady", "Ready", status("readyReplicas"), want),
        ])
    });
    Ok(match waiting {
        Some(health) => health,
        None if !progressing => {
            Health::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available")
        }
        None if !available => {
            Health::in_progress("DeploymentNotAvailable", "Deployment not Available")
        }
        None => Health::current(format!("Deployment is available. Replicas: {all}")),
    })
}

pub(super) fn replica_set(object: &Value, _now: i64) -> Result<Health, HealthError> {
    if conditions(object)?.iter().any(|condition| condition.is("ReplicaFailure", "True")) {
        let message = "Replica Failure condition. Check Pods";
        return Ok(Health::in_progress("ReplicaFailure", message));
    }
    let want = int(object, &["spec", "replicas"], 1);
    let status = |name| int(object, &["status", name], 0);
    let all = status("replicas");
    let waiting = first_missing(&[
        ("LessLabelled", "Labelled", status("fullyLabeledReplicas"), want),
        ("LessAvailable", "Available", status("availableReplicas"), want),
        ("LessReady", "Ready", status("readyReplicas"), want),
    ])
    .or_else(|| superfluous(all, want));
    Ok(waiting
        .unwrap_or_else(|| Health::current(format!("ReplicaSet is available. Replicas: {all}"))))
}

pub(super) fn stateful_set(object: &Value, _now: i64) -> Result<Health, HealthError> {
    if text(object, &["spec", "updateStrategy", "type"], "") == "OnDelete" {
        return Ok(Health::current("StatefulSet is using the ondelete update strategy"));
    }
    let want = int(object, &["spec", "replicas"], 1);
    let status = |name| int(object, &["status", name], 0);
    let (all, updated) = (status("replicas"), status("updatedReplicas"));
    let waiting = first_missing(&[
        ("LessReplicas", "Replicas", all, want),
        ("LessReady", "Ready", status("readyReplicas"), want),
    ])
    .or_else(|| superfluous(all, want));
    if let Some(health) = waiting {
        return Ok(health);
    }
    let partition = int(object, &["spec", "updateStrategy", "rollingUpdate", "partition"], -1);
    if partition != -1 {
        let rows = [("PartitionRollout", "updated", updated, want.saturating_sub(partition))];
        return Ok(first_missing(&rows).unwrap_or_else(|| {
            Health::current(format!("Partition rollout complete. updated: {updated}"))
        }));
    }
    let rows = [("LessCurrent", "current", status("currentReplicas"), want)];
    if let Some(health) = first_missing(&rows) {
        return Ok(health);
    }
    let revision = |name| text(object, &["status", name], "");
    if revision("currentRevision") != revision("updateRevision") {
        let message = "Waiting for updated revision to match current";
        return Ok(Health::in_progress("RevisionMismatch", message));
    }
    Ok(Health::current(format!("All replicas scheduled as expected. Replicas: {all}")))
}

pub(super) fn daemon_set(object: &Value, _now: i64) -> Result<Health, HealthError> {
    // The controller sets both, so without them it has not seen the object yet.
    let (_, kind) = group_and_kind(object);
    for (path, reason) in [
        (["metadata", "generation"], "NoGeneration"),
        (["status", "observedGeneration"], "NoObservedGeneration"),
    ] {
        if nested_int(object, &path)?.is_none() {
            return Ok(Health::in_progress(reason, format!("{kind} {} not found", path.join("."))));
        }
    }
    let status = |name| int(object, &["status", name], 0);
    let want = int(object, &["status", "desiredNumberScheduled"], -1);
    if want == -1 {
        let message = "Missing .status.desiredNumberScheduled";
        return Ok(Health::in_progress("NoDesiredNumber", message));
    }
    let waiting = first_missing(&[
        ("LessCurrent", "Current", status("currentNumberScheduled"), want),
        ("LessUpdated", "Updated", status("updatedNumberScheduled"), want),
        ("LessAvailable", "Available", status("numberAvailable"), want),
        ("LessReady", "Ready", status("numberReady"), want),
    ]);
    Ok(waiting.unwrap_or_else(|| {
        Health::current(format!("All replicas scheduled as expected. Replicas: {want}"))
    }))
}
