//! Turning the fields that a manager has by updates into fields that it applies, when a release changes from client-side
//! to server-side apply. Otherwise what leaves the chart would stay, held by the same manager's other entry.

use weir_model::{Data, Map, Value};

/// Returns the JSON patch that folds a manager's updates into its applies; nothing when there are none.
pub(super) fn fold(live: &Value, manager: &str) -> Option<Value> {
    let managed = live.pointer(&["metadata", "managedFields"])?.as_list()?;
    let text = |entry: &Value, key: &str| {
        entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let is_own = |entry: &Value, operation: &str| {
        text(entry, "manager") == manager
            && text(entry, "operation") == operation
            && text(entry, "subresource").is_empty()
    };
    let updates: Vec<&Value> = managed.iter().filter(|entry| is_own(entry, "Update")).collect();
    let first = *updates.first()?;
    let applied = managed.iter().find(|entry| is_own(entry, "Apply"));
    let mut folded = applied.unwrap_or(first).clone();
    if let Some(map) = folded.as_map_mut() {
        map.insert("operation", "Apply".into());
        let fields = map.entry("fieldsV1");
        for update in &updates {
            if let Some(theirs) = update.get("fieldsV1") {
                union(fields, theirs, 0);
            }
        }
    }
    let place = applied.unwrap_or(first);
    let left = managed
        .iter()
        .filter(|entry| std::ptr::eq(*entry, place) || !is_own(entry, "Update"))
        .map(|entry| if std::ptr::eq(entry, place) { folded.clone() } else { entry.clone() });
    let version = live.pointer(&["metadata", "resourceVersion"]).cloned().unwrap_or_default();
    Some(Value::list(vec![
        operation("/metadata/managedFields", Value::list(left.collect())),
        operation("/metadata/resourceVersion", version),
    ]))
}

fn operation(path: &str, value: Value) -> Value {
    Value::map(Map::from_iter([
        ("op".into(), "replace".into()),
        ("path".into(), path.into()),
        ("value".into(), value),
    ]))
}

fn union(into: &mut Value, from: &Value, depth: u32) {
    if depth > 100 {
        return;
    }
    let Data::Map(from) = &from.data else { return };
    if into.as_map().is_none() {
        *into = Value::map(Map::new());
    }
    let Some(map) = into.as_map_mut() else { return };
    for (key, value) in from.iter() {
        match map.get_mut(key) {
            Some(there) => union(there, value, depth + 1),
            None => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    fn folded(entries: &str) -> Option<String> {
        let text = format!("{{metadata: {{resourceVersion: '7', managedFields: [{entries}]}}}}");
        let live = weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        let patch = fold(&live, "helm")?;
        let value = patch.as_list()?.first()?.get("value")?;
        Some(weir_yaml::json::write(value))
    }

    #[test]
    fn updates_become_applies() {
        for (entries, expected) in [
            ("{manager: helm, operation: Apply, fieldsV1: {'f:a': {}}}", None),
            ("{manager: other, operation: Update, fieldsV1: {'f:a': {}}}", None),
            (
                "{manager: helm, operation: Update, subresource: status, fieldsV1: {'f:a': {}}}",
                None,
            ),
            (
                "{manager: helm, operation: Update, fieldsV1: {'f:a': {}}}",
                Some(r#"[{"fieldsV1":{"f:a":{}},"manager":"helm","operation":"Apply"}]"#),
            ),
            (
                "{manager: helm, operation: Update, fieldsV1: {'f:a': {'f:b': {}}}}, {manager: x, operation: Update}, {manager: helm, operation: Apply, fieldsV1: {'f:a': {'f:c': {}}}}",
                Some(
                    r#"[{"manager":"x","operation":"Update"},{"fieldsV1":{"f:a":{"f:b":{},"f:c":{}}},"manager":"helm","operation":"Apply"}]"#,
                ),
            ),
        ] {
            assert_eq!(folded(entries).as_deref(), expected, "{entries}");
        }
    }
}
