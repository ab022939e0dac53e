//! The set `kstatus`: whether objects are ready.

use serde_json::{Value, json};
use weir_model::{Source, Value as Object};
use weir_reconcile::health::{self, Health, Reading};

/// Half-way between the two times at which the set's pods were made.
const NOW: i64 = 1_800_000_000;

/// Kinds that the set's cluster knows.
const KNOWN: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "PersistentVolumeClaim"),
    ("", "Namespace"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("demo.example.org", "Widget"),
];

/// Answers one vector of mode `compute`, `job` or `read`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let health = match vector["mode"].as_str() {
        Some("read") => return read(vector),
        Some("job") => Ok(health::compute_job(&object(&vector["object"])?)),
        _ => health::compute(&object(&vector["object"])?, NOW),
    };
    health.map(|health| whole(&health)).map_err(|error| error.0)
}

fn object(value: &Value) -> Result<Object, String> {
    weir_yaml::read_value_exact(value.to_string().as_bytes(), Source::default())
        .map_err(|error| error.to_string())
}

fn whole(health: &Health) -> Value {
    let condition = health.condition().map(|kind| {
        json!({
            "type": kind,
            "status": "True",
            "reason": health.reason,
            "message": health.detail,
        })
    });
    json!({
        "status": health.state.as_str(),
        "message": health.message,
        "conditions": Vec::from_iter(condition),
    })
}

fn read(vector: &Value) -> Result<Value, String> {
    let text = |name: &str| vector["ref"][name].as_str().unwrap_or_default();
    let answer = |status: &str, message: &str| json!({ "kind": text("kind"), "name": text("name"), "status": status, "message": message });
    if !KNOWN.contains(&(text("group"), text("kind"))) {
        let mut unknown = answer("Unknown", "");
        unknown["error"] = true.into();
        return Ok(unknown);
    }
    let cluster: Vec<Object> =
        vector["cluster"].as_array().into_iter().flatten().map(object).collect::<Result<_, _>>()?;
    let is_meant = |object: &&Object| {
        let part =
            |keys: &[&str]| object.pointer(keys).and_then(Object::as_str).unwrap_or_default();
        let group = part(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group);
        (group, part(&["kind"])) == (text("group"), text("kind"))
            && part(&["metadata", "namespace"]) == text("namespace")
            && part(&["metadata", "name"]) == text("name")
    };
    Ok(match cluster.iter().find(is_meant) {
        Some(object) => reading(&health::of(object, &cluster, NOW)),
        None => answer("NotFound", "Resource not found"),
    })
}

fn reading(reading: &Reading) -> Value {
    let message = reading.health.as_ref().map_or("", |health| &health.message);
    let mut answer = json!({
        "kind": reading.kind,
        "name": reading.name,
        "status": reading.state().as_str(),
        "message": message,
    });
    if reading.health.is_err() {
        answer["error"] = true.into();
    }
    if !reading.generated.is_empty() {
        answer["generated"] = reading.generated.iter().map(self::reading).collect();
    }
    answer
}
