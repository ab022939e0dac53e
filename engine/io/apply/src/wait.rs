//! Waiting until objects are ready.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, StreamExt};
use weir_model::{ObjectId, Value};
use weir_reconcile::health::{self, Expressions, Reading, State};

use crate::live::{CONCURRENCY, find};
use crate::target::{Place, Target};

/// How often objects are looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// Why waiting ended without all objects being ready: each with its state and what it lacks.
pub(crate) struct Unready {
    pub(crate) objects: Vec<(ObjectId, State, String)>,
    /// Whether one of them has failed, so that waiting longer would not help.
    pub(crate) is_final: bool,
}

impl Unready {
    /// Says it in kustomize-controller's words.
    pub(crate) fn message(&self, waited: Duration) -> String {
        let objects: Vec<String> =
            self.objects.iter().map(|(id, state, _)| format!("{id} status: '{state}'")).collect();
        let list = objects.join(", ");
        if self.is_final {
            format!("health check failed: failed early due to stalled resources: [{list}]")
        } else {
            let seconds = waited.as_secs();
            format!("health check failed after {seconds}s: timeout waiting for: [{list}]")
        }
    }
}

/// Waits until all objects are ready, one has failed, or the time is over.
pub(crate) async fn wait(
    target: &Target,
    places: &[Place],
    expressions: &Expressions,
    limit: Duration,
    mut on_wait: impl FnMut(Vec<(ObjectId, String)>),
) -> Result<(), Unready> {
    let started = tokio::time::Instant::now();
    let mut left: Vec<Place> = places.to_vec();
    loop {
        let readings: Vec<(Place, State, String)> =
            stream::iter(left.into_iter().map(|place| async move {
                let (state, message) = look(target, &place, expressions).await;
                (place, state, message)
            }))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let unready: Vec<(Place, State, String)> =
            readings.into_iter().filter(|(_, state, _)| *state != State::Current).collect();
        if unready.is_empty() {
            return Ok(());
        }
        let is_final = unready.iter().any(|(_, state, _)| *state == State::Failed);
        if is_final || started.elapsed() >= limit {
            let objects = unready
                .into_iter()
                .filter(|(_, state, _)| !is_final || *state == State::Failed)
                .map(|(place, state, message)| (place.id, state, message))
                .collect();
            return Err(Unready { objects, is_final });
        }
        on_wait(
            unready.iter().map(|(place, _, message)| (place.id.clone(), message.clone())).collect(),
        );
        left = unready.into_iter().map(|(place, ..)| place).collect();
        tokio::time::sleep(PAUSE.min(limit.saturating_sub(started.elapsed()))).await;
    }
}

/// Looks at one object; a stateful set or replica set that is in progress, together with its pods.
pub(crate) async fn look(
    target: &Target,
    place: &Place,
    expressions: &Expressions,
) -> (State, String) {
    let object = match find(&target.cluster, &place.path).await {
        Ok(Some(object)) => object,
        Ok(None) => return (State::NotFound, "Resource not found".to_owned()),
        Err(error) => return (State::Unknown, error.to_string()),
    };
    match expressions.judge(&object) {
        Some(Ok(health)) => return (health.state, health.message),
        Some(Err(error)) => return (State::Unknown, error.to_string()),
        None => {}
    }
    let mut reading = health::of(&object, &[], now());
    let has_pods = matches!(place.id.kind.as_str(), "StatefulSet" | "ReplicaSet");
    if has_pods && reading.state() == State::InProgress {
        reading = health::of(&object, &pods(target, place).await, now());
    }
    told(&reading)
}

async fn pods(target: &Target, place: &Place) -> Vec<Value> {
    match target.resources.of("", "v1", "Pod") {
        // Without the pods the object is judged alone.
        Some(pods) => target
            .cluster
            .list(&pods.path(place.id.namespace.as_deref()), "")
            .await
            .unwrap_or_default(),
        None => Vec::new(),
    }
}

fn told(reading: &Reading) -> (State, String) {
    match &reading.health {
        Ok(health) => (health.state, health.message.clone()),
        Err(error) => (State::Unknown, error.to_string()),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().try_into().unwrap_or(i64::MAX)
}
