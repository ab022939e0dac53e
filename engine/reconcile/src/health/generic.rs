//! What holds for objects of any kind: deletion, generations, and the conditions that say it all.

use weir_model::Value;

use super::fields::{conditions, group_and_kind, nested_int, nested_text};
use super::{Health, HealthError, State};

/// Decides before the kind is looked at, when it can: the object is being deleted, its latest generation was not seen, or it
/// says itself that it is reconciling or stalled.
pub(super) fn first(object: &Value) -> Result<Option<Health>, HealthError> {
    if nested_text(object, &["metadata", "deletionTimestamp"])?.is_some_and(|time| !time.is_empty())
    {
        return Ok(Some(Health::plain(State::Terminating, "Resource scheduled for deletion")));
    }
    if let Some(generation) = nested_int(object, &["metadata", "generation"])?
        && let Some(observed) = nested_int(object, &["status", "observedGeneration"])?
        && observed != generation
    {
        let (_, kind) = group_and_kind(object);
        return Ok(Some(Health::in_progress(
            "LatestGenerationNotObserved",
            format!(
                "{kind} generation is {generation}, but latest observed generation is {observed}"
            ),
        )));
    }
    for condition in conditions(object)? {
        if condition.is("Reconciling", "True") {
            return Ok(Some(Health::in_progress(condition.reason, condition.message)));
        }
        if condition.is("Stalled", "True") {
            return Ok(Some(Health::failed(condition.reason, condition.message)));
        }
    }
    Ok(None)
}

/// Decides for a kind without a rule: by its `Ready` condition; without one it is current.
pub(super) fn last(object: &Value) -> Result<Health, HealthError> {
    for condition in conditions(object)? {
        match (condition.kind, condition.status) {
            ("Ready", "True") => return Ok(Health::current("Resource is Ready")),
            ("Ready", "False" | "Unknown") => {
                return Ok(Health::in_progress(condition.reason, condition.message));
            }
            _ => {}
        }
    }
    Ok(Health::current("Resource is current"))
}
