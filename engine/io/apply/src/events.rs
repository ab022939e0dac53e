//! Kubernetes events about a Kustomization that was applied.

use weir_golang::time::{Duration, RFC3339_NANO, Time};
use weir_io_cluster::Cluster;
use weir_model::{Manifest, Map, ObjectId, Value};
use weir_plan::Unit;
use weir_reconcile::events::{Ending, Happened, events};
use weir_reconcile::release::Event;

use crate::FIELD_MANAGER;
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

/// Posts the events about an apply. Where nothing changed and all is well there are none: applying twice writes nothing.
///
/// Who may not post events applies all the same.
pub(crate) async fn post(
    cluster: &Cluster,
    unit: &Unit,
    report: &UnitReport,
    telling: &Telling,
    took: std::time::Duration,
    now: &Time,
) {
    let Some(about) = &telling.about else { return };
    let is_quiet = report.outcome == UnitOutcome::Done
        && !report.objects.iter().any(|object| object.outcome.is_change());
    if is_quiet {
        return;
    }
    let path = format!("/api/v1/namespaces/{}/events", unit.id.namespace);
    for (number, event) in events_of(unit, report, telling, about, took).iter().enumerate() {
        let object = object(event, about, &unit.id.namespace, now, number);
        let query = format!("fieldManager={FIELD_MANAGER}");
        cluster.create(&path, &query, &object).await.ok();
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

/// Makes the object, as client-go's recorder does.
fn object(event: &Event, about: &Manifest, namespace: &str, now: &Time, number: usize) -> Value {
    let text = |path: &[&str]| about.value().pointer(path).cloned().unwrap_or_default();
    let seconds = now.format("2006-01-02T15:04:05Z07:00");
    let nanos = now.format(RFC3339_NANO);
    let unique = weir_model::Digest::of(format!("{nanos} {number}").as_bytes()).to_string();
    let unique: String = unique.chars().rev().take(16).collect();
    let map = |entries: Vec<(&str, Value)>| {
        Value::map(Map::from_iter(entries.into_iter().map(|(key, value)| (key.into(), value))))
    };
    let annotations = event.annotations.iter();
    let annotations =
        annotations.map(|(key, value)| (key.as_str(), Value::from(value.as_str()))).collect();
    map(vec![
        ("apiVersion", "v1".into()),
        ("kind", "Event".into()),
        (
            "metadata",
            map(vec![
                ("name", format!("{}.{unique}", about.name()).as_str().into()),
                ("namespace", namespace.into()),
                ("annotations", map(annotations)),
            ]),
        ),
        (
            "involvedObject",
            map(vec![
                ("apiVersion", text(&["apiVersion"])),
                ("kind", text(&["kind"])),
                ("name", text(&["metadata", "name"])),
                ("namespace", text(&["metadata", "namespace"])),
                ("resourceVersion", text(&["metadata", "resourceVersion"])),
                ("uid", text(&["metadata", "uid"])),
            ]),
        ),
        ("type", if event.is_warning { "Warning" } else { "Normal" }.into()),
        ("reason", event.reason.into()),
        ("message", event.message.as_str().into()),
        ("source", map(vec![("component", FIELD_MANAGER.into())])),
        ("reportingComponent", FIELD_MANAGER.into()),
        ("reportingInstance", "weir".into()),
        ("firstTimestamp", seconds.as_str().into()),
        ("lastTimestamp", seconds.as_str().into()),
        ("count", Value::from(1_i64)),
    ])
}
