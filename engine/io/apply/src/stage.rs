//! One stage of a unit: all its objects are asked about, then written in order, unless one of them is refused.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use weir_io_cluster::{ClusterError, Patch};
use weir_model::{ObjectId, Value};
use weir_plan::PlanObject;
use weir_reconcile::policy::Policy;

use crate::FIELD_MANAGER;
use crate::assess::{Assessment, Coming, Verdict, assess, explain};
use crate::live::{CONCURRENCY, Live, find};
use crate::report::Outcome;
use crate::target::{Place, Target};

/// How long a deleted object is waited for before it is made anew.
const LEAVING: Duration = Duration::from_secs(60);

/// Asks about all objects of a stage at once.
pub(crate) async fn assess_all<'plan>(
    objects: &[&'plan PlanObject],
    target: &Target,
    live: &Live,
    policy: &Policy,
    coming: Option<Coming<'_>>,
) -> Vec<Assessment<'plan>> {
    stream::iter(objects.iter().map(|object| assess(object, target, live, policy, coming)))
        .buffered(CONCURRENCY)
        .collect()
        .await
}

/// Writes the objects of a stage in their order; those of one kind at once. Gives the outcome of each.
///
/// When one was refused nothing is written: the others get no outcome.
pub(crate) async fn write_all(
    assessments: &[Assessment<'_>],
    target: &Target,
) -> Vec<Option<Outcome>> {
    let is_refused = assessments.iter().any(|found| matches!(found.verdict, Verdict::Fail(_)));
    if is_refused {
        return assessments
            .iter()
            .map(|found| match &found.verdict {
                Verdict::Fail(why) => Some(Outcome::Failed(why.clone())),
                Verdict::Unchanged => Some(Outcome::Unchanged),
                Verdict::Skip(skip) => Some(Outcome::Skipped(*skip)),
                _ => None,
            })
            .collect();
    }
    let mut outcomes = Vec::with_capacity(assessments.len());
    for group in assessments.chunk_by(|a, b| a.object.id.kind == b.object.id.kind) {
        let written: Vec<Outcome> = stream::iter(group.iter().map(|found| write(found, target)))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let has_failed = written.iter().any(Outcome::is_failure);
        outcomes.extend(written.into_iter().map(Some));
        if has_failed {
            break;
        }
    }
    outcomes.resize_with(assessments.len(), || None);
    outcomes
}

async fn write(found: &Assessment<'_>, target: &Target) -> Outcome {
    let done = match (&found.verdict, &found.place) {
        (Verdict::Unchanged, _) => Ok(Outcome::Unchanged),
        (Verdict::Skip(skip), _) => Ok(Outcome::Skipped(*skip)),
        (Verdict::Fail(why), _) => Ok(Outcome::Failed(why.clone())),
        (Verdict::Pending(needs), _) => Ok(Outcome::Pending(needs.clone())),
        (_, None) => {
            Ok(Outcome::Failed(format!("{}: its place is not known", found.object.id).into()))
        }
        (Verdict::Create(desired), Some(place)) => {
            send(target, place, desired).await.map(|()| Outcome::Created)
        }
        (Verdict::Configure { desired, takeover }, Some(place)) => {
            configure(target, place, desired, takeover.as_ref()).await.map(|()| Outcome::Configured)
        }
        (Verdict::Recreate(desired), Some(place)) => {
            recreate(target, place, desired, found.live.as_ref()).await
        }
    };
    done.unwrap_or_else(|error| {
        let id = found.place.as_ref().map_or(&found.object.id, |place| &place.id);
        Outcome::Failed(explain(id, &error, found.object.manifest.value()))
    })
}

async fn configure(
    target: &Target,
    place: &Place,
    desired: &Value,
    takeover: Option<&Value>,
) -> Result<(), ClusterError> {
    if let Some(operations) = takeover {
        let query = format!("fieldManager={FIELD_MANAGER}");
        let body = weir_yaml::json::write(operations);
        target.cluster.patch(&place.path, Patch::Json, &query, &body).await?;
    }
    send(target, place, desired).await
}

async fn send(target: &Target, place: &Place, desired: &Value) -> Result<(), ClusterError> {
    let query = format!("fieldManager={FIELD_MANAGER}&force=true");
    let body = weir_yaml::json::write(desired);
    target.cluster.patch(&place.path, Patch::Apply, &query, &body).await.map(|_| ())
}

async fn recreate(
    target: &Target,
    place: &Place,
    desired: &Value,
    live: Option<&Value>,
) -> Result<Outcome, ClusterError> {
    let uid = live.and_then(|live| live.pointer(&["metadata", "uid"])?.as_str());
    match target.cluster.delete(&place.path, uid).await {
        Err(error) if !error.is_not_found() => return Err(error),
        _ => {}
    }
    let until = tokio::time::Instant::now() + LEAVING;
    while find(&target.cluster, &place.path).await?.is_some() {
        if tokio::time::Instant::now() >= until {
            return Ok(Outcome::Failed(still_there(&place.id).into()));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    send(target, place, desired).await.map(|()| Outcome::Recreated)
}

fn still_there(id: &ObjectId) -> String {
    format!("{id}: it was deleted to be made anew, but is still there; a finalizer may hold it")
}
