//! Whether an object is ready, as kstatus and Flux judge it.
//!
//! [`compute`] looks at one object alone; [`of`] does what the controllers do: a Job is judged by Flux's own rule, and a
//! workload that is in progress is looked at together with its pods. The texts are those that reach statuses and events.
//! Nothing here reads a cluster or a clock: the objects and the time are given.

mod expressions;
mod fields;
mod generic;
mod job;
mod others;
mod pod;
mod selector;
mod surroundings;
mod workloads;

use std::fmt;

use weir_model::Value;

pub use expressions::Expressions;
pub use job::compute as compute_job;
pub use selector::{Selector, SelectorError};
pub use surroundings::{Reading, of};

/// The states of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is on its way.
    InProgress,
    /// It will not become ready by itself.
    Failed,
    /// It is as its manifest wants it.
    Current,
    /// It is being deleted.
    Terminating,
    /// It is not there.
    NotFound,
    /// It could not be judged.
    Unknown,
}

impl State {
    /// Returns kstatus' word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Current => "Current",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was found out about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The state.
    pub state: State,
    /// Why, for people.
    pub message: String,
    /// The reason, in one word; none when the object is in no way abnormal.
    pub reason: Option<String>,
    /// What the object's abnormal condition says; usually the message.
    pub detail: String,
}

impl Health {
    fn current(message: impl Into<String>) -> Self {
        Self::plain(State::Current, message)
    }

    fn plain(state: State, message: impl Into<String>) -> Self {
        Self { state, message: message.into(), reason: None, detail: String::new() }
    }

    fn in_progress(reason: &str, message: impl Into<String>) -> Self {
        Self::abnormal(State::InProgress, reason, message)
    }

    fn failed(reason: &str, message: impl Into<String>) -> Self {
        Self::abnormal(State::Failed, reason, message)
    }

    fn abnormal(state: State, reason: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { state, reason: Some(reason.to_owned()), detail: message.clone(), message }
    }

    /// Returns the type of the object's abnormal condition: `Reconciling`, `Stalled`, or none.
    pub fn condition(&self) -> Option<&'static str> {
        self.reason.as_ref()?;
        Some(if self.state == State::Failed { "Stalled" } else { "Reconciling" })
    }
}

/// Why an object could not be judged: its fields are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthError(pub String);

impl fmt::Display for HealthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HealthError {}

/// A rule for the objects of one kind.
type Rule = fn(&Value, i64) -> Result<Health, HealthError>;

/// The kinds with a rule of their own, by group and kind.
const RULES: &[(&str, &str, Rule)] = &[
    ("", "ConfigMap", others::always),
    ("", "PersistentVolumeClaim", others::volume_claim),
    ("", "Pod", pod::rule),
    ("", "Secret", others::always),
    ("", "Service", others::service),
    ("apiextensions.k8s.io", "CustomResourceDefinition", others::crd),
    ("apps", "DaemonSet", workloads::daemon_set),
    ("apps", "Deployment", workloads::deployment),
    ("apps", "ReplicaSet", workloads::replica_set),
    ("apps", "StatefulSet", workloads::stateful_set),
    ("batch", "CronJob", others::always),
    ("batch", "Job", job::kstatus),
    ("extensions", "DaemonSet", workloads::daemon_set),
    ("extensions", "Deployment", workloads::deployment),
    ("extensions", "ReplicaSet", workloads::replica_set),
    ("policy", "PodDisruptionBudget", others::disruption_budget),
];

/// Judges one object by kstatus' rules. `now` counts seconds since 1970; a pod that nobody schedules has 15 of them.
pub fn compute(object: &Value, now: i64) -> Result<Health, HealthError> {
    if let Some(health) = generic::first(object)? {
        return Ok(health);
    }
    let (group, kind) = fields::group_and_kind(object);
    match RULES.iter().find(|(of, name, _)| (*of, *name) == (group, kind)) {
        Some((.., rule)) => rule(object, now),
        None => generic::last(object),
    }
}

#[cfg(test)]
mod tests;
