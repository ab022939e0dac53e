//! What Flux does to an object before it is sent: the status goes, and what older API servers get wrong is written out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use weir_model::{Data, Manifest, Map, Value};

/// Where the containers of the kinds with pods are.
const PODS: &[(&str, &str, &[&str])] = &[
    ("", "Pod", &["spec"]),
    ("apps", "DaemonSet", &["spec", "template", "spec"]),
    ("apps", "Deployment", &["spec", "template", "spec"]),
    ("apps", "ReplicaSet", &["spec", "template", "spec"]),
    ("apps", "StatefulSet", &["spec", "template", "spec"]),
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("batch", "Job", &["spec", "template", "spec"]),
];

/// Fields that the API's own types always write, empty or not, so that Flux owns them; by group, kind and path.
const ALWAYS_WRITTEN: &[(&str, &str, &[&str])] = &[
    ("", "LimitRange", &["spec"]),
    ("", "Namespace", &["spec"]),
    ("", "PersistentVolumeClaim", &["spec", "resources"]),
    ("", "ResourceQuota", &["spec"]),
    ("apps", "DaemonSet", &["spec", "updateStrategy"]),
    ("apps", "Deployment", &["spec", "strategy"]),
    ("apps", "StatefulSet", &["spec", "updateStrategy"]),
];

/// Returns the object as it is sent: without status (but for definitions) and creation time, secrets with encoded data,
/// ports with their protocol, and with the empty fields that Flux would own.
pub fn normalize(manifest: &Manifest) -> Value {
    let (group, kind) = (manifest.group(), manifest.kind());
    let mut object = manifest.value().clone();
    if let Some(map) = object.as_map_mut() {
        if (group, kind) != ("apiextensions.k8s.io", "CustomResourceDefinition") {
            map.remove("status");
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.remove("creationTimestamp");
        }
    }
    if (group, kind) == ("", "Secret") {
        encode_secret(&mut object);
    }
    if (group, kind) == ("", "Service") {
        for port in items(&mut object, &["spec"], "ports") {
            default(port, "protocol", || "TCP".into());
            // Flux writes 0 here, which the API server takes for this.
            let number = port.get("port").cloned().unwrap_or_default();
            default(port, "targetPort", || number);
        }
    }
    for (.., path) in PODS.iter().filter(|(of, name, _)| (*of, *name) == (group, kind)) {
        pod(&mut object, path);
    }
    for (.., path) in ALWAYS_WRITTEN.iter().filter(|(of, name, _)| (*of, *name) == (group, kind)) {
        if let Some((last, parents)) = path.split_last()
            && let Some(parent) = place(&mut object, parents)
        {
            default(parent, last, || Value::map(Map::new()));
        }
    }
    object
}

fn pod(object: &mut Value, path: &[&str]) {
    for (at, _) in path.iter().enumerate().filter(|(_, step)| step.ends_with("emplate")) {
        if let Some(template) = place(object, path.get(..=at).unwrap_or_default()) {
            default(template, "metadata", || Value::map(Map::new()));
        }
    }
    for list in ["containers", "initContainers"] {
        for container in items(object, path, list) {
            default(container, "resources", || Value::map(Map::new()));
            if list == "containers" {
                for port in items(container, &[], "ports") {
                    default(port, "protocol", || "TCP".into());
                }
            }
        }
    }
}

/// Moves `stringData` into `data`, where the API server stores it.
fn encode_secret(object: &mut Value) {
    let Some(map) = object.as_map_mut() else { return };
    let Some(texts) = map.remove("stringData") else { return };
    let Data::Map(texts) = texts.data else { return };
    let data = map.entry("data");
    if data.as_map().is_none() {
        *data = Value::map(Map::new());
    }
    let Some(data) = data.as_map_mut() else { return };
    for (key, value) in texts.iter() {
        let Some(text) = value.as_str() else { continue };
        let mut encoded = Value::string(STANDARD.encode(text)).at(value.origin);
        encoded.sensitive = true;
        data.insert(key.clone(), encoded);
    }
}

/// Follows keys to a map.
fn place<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(object, |value, key| value.as_map_mut()?.get_mut(key))
}

/// Returns the items of a list that may be missing.
fn items<'a>(object: &'a mut Value, path: &[&str], list: &str) -> &'a mut [Value] {
    place(object, path)
        .and_then(|parent| parent.as_map_mut()?.get_mut(list)?.as_list_mut())
        .map_or(&mut [], Vec::as_mut_slice)
}

/// Sets a field of a map that has none, or null.
fn default(object: &mut Value, key: &str, value: impl FnOnce() -> Value) {
    if let Some(map) = object.as_map_mut()
        && map.get(key).is_none_or(Value::is_null)
    {
        map.insert(key, value());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::manifest;

    #[test]
    fn objects_are_sent_as_flux_sends_them() {
        for (object, expected) in [
            (
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, creationTimestamp: null}, status: {a: 1}}",
                r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#,
            ),
            (
                "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: eA==, b: eQ==}, stringData: {b: z}}",
                r#"{"apiVersion":"v1","data":{"a":"eA==","b":"eg=="},"kind":"Secret","metadata":{"name":"s"}}"#,
            ),
            (
                "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 1}, {port: 2, protocol: UDP, targetPort: web}]}}",
                r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":1,"protocol":"TCP","targetPort":1},{"port":2,"protocol":"UDP","targetPort":"web"}]}}"#,
            ),
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 1}]}]}}}}",
                r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"name":"c","ports":[{"containerPort":1,"protocol":"TCP"}],"resources":{}}]}}}}"#,
            ),
        ] {
            assert_eq!(weir_yaml::json::write(&normalize(&manifest(object))), expected);
        }
    }
}
