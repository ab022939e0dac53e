//! Pods.

use weir_golang::time;
use weir_model::Value;

use super::fields::{conditions, text};
use super::{Health, HealthError};

/// How many seconds a pod may be without a node before that counts as a failure.
const SCHEDULE_WINDOW: i64 = 15;

pub(super) fn rule(object: &Value, now: i64) -> Result<Health, HealthError> {
    let conditions = conditions(object)?;
    Ok(match text(object, &["status", "phase"], "") {
        "Succeeded" => Health::current("Pod has completed successfully"),
        "Failed" => Health::current("Pod has completed, but not successfully"),
        "Running" => {
            if conditions.iter().any(|condition| condition.is("Ready", "True")) {
                return Ok(Health::current("Pod is Ready"));
            }
            let looping = crash_looping(object);
            if looping.is_empty() {
                Health::in_progress("PodRunningNotReady", "Pod is running but is not Ready")
            } else {
                let message = format!("Containers in CrashLoop state: {}", looping.join(","));
                Health::failed("ContainerCrashLooping", message)
            }
        }
        "Pending" => {
            let refused = conditions.iter().find(|condition| condition.is("PodScheduled", "False"));
            match refused.filter(|condition| condition.reason == "Unschedulable") {
                None => Health::in_progress("PodPending", "Pod is in the Pending phase"),
                Some(_) if now - SCHEDULE_WINDOW < created(object) => {
                    Health::in_progress("PodNotScheduled", "Pod has not been scheduled")
                }
                Some(_) => Health::failed("PodUnschedulable", "Pod could not be scheduled"),
            }
        }
        "" => Health::in_progress("PodNotObserved", "Pod phase not available"),
        phase => return Err(HealthError(format!("unknown phase {phase}"))),
    })
}

/// Tells whether the scheduler has found no node for a pod, which an autoscaler may change.
pub(super) fn is_unschedulable(object: &Value) -> bool {
    conditions(object).is_ok_and(|conditions| {
        conditions.iter().any(|condition| {
            condition.is("PodScheduled", "False") && condition.reason == "Unschedulable"
        })
    })
}

/// The time of creation in seconds since 1970; long ago when it cannot be read.
fn created(object: &Value) -> i64 {
    let text = text(object, &["metadata", "creationTimestamp"], "");
    time::parse("2006-01-02T15:04:05Z07:00", text).map_or(i64::MIN, |time| time.unix_seconds())
}

fn crash_looping(object: &Value) -> Vec<&str> {
    let statuses = object.pointer(&["status", "containerStatuses"]).and_then(Value::as_list);
    let is_looping =
        |status: &&Value| text(status, &["state", "waiting", "reason"], "") == "CrashLoopBackOff";
    statuses
        .unwrap_or_default()
        .iter()
        .filter(is_looping)
        .filter_map(|status| status.get("name")?.as_str())
        .collect()
}
