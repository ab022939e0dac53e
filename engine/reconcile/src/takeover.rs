//! Taking over the fields that kubectl owns, so that what is not in Git any more goes.

use weir_model::{Map, Value};

/// One entry of `metadata.managedFields`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Managed<'a> {
    pub(crate) manager: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) api_version: &'a str,
    pub(crate) fields: &'a Value,
    pub(crate) whole: &'a Value,
}

impl Managed<'_> {
    pub(crate) fn is_applied_by(&self, manager: &str) -> bool {
        self.manager == manager && self.operation == "Apply"
    }
}

/// Reads `metadata.managedFields`.
pub(crate) fn entries(object: &Value) -> Vec<Managed<'_>> {
    static NONE: std::sync::LazyLock<Value> = std::sync::LazyLock::new(Value::null);
    let list = object.pointer(&["metadata", "managedFields"]).and_then(Value::as_list);
    list.unwrap_or_default()
        .iter()
        .map(|entry| {
            let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            Managed {
                manager: text("manager"),
                operation: text("operation"),
                subresource: text("subresource"),
                api_version: text("apiVersion"),
                fields: entry.get("fieldsV1").unwrap_or(&NONE),
                whole: entry,
            }
        })
        .collect()
}

/// Managers whose fields are taken over: how their names begin, and what they did.
const TAKEN: &[(&str, &str)] =
    &[("kubectl", "Apply"), ("kubectl", "Update"), ("before-first-apply", "Update")];

/// Annotations that earlier tools left.
const ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];

/// Labels that earlier tools left.
const LABELS: &[&str] = &["fluxcd.io/sync-gc-mark"];

/// Returns the JSON patch that makes `manager` the owner of what kubectl, and `manager` itself before server-side apply,
/// own of an object; nothing when there is nothing to take over.
pub fn takeover(live: &Value, manager: &str) -> Option<Value> {
    let mut operations = Vec::new();
    for (place, keys) in [("annotations", ANNOTATIONS), ("labels", LABELS)] {
        let entries = live.pointer(&["metadata", place]);
        for key in keys.iter().filter(|key| entries.is_some_and(|map| map.get(key).is_some())) {
            let path = format!("/metadata/{place}/{}", key.replace('/', "~1"));
            operations.push(operation("remove", &path, None));
        }
    }
    if let Some(fields) = merged(live, manager) {
        operations.push(operation("replace", "/metadata/managedFields", Some(fields)));
    }
    (!operations.is_empty()).then(|| Value::list(operations))
}

fn operation(name: &str, path: &str, value: Option<Value>) -> Value {
    let mut map = Map::from_iter([("op".into(), name.into()), ("path".into(), path.into())]);
    if let Some(value) = value {
        map.insert("value", value);
    }
    Value::map(map)
}

/// Returns the managed fields with those that are taken over in the manager's own entry, which comes last.
fn merged(live: &Value, manager: &str) -> Option<Value> {
    let entries = entries(live);
    let is_taken = |entry: &Managed<'_>| {
        entry.subresource.is_empty()
            && (TAKEN.iter().any(|(prefix, operation)| {
                entry.manager.starts_with(prefix) && entry.operation == *operation
            }) || (entry.manager == manager && entry.operation == "Update"))
    };
    let is_own = |entry: &Managed<'_>| entry.is_applied_by(manager) && entry.subresource.is_empty();
    let first_taken = entries.iter().find(|entry| is_taken(entry))?;
    let mut own = entries.iter().find(|entry| is_own(entry)).unwrap_or(first_taken).whole.clone();
    let mut kept = Vec::with_capacity(entries.len());
    let mut fields = own.get("fieldsV1").cloned().unwrap_or_default();
    for entry in &entries {
        if is_taken(entry) {
            unite(&mut fields, entry.fields, 0);
        } else if !is_own(entry) {
            kept.push(entry.whole.clone());
        }
    }
    if let Some(map) = own.as_map_mut() {
        map.insert("manager", manager.into());
        map.insert("operation", "Apply".into());
        map.insert("fieldsV1", fields);
    }
    kept.push(own);
    Some(Value::list(kept))
}

/// How deep sets of fields are united; what lies deeper stays with its owner.
const DEPTH: u32 = 100;

/// Adds the fields of one set to another. An empty map is the field itself, which `.` stands for beside its fields.
fn unite(into: &mut Value, other: &Value, depth: u32) {
    let Some(other) = other.as_map().filter(|_| depth < DEPTH) else { return };
    let Some(map) = into.as_map_mut() else {
        *into = Value::map(other.clone());
        return;
    };
    if map.is_empty() && !other.is_empty() && depth > 0 {
        map.insert(".", Value::map(Map::new()));
    }
    if other.is_empty() && !map.is_empty() {
        map.insert(".", Value::map(Map::new()));
    }
    for (key, below) in other.iter() {
        match map.get_mut(key) {
            Some(there) => unite(there, below, depth + 1),
            None => {
                map.insert(key.clone(), below.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    #[test]
    fn fields_of_kubectl_become_ours() {
        for (what, managed, expected) in [
            ("nothing to do", "[{manager: m, operation: Apply, fieldsV1: {'f:a': {}}}]", None),
            ("another's", "[{manager: helm, operation: Update, fieldsV1: {'f:a': {}}}]", None),
            (
                "renamed",
                "[{manager: kubectl-edit, operation: Update, fieldsV1: {'f:a': {}}}, {manager: other, operation: Apply}]",
                Some(
                    r#"[{"manager":"other","operation":"Apply"},{"fieldsV1":{"f:a":{}},"manager":"m","operation":"Apply"}]"#,
                ),
            ),
            (
                "united",
                "[{manager: kubectl, operation: Update, fieldsV1: {'f:a': {'.': {}, 'f:b': {}}, 'f:c': {'f:d': {}}}}, {manager: m, operation: Apply, fieldsV1: {'f:a': {}, 'f:c': {'f:e': {}}}}]",
                Some(
                    r#"[{"fieldsV1":{"f:a":{".":{},"f:b":{}},"f:c":{"f:d":{},"f:e":{}}},"manager":"m","operation":"Apply"}]"#,
                ),
            ),
            ("a status", "[{manager: kubectl, operation: Update, subresource: status}]", None),
        ] {
            let live = value(&format!("{{metadata: {{managedFields: {managed}}}}}"));
            let patch = takeover(&live, "m");
            let fields = patch.as_ref().and_then(|patch| patch.as_list()?.first()?.get("value"));
            assert_eq!(fields.map(weir_yaml::json::write).as_deref(), expected, "{what}");
        }
    }

    #[test]
    fn annotations_of_earlier_tools_go() {
        let live = value(
            "{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: x}}}",
        );
        assert_eq!(
            takeover(&live, "m").as_ref().map(weir_yaml::json::write).as_deref(),
            Some(
                r#"[{"op":"remove","path":"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"}]"#
            )
        );
    }
}
