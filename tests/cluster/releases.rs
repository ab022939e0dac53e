//! What of a HelmRelease's scenario is compared beside its objects: the records that Helm keeps, and the status.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use weir_model::Value;

use crate::api::{Api, documents, text};

/// Keys whose values are times, which no other run gives.
const TIMES: &[&str] = &[
    "completed_at",
    "deleted",
    "first_deployed",
    "firstDeployed",
    "last_deployed",
    "lastDeployed",
    "lastStarted",
    "lastCompleted",
    "lastTransitionTime",
    "started_at",
];

/// What of a status weir has nothing to do with, or depends on the run.
///
/// A chart of weir's knows no times of its files.
const NOT_COMPARED: &[&str] = &[
    "modtime",
    "schemamodtime",
    "helmChart",
    "lastAttemptedGeneration",
    "lastAttemptedReleaseActionDuration",
    "lastHandledReconcileAt",
    "lastHandledForceAt",
    "lastHandledResetAt",
    "observedGeneration",
];

/// Compares Helm's records and the statuses of HelmReleases with what was recorded in a step.
pub fn compare(api: &Api, recorded: &Path, secrets: &[Value], wanted: &[Value]) -> Vec<String> {
    let mut differences = Vec::new();
    for secret in secrets.iter().filter(|it| text(it, &["type"]) == "helm.sh/release.v1") {
        let (namespace, name) =
            (text(secret, &["metadata", "namespace"]), text(secret, &["metadata", "name"]));
        let Some(expected) = record(recorded, &format!("{namespace}__{name}")) else { continue };
        let there = plain(decode(text(secret, &["data", "release"])));
        if let Some(difference) = difference(&plain(expected), &there, "") {
            differences.push(format!("record {name}: {difference}"));
        }
    }
    for wanted in wanted {
        let (namespace, name) =
            (text(wanted, &["metadata", "namespace"]), text(wanted, &["metadata", "name"]));
        let path = api.path_of("helm.toolkit.fluxcd.io", "HelmRelease", namespace, name);
        let there = path.and_then(|path| api.get(&path)).unwrap_or_default();
        let status =
            |object: &Value| plain(json_of(object.get("status").unwrap_or(&Value::null())));
        if is_not_begun(wanted) {
            continue;
        }
        if let Some(difference) = difference(&status(wanted), &status(&there), "") {
            differences.push(format!("status of {name}: {difference}"));
        }
    }
    differences
}

/// Compares the events about HelmReleases of a step with those that were recorded. `seen` holds what earlier steps had.
pub fn compare_events(
    api: &Api,
    recorded: &Path,
    namespace: &str,
    seen: &mut BTreeSet<String>,
) -> Vec<String> {
    let of_release = |reason: &str| {
        ["Install", "Upgrade", "Rollback", "Uninstall", "Test", "Drift", "PendingRelease"]
            .iter()
            .any(|start| reason.starts_with(start))
    };
    let mut there = BTreeSet::new();
    for event in api.list(&format!("/api/v1/namespaces/{namespace}/events")) {
        let about = |key| text(&event, &["involvedObject", key]);
        let is_new = seen.insert(text(&event, &["metadata", "uid"]).to_owned());
        if about("kind") == "HelmRelease" && is_new {
            let annotations = event.pointer(&["metadata", "annotations"]);
            there.insert((told(&event, about("name")), annotations.map(weir_yaml::json::write)));
        }
    }
    let file = fs::read_to_string(recorded.join("events.yaml")).unwrap_or_default();
    let mut wanted = BTreeSet::new();
    for event in documents(&file).iter().filter_map(Value::as_list).flatten() {
        let object = text(event, &["object"]);
        if object.contains(" HelmRelease ") && of_release(text(event, &["reason"])) {
            let name = object.rsplit('/').next().unwrap_or_default();
            // An event that is told again keeps the annotations of the first time.
            let is_first = event.get("count").and_then(Value::as_int) == Some(1);
            let annotations = event.get("annotations").filter(|_| is_first);
            wanted.insert((told(event, name), annotations.map(weir_yaml::json::write)));
        }
    }
    let is_in = |(what, annotations): &(String, Option<String>), others: &BTreeSet<_>| {
        others.iter().any(|(other, theirs): &(String, Option<String>)| {
            what == other && (annotations.is_none() || theirs.is_none() || annotations == theirs)
        })
    };
    let lacks = wanted.iter().filter(|event| !is_in(event, &there));
    let extra = there.iter().filter(|event| !is_in(event, &wanted));
    let lacks = lacks.map(|event| format!("event is missing: {event:?}"));
    lacks.chain(extra.map(|event| format!("event should not be: {event:?}"))).collect()
}

/// What an event says. helm-controller ends what it says of failures with Helm's own logs.
fn told(event: &Value, name: &str) -> String {
    let message = text(event, &["message"]).split("\n\nLast Helm logs").next().unwrap_or_default();
    format!("{} {name} {}: {message}", text(event, &["type"]), text(event, &["reason"]))
}

/// Tells whether helm-controller was still waiting for what a release needs, which it notes in the status. weir says so
/// itself, and leaves a HelmRelease that it does not apply as it is.
fn is_not_begun(object: &Value) -> bool {
    let conditions = object.pointer(&["status", "conditions"]).and_then(Value::as_list);
    conditions
        .unwrap_or_default()
        .iter()
        .any(|it| text(it, &["message"]) == "Fulfilling prerequisites")
}

/// Marks the last revision of a release as pending, as a Helm that was killed leaves it.
pub fn set_pending(api: &Api, namespace: &str, name: &str, status: &str) {
    let path = format!("/api/v1/namespaces/{namespace}/secrets/sh.helm.release.v1.{name}");
    let Some(secret) = api.get(&path) else { return };
    let mut release = decode(text(&secret, &["data", "release"]));
    release["info"]["status"] = json!(status);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, release.to_string().as_bytes()).expect("memory");
    let helm = STANDARD.encode(packed.finish().expect("memory"));
    let patch = json!({
        "metadata": {"labels": {"status": status}},
        "data": {"release": STANDARD.encode(helm)},
    });
    api.merge(&path, &patch.to_string()).expect("the Secret can be patched");
}

/// Returns the record as it was when this step ended: the file lies in the step in which it was written last.
fn record(recorded: &Path, name: &str) -> Option<Json> {
    let folder = recorded.parent()?;
    let step: usize = recorded.file_name()?.to_str()?.strip_prefix("step")?.parse().ok()?;
    (1..=step).rev().find_map(|step| {
        let file = folder.join(format!("step{step}/helm/{name}.release.json"));
        serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
    })
}

fn decode(data: &str) -> Json {
    let helm = STANDARD.decode(data).expect("base64 of Kubernetes");
    let packed = STANDARD.decode(helm).expect("base64 of Helm");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

fn json_of(value: &Value) -> Json {
    serde_json::from_str(&weir_yaml::json::write(value)).expect("JSON")
}

/// Leaves out what another run gives otherwise.
fn plain(mut value: Json) -> Json {
    fn walk(value: &mut Json) {
        match value {
            Json::Object(map) => {
                map.retain(|key, _| !NOT_COMPARED.contains(&key.as_str()));
                for (key, value) in map.iter_mut() {
                    let is_digest = key == "digest" || key == "message" && value.as_str().is_none();
                    if TIMES.contains(&key.as_str()) || is_digest {
                        *value = json!("<of the run>");
                    } else {
                        walk(value);
                    }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

/// Returns the first difference.
fn difference(wanted: &Json, there: &Json, path: &str) -> Option<String> {
    match (wanted, there) {
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeMap<&String, ()> =
                a.keys().chain(b.keys()).map(|key| (key, ())).collect();
            keys.keys().find_map(|key| {
                let null = Json::Null;
                let (a, b) = (a.get(*key), b.get(*key));
                if a.is_none() != b.is_none() {
                    let shown =
                        |it: Option<&Json>| it.map_or("nothing".to_owned(), Json::to_string);
                    return Some(format!("{path}.{key} is {}, not {}", shown(b), shown(a)));
                }
                difference(a.unwrap_or(&null), b.unwrap_or(&null), &format!("{path}.{key}"))
            })
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]"))),
        (a, b) if a == b => None,
        (a, b) => Some(format!("{path} is {b}, not {a}")),
    }
}
