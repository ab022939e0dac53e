//! A workload together with what it made: a pod that has failed for good fails its stateful set or replica set, too.

use weir_model::Value;

use super::fields::{group_and_kind, text};
use super::selector::Selector;
use super::{Health, HealthError, State, compute, job, pod};

/// How an object was found.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// What was found out.
    pub health: Result<Health, HealthError>,
    /// How the objects are that it made, in the order of their kinds and names.
    pub generated: Vec<Self>,
}

impl Reading {
    /// Returns the state; unknown when the object could not be judged.
    pub fn state(&self) -> State {
        self.health.as_ref().map_or(State::Unknown, |health| health.state)
    }
}

/// Judges an object as Flux does: Jobs by Flux's rule, stateful sets and replica sets with their pods.
///
/// `around` holds the replica sets and pods of the object's namespace; other objects in it are not looked at. Objects
/// of other kinds do not need it.
pub fn of(object: &Value, around: &[Value], now: i64) -> Reading {
    let (group, kind) = group_and_kind(object);
    let (health, generated) = match (group, kind) {
        ("batch", "Job") => (job::judge(object), Vec::new()),
        ("apps", "Deployment") => match generated(object, ("apps", "ReplicaSet"), around, now) {
            Ok(sets) => (compute(object, now), sets),
            Err(error) => (Err(error), Vec::new()),
        },
        ("apps", "ReplicaSet" | "StatefulSet") => {
            match generated(object, ("", "Pod"), around, now) {
                Ok(pods) => (with_pods(object, &pods, around, now), pods),
                Err(error) => (Err(error), Vec::new()),
            }
        }
        _ => (compute(object, now), Vec::new()),
    };
    Reading {
        kind: kind.to_owned(),
        name: text(object, &["metadata", "name"], "").to_owned(),
        health,
        generated,
    }
}

fn with_pods(
    object: &Value,
    pods: &[Reading],
    around: &[Value],
    now: i64,
) -> Result<Health, HealthError> {
    let health = compute(object, now)?;
    if health.state != State::InProgress {
        return Ok(health);
    }
    let namespace = text(object, &["metadata", "namespace"], "");
    let may_recover = |name: &str| {
        around
            .iter()
            .filter(|pod| {
                group_and_kind(pod) == ("", "Pod")
                    && text(pod, &["metadata", "name"], "") == name
                    && text(pod, &["metadata", "namespace"], "") == namespace
            })
            .any(pod::is_unschedulable)
    };
    let failed =
        pods.iter().filter(|pod| pod.state() == State::Failed && !may_recover(&pod.name)).count();
    Ok(if failed == 0 {
        health
    } else {
        Health::plain(State::Failed, format!("{failed} pods have failed"))
    })
}

/// Finds and judges the objects of a kind that a workload's selector fits.
fn generated(
    object: &Value,
    (group, kind): (&str, &str),
    around: &[Value],
    now: i64,
) -> Result<Vec<Reading>, HealthError> {
    let selector = object
        .pointer(&["spec", "selector"])
        .ok_or_else(|| HealthError("no selector found".to_owned()))?;
    let selector = Selector::read(selector).map_err(|error| HealthError(error.0))?;
    let namespace = text(object, &["metadata", "namespace"], "");
    let mut found: Vec<Reading> = around
        .iter()
        .filter(|other| {
            group_and_kind(other) == (group, kind)
                && text(other, &["metadata", "namespace"], "") == namespace
                && selector.matches(other)
        })
        .map(|other| of(other, around, now))
        .collect();
    found.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    Ok(found)
}
