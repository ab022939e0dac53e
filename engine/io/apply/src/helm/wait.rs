//! Waiting for the objects of a release: until they are ready, until hooks are through, until objects are gone.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use weir_model::{ObjectId, Value};
use weir_reconcile::health::{Expressions, State};

use super::objects::Item;
use crate::live::{CONCURRENCY, find};
use crate::target::Target;
use crate::wait::look;

/// How often objects are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// All objects are ready; jobs when they have begun.
    Ready,
    /// All objects are ready, and jobs are complete.
    ReadyWithJobs,
    /// Jobs and pods have ended well; everything else is ready as it is.
    HooksDone,
}

/// Waits for objects. The error, when one has failed or the time is over, is helm-controller's.
pub(super) async fn wait(
    items: &[Item],
    until: Until,
    target: &Target,
    expressions: &Expressions,
    limit: Duration,
    on_wait: &mut dyn FnMut(Vec<(ObjectId, String)>),
) -> Result<(), String> {
    let started = tokio::time::Instant::now();
    let mut left: Vec<&Item> = items.iter().filter(|item| !is_paused(&item.value)).collect();
    loop {
        let looked: Vec<(&Item, State, String)> =
            stream::iter(left.into_iter().map(|item| async move {
                let (state, lacks) = state(item, until, target, expressions).await;
                (item, state, lacks)
            }))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let unready: Vec<(&Item, State, String)> =
            looked.into_iter().filter(|(_, state, _)| *state != State::Current).collect();
        if unready.is_empty() {
            return Ok(());
        }
        let told = |of: &dyn Fn(State) -> bool| {
            let objects = unready.iter().filter(|(_, state, _)| of(*state));
            let objects: Vec<String> = objects
                .map(|(item, state, _)| format!("{} status: '{state}'", item.place.id))
                .collect();
            objects.join(", ")
        };
        if unready.iter().any(|(_, state, _)| *state == State::Failed) {
            let list = told(&|state| state == State::Failed);
            return Err(format!("failed early due to stalled resources: [{list}]"));
        }
        if started.elapsed() >= limit {
            return Err(format!("timeout waiting for: [{}]", told(&|_| true)));
        }
        let lacks = unready.iter().map(|(item, _, lacks)| (item.place.id.clone(), lacks.clone()));
        on_wait(lacks.collect());
        left = unready.into_iter().map(|(item, ..)| item).collect();
        tokio::time::sleep(PAUSE.min(limit.saturating_sub(started.elapsed()))).await;
    }
}

/// Waits until objects are gone. The error names those that are still there.
pub(super) async fn wait_until_gone(
    items: &[Item],
    target: &Target,
    limit: Duration,
) -> Result<(), String> {
    let until = tokio::time::Instant::now() + limit;
    for item in items {
        while let Ok(Some(_)) = find(&target.cluster, &item.place.path).await {
            if tokio::time::Instant::now() >= until {
                return Err(format!("timeout waiting for {} to be deleted", item.place.id));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

fn is_paused(object: &Value) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Deployment")
        && object.pointer(&["spec", "paused"]).and_then(Value::as_bool) == Some(true)
}

async fn state(
    item: &Item,
    until: Until,
    target: &Target,
    expressions: &Expressions,
) -> (State, String) {
    let id = &item.place.id;
    let is_kind = |group: &str, kind: &str| id.group == group && id.kind == kind;
    match until {
        Until::HooksDone if is_kind("", "Pod") => ended(item, target).await,
        Until::HooksDone if !is_kind("batch", "Job") => (State::Current, String::new()),
        Until::Ready if is_kind("batch", "Job") => begun(item, target).await,
        Until::Ready | Until::ReadyWithJobs | Until::HooksDone => {
            look(target, &item.place, expressions).await
        }
    }
}

async fn ended(item: &Item, target: &Target) -> (State, String) {
    let live = find(&target.cluster, &item.place.path).await.ok().flatten();
    let phase = live.as_ref().and_then(|pod| pod.pointer(&["status", "phase"])?.as_str());
    match phase {
        Some("Succeeded") => (State::Current, String::new()),
        Some("Failed") => (State::Failed, "the pod failed".to_owned()),
        Some(_) => (State::InProgress, "the pod runs".to_owned()),
        None => (State::InProgress, "the pod has not begun".to_owned()),
    }
}

async fn begun(item: &Item, target: &Target) -> (State, String) {
    let live = find(&target.cluster, &item.place.path).await.ok().flatten();
    match live.as_ref().and_then(|job| job.pointer(&["status", "startTime"])) {
        Some(_) => (State::Current, String::new()),
        None => (State::InProgress, "the job has not begun".to_owned()),
    }
}
