//! Kubernetes events about Flux objects: for people, and for whoever forwards them.

use weir_golang::time::Time;
use weir_io_cluster::Cluster;
use weir_model::{Manifest, Map, Value};
use weir_reconcile::release::Event;

use crate::helm::now;

/// Writes events in the name of a controller. What cannot be written is left out: an event is no reason for an apply to fail.
pub(crate) async fn write_events(
    about: &Manifest,
    events: &[Event],
    controller: &str,
    cluster: &Cluster,
) {
    let path = format!("/api/v1/namespaces/{}/events", about.namespace().unwrap_or_default());
    let query = format!("fieldManager={controller}");
    for event in events {
        cluster.create(&path, &query, &object(about, event, controller, &now())).await.ok();
    }
}

fn object(about: &Manifest, event: &Event, controller: &str, now: &Time) -> Value {
    let time = Value::string(now.format("2006-01-02T15:04:05Z07:00"));
    let nanos = now.unix_seconds().saturating_mul(1_000_000_000);
    let nanos = nanos.saturating_add(now.nanosecond().into());
    let namespace = about.namespace().unwrap_or_default();
    let annotations = event
        .annotations
        .iter()
        .map(|(key, text)| (key.as_str().into(), Value::from(text.as_str())));
    let metadata = map(&[
        ("name", Value::string(format!("{}.{nanos:x}", about.name()))),
        ("namespace", namespace.into()),
        ("annotations", Value::map(annotations.collect())),
    ]);
    let live =
        |key: &str| about.value().pointer(&["metadata", key]).cloned().unwrap_or_else(|| "".into());
    let involved = map(&[
        ("apiVersion", about.api_version().into()),
        ("kind", about.kind().into()),
        ("name", about.name().into()),
        ("namespace", namespace.into()),
        ("uid", live("uid")),
        ("resourceVersion", live("resourceVersion")),
    ]);
    map(&[
        ("apiVersion", "v1".into()),
        ("kind", "Event".into()),
        ("metadata", metadata),
        ("involvedObject", involved),
        ("type", if event.is_warning { "Warning" } else { "Normal" }.into()),
        ("reason", event.reason.into()),
        ("message", event.message.as_str().into()),
        ("source", map(&[("component", controller.into())])),
        ("reportingComponent", controller.into()),
        ("firstTimestamp", time.clone()),
        ("lastTimestamp", time),
        ("count", Value::from(1_i64)),
    ])
}

fn map(entries: &[(&str, Value)]) -> Value {
    let entries = entries.iter().map(|(key, value)| ((*key).into(), value.clone()));
    Value::map(entries.collect::<Map>())
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn an_event_names_what_it_is_about() {
        let text = "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web, namespace: apps, uid: u}}";
        let value = weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        let about = Manifest::new(value).unwrap();
        let event = Event {
            is_warning: true,
            reason: "UpgradeFailed",
            message: "why".to_owned(),
            annotations: vec![("a/b".to_owned(), "c".to_owned())],
        };
        let written = object(&about, &event, "helm-controller", &Time::unix(16, 1));
        assert_eq!(
            weir_yaml::json::write(&written),
            r#"{"apiVersion":"v1","count":1,"firstTimestamp":"1970-01-01T00:00:16Z","involvedObject":{"apiVersion":"helm.toolkit.fluxcd.io/v2","kind":"HelmRelease","name":"web","namespace":"apps","resourceVersion":"","uid":"u"},"kind":"Event","lastTimestamp":"1970-01-01T00:00:16Z","message":"why","metadata":{"annotations":{"a/b":"c"},"name":"web.3b9aca001","namespace":"apps"},"reason":"UpgradeFailed","reportingComponent":"helm-controller","source":{"component":"helm-controller"},"type":"Warning"}"#
        );
    }
}
