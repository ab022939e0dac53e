//! Jobs: kstatus calls a running one current, Flux waits for its end.

use weir_model::Value;

use super::fields::{conditions, int, text};
use super::{Health, HealthError, State};

/// Judges a Job as Flux does: current only when it has completed or is suspended, unknown when its conditions cannot be
/// read. Deletion and generations are not looked at.
pub fn compute(object: &Value) -> Health {
    judge(object).unwrap_or_else(|error| {
        Health::plain(State::Unknown, format!("Failed to compute job status: {error}"))
    })
}

pub(super) fn judge(object: &Value) -> Result<Health, HealthError> {
    if object.pointer(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true) {
        return Ok(Health::current("Job is suspended"));
    }
    let counts = Counts::of(object);
    if let Some(ended) = counts.ended(object)? {
        return Ok(ended);
    }
    if !has_started(object) {
        let message = format!("Job not started. active: 0/{}", counts.parallelism);
        return Ok(Health::in_progress("JobNotStarted", message));
    }
    Ok(Health::in_progress("JobInProgress", counts.progress()))
}

/// Judges a Job as kstatus does: current as soon as it has started.
pub(super) fn kstatus(object: &Value, _now: i64) -> Result<Health, HealthError> {
    let counts = Counts::of(object);
    if let Some(ended) = counts.ended(object)? {
        return Ok(ended);
    }
    if !has_started(object) {
        return Ok(Health::in_progress("JobNotStarted", "Job not started"));
    }
    Ok(Health::current(counts.progress()))
}

fn has_started(object: &Value) -> bool {
    !text(object, &["status", "startTime"], "").is_empty()
}

struct Counts {
    parallelism: i64,
    completions: i64,
    active: i64,
    succeeded: i64,
    failed: i64,
}

impl Counts {
    fn of(object: &Value) -> Self {
        let parallelism = int(object, &["spec", "parallelism"], 1);
        Self {
            parallelism,
            completions: int(object, &["spec", "completions"], parallelism),
            active: int(object, &["status", "active"], 0),
            succeeded: int(object, &["status", "succeeded"], 0),
            failed: int(object, &["status", "failed"], 0),
        }
    }

    fn ended(&self, object: &Value) -> Result<Option<Health>, HealthError> {
        let completions = self.completions;
        Ok(conditions(object)?.iter().find_map(|condition| {
            if condition.is("Complete", "True") {
                let message = format!("Job Completed. succeeded: {}/{completions}", self.succeeded);
                return Some(Health::current(message));
            }
            condition.is("Failed", "True").then(|| {
                let message = format!("Job Failed. failed: {}/{completions}", self.failed);
                Health::failed("JobFailed", message)
            })
        }))
    }

    fn progress(&self) -> String {
        let Self { succeeded, active, failed, .. } = self;
        format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}")
    }
}
