//! What the pods of workloads refer to.

use weir_model::Value;

use super::Reference;
use crate::index::Placed;

/// The kinds that make pods, and the way to the pod's spec.
const WORKLOADS: &[(&str, &str, &[&str])] = &[
    ("", "Pod", &["spec"]),
    ("", "ReplicationController", &["spec", "template", "spec"]),
    ("apps", "DaemonSet", &["spec", "template", "spec"]),
    ("apps", "Deployment", &["spec", "template", "spec"]),
    ("apps", "ReplicaSet", &["spec", "template", "spec"]),
    ("apps", "StatefulSet", &["spec", "template", "spec"]),
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("batch", "Job", &["spec", "template", "spec"]),
];

/// Returns the spec of the pods that an object makes, and the way to it.
pub(crate) fn spec<'a>(placed: &Placed<'a>) -> Option<(&'a Value, &'static [&'static str])> {
    let (.., way) = WORKLOADS.iter().find(|(group, kind, _)| placed.is(group, kind))?;
    Some((placed.value().pointer(way)?, way))
}

/// Collects the references of an object.
pub(super) fn of<'a>(placed: &Placed<'a>, out: &mut Vec<Reference<'a>>) {
    let Some((spec, way)) = spec(placed) else { return };
    let way = way.join(".");
    let mut pod = Pod { placed, out };
    if let Some(account) = spec.get("serviceAccountName") {
        pod.name("ServiceAccount", account, account, None, format!("{way}.serviceAccountName"));
    }
    for (index, volume) in list(spec, "volumes") {
        pod.volume(volume, &format!("{way}.volumes[{index}]"));
    }
    for field in ["initContainers", "containers"] {
        for (index, container) in list(spec, field) {
            pod.container(container, &format!("{way}.{field}[{index}]"));
        }
    }
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    value.get(field).and_then(Value::as_list).unwrap_or(&[]).iter().enumerate()
}

struct Pod<'a, 'out> {
    placed: &'out Placed<'a>,
    out: &'out mut Vec<Reference<'a>>,
}

impl<'a> Pod<'a, '_> {
    /// Notes a reference, unless the holder says that it is optional.
    fn name(
        &mut self,
        kind: &'static str,
        name: &'a Value,
        holder: &'a Value,
        key: Option<&'a str>,
        field: String,
    ) {
        let is_optional = holder.get("optional").and_then(Value::as_bool) == Some(true);
        let Some(text) = name.as_str().filter(|_| !is_optional) else { return };
        self.out.push(Reference {
            group: "",
            kind,
            namespace: self.placed.namespace.unwrap_or_default(),
            name: text,
            key,
            field,
            at: if name.origin.is_known() { name.origin } else { holder.origin },
        });
    }

    fn held(&mut self, kind: &'static str, holder: &'a Value, name: &str, field: &str) {
        let Some(value) = holder.get(name) else { return };
        let mut has_items = false;
        for (index, item) in list(holder, "items") {
            has_items = true;
            let key = item.get("key").and_then(Value::as_str);
            self.name(kind, value, holder, key, format!("{field}.items[{index}].key"));
        }
        if !has_items {
            let key = holder.get("key").and_then(Value::as_str);
            self.name(kind, value, holder, key, format!("{field}.{name}"));
        }
    }

    fn volume(&mut self, volume: &'a Value, field: &str) {
        if let Some(source) = volume.get("configMap") {
            self.held("ConfigMap", source, "name", &format!("{field}.configMap"));
        }
        if let Some(source) = volume.get("secret") {
            self.held("Secret", source, "secretName", &format!("{field}.secret"));
        }
        if let Some(claim) = volume.get("persistentVolumeClaim") {
            let field = format!("{field}.persistentVolumeClaim");
            self.held("PersistentVolumeClaim", claim, "claimName", &field);
        }
        for (index, source) in
            volume.get("projected").into_iter().flat_map(|projected| list(projected, "sources"))
        {
            for (word, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                if let Some(holder) = source.get(word) {
                    let field = format!("{field}.projected.sources[{index}].{word}");
                    self.held(kind, holder, "name", &field);
                }
            }
        }
    }

    fn container(&mut self, container: &'a Value, field: &str) {
        for (index, from) in list(container, "envFrom") {
            for (word, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                if let Some(holder) = from.get(word) {
                    self.held(kind, holder, "name", &format!("{field}.envFrom[{index}].{word}"));
                }
            }
        }
        for (index, variable) in list(container, "env") {
            let Some(from) = variable.get("valueFrom") else { continue };
            for (word, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                if let Some(holder) = from.get(word) {
                    let field = format!("{field}.env[{index}].valueFrom.{word}");
                    self.held(kind, holder, "name", &field);
                }
            }
        }
    }
}
