//! What of an object is compared with a recorded one: everything that does not depend on the run.

use weir_model::{Data, Map, Value};

/// Managers whose fields come from the cluster's own controllers, at their own time.
const CONTROLLERS: &[&str] = &["kube-controller-manager", "kube-apiserver"];

/// Returns what is compared of an object.
pub fn normalise(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_map_mut() {
        map.remove("status");
        // A release holds times.
        if map.get("type").and_then(Value::as_str) == Some("helm.sh/release.v1") {
            map.remove("data");
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            for key in
                ["creationTimestamp", "deletionTimestamp", "generation", "resourceVersion", "uid"]
            {
                metadata.remove(key);
            }
            if let Some(managed) = metadata.get_mut("managedFields").and_then(Value::as_list_mut) {
                managed.retain(|entry| {
                    let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
                    text("subresource").is_empty() && !CONTROLLERS.contains(&text("manager"))
                });
                for entry in managed.iter_mut().filter_map(Value::as_map_mut) {
                    entry.remove("time");
                    // Whose it is depends on whether a second has passed between two writes.
                    let labels = entry
                        .get_mut("fieldsV1")
                        .and_then(|fields| fields.as_map_mut()?.get_mut("f:metadata"))
                        .and_then(|metadata| metadata.as_map_mut()?.get_mut("f:labels"));
                    if let Some(labels) = labels.and_then(Value::as_map_mut) {
                        labels.remove("f:modifiedAt");
                    }
                }
                managed.sort_by_key(weir_yaml::json::write);
            }
            if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_map_mut) {
                annotations.remove("deployment.kubernetes.io/revision");
            }
            if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_map_mut) {
                labels.remove("modifiedAt");
            }
            if metadata.get("annotations").and_then(Value::as_map).is_some_and(Map::is_empty) {
                metadata.remove("annotations");
            }
        }
    }
    replace(&mut object);
    object
}

/// Replaces what the server made up: addresses and identities.
fn replace(value: &mut Value) {
    match &value.data {
        Data::String(text) => {
            if let Some(word) = stands_for(text) {
                value.data = Data::String(word.into());
            }
        }
        Data::List(_) => value.as_list_mut().into_iter().flatten().for_each(replace),
        Data::Map(_) => {
            for (key, value) in value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
                if key == "nodePort" {
                    *value = "<nodePort>".into();
                } else {
                    replace(value);
                }
            }
        }
        _ => {}
    }
}

fn stands_for(text: &str) -> Option<&'static str> {
    let is_recorded_uid = text.strip_prefix("uid-").is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_uid = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        });
    let is_address = text.starts_with("10.")
        && text.split('.').count() == 4
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_token = text.strip_prefix("kube-api-access-").is_some_and(|end| end.len() == 5);
    match () {
        () if is_token => Some("<token>"),
        () if is_recorded_uid || is_uid => Some("<uid>"),
        () if is_address => Some("<ip>"),
        () => None,
    }
}
