//! What of a HelmRelease's scenario is compared beside its objects: the records that Helm keeps, and the status.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use weir_model::Value;

use crate::api::{Api, text};

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
