//! What is told of a Kustomization that was applied, as Kubernetes events.

use weir_golang::time::Duration;
use weir_io_cluster::Cluster;
use weir_model::{Manifest, ObjectId};
use weir_plan::Unit;
use weir_reconcile::events::{Ending, Happened, events};
use weir_reconcile::release::Event;

use crate::FIELD_MANAGER;
use crate::events::write_events;
use crate::report::{Outcome, UnitOutcome, UnitReport};

/// What is told of an apply beside its report.
#[derive(Default)]
pub(crate) struct Telling {
    /// The Flux object that the events are about; without one nothing is told.
    pub(crate) about: Option<Manifest>,
    /// How long objects were waited for until they were ready.
    pub(crate) healthy_after: Option<std::time::Duration>,
    /// Whether objects did not become ready.
    pub(crate) is_unhealthy: bool,
}

/// Writes the events about an apply. Where nothing changed and all is well there are none: applying twice writes nothing.
pub(crate) async fn tell(
    cluster: &Cluster,
    unit: &Unit,
    report: &UnitReport,
    telling: &Telling,
    took: std::time::Duration,
) {
    let Some(about) = &telling.about else { return };
    let is_quiet = report.outcome == UnitOutcome::Done
        && !report.objects.iter().any(|object| object.outcome.is_change());
    if !is_quiet {
        let events = events_of(unit, report, telling, about, took);
        write_events(about, &events, FIELD_MANAGER, cluster).await;
    }
}

fn events_of(
    unit: &Unit,
    report: &UnitReport,
    telling: &Telling,
    about: &Manifest,
    took: std::time::Duration,
) -> Vec<Event> {
    let with = |word: fn(&Outcome) -> Option<&'static str>| -> Vec<(&ObjectId, &'static str)> {
        let objects = report.objects.iter();
        objects.filter_map(|object| Some((&object.id, word(&object.outcome)?))).collect()
    };
    let failures: String = report
        .objects
        .iter()
        .filter(|object| object.outcome.is_failure())
        .map(|object| format!("{}\n", object.outcome.why().trim_end()))
        .collect();
    let why = if failures.is_empty() { report.notes.join("\n") } else { failures };
    let interval = about.spec().and_then(|spec| spec.get("interval")?.as_str());
    let interval = interval.and_then(|text| Duration::parse(text).ok()).unwrap_or_default();
    events(&Happened {
        revision: unit.source.as_ref().map_or("", |source| source.revision.as_str()),
        applied: with(|outcome| match outcome {
            // Flux has no word of its own for what is made anew.
            Outcome::Created | Outcome::Recreated => Some("created"),
            Outcome::Configured => Some("configured"),
            _ => None,
        }),
        pruned: with(|outcome| match outcome {
            Outcome::Deleted | Outcome::Gone => Some("deleted"),
            Outcome::Kept(_) => Some("skipped"),
            _ => None,
        }),
        healthy_after: telling.healthy_after.map(nanos),
        ending: match report.outcome {
            UnitOutcome::Done => Ending::Done { took: nanos(took), interval },
            _ if telling.is_unhealthy => Ending::Unhealthy(&why),
            _ => Ending::Failed(&why),
        },
    })
}

fn nanos(duration: std::time::Duration) -> Duration {
    Duration(duration.as_nanos().try_into().unwrap_or(i64::MAX))
}
