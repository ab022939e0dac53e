//! Copies of objects that may be shown: secret values are replaced, and whether they changed stays visible.

use weir_model::{Data, Manifest, Map, Value};

/// What stands in the place of a secret value.
pub const HIDDEN: &str = "(hidden)";
/// What stands in the place of a secret value that the change alters.
pub const HIDDEN_CHANGED: &str = "(hidden, changed)";

/// Returns the object with each secret value replaced by [`HIDDEN`].
///
/// Secret are: the `data` and `stringData` of a Secret, copies of a Secret in annotations, and every value that is
/// marked as sensitive wherever it stands.
pub fn hide(manifest: &Manifest) -> Value {
    let mut value = manifest.value().clone();
    mark_secret_fields(manifest, &mut value);
    replace(&mut value);
    value
}

/// Hides both sides of a change. A secret value that differs is [`HIDDEN_CHANGED`] after the change, so that the
/// difference shows while neither value does.
pub fn hide_pair(before: &Manifest, after: &Manifest) -> (Value, Value) {
    let (mut old, mut new) = (before.value().clone(), after.value().clone());
    mark_secret_fields(before, &mut old);
    mark_secret_fields(after, &mut new);
    mark_changes(&old, &mut new);
    replace(&mut old);
    replace(&mut new);
    (old, new)
}

/// Marks the fields that are secret by the object's kind.
fn mark_secret_fields(manifest: &Manifest, value: &mut Value) {
    if manifest.kind() != "Secret" || !manifest.group().is_empty() {
        return;
    }
    let Some(map) = value.as_map_mut() else { return };
    for field in ["data", "stringData"] {
        if let Some(secrets) = map.get_mut(field) {
            mark_leaves(secrets);
        }
    }
    let annotations = map
        .get_mut("metadata")
        .and_then(Value::as_map_mut)
        .and_then(|metadata| metadata.get_mut("annotations"))
        .and_then(Value::as_map_mut);
    // `kubectl apply` keeps a copy of the whole object there.
    if let Some(copy) =
        annotations.and_then(|map| map.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
    {
        copy.sensitive = true;
    }
}

fn mark_leaves(value: &mut Value) {
    match &value.data {
        Data::Map(_) => {
            for (_, entry) in value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
                mark_leaves(entry);
            }
        }
        _ => value.sensitive = true,
    }
}

/// Writes [`HIDDEN_CHANGED`] where a sensitive value of `new` differs from what `old` has in the same place.
fn mark_changes(old: &Value, new: &mut Value) {
    if new.sensitive || (old.sensitive && new.kind() != "map" && new.kind() != "list") {
        let mark = if old == new { HIDDEN } else { HIDDEN_CHANGED };
        new.sensitive = false;
        new.data = Data::String(mark.into());
        return;
    }
    match &old.data {
        Data::Map(old) => {
            for (key, entry) in new.as_map_mut().into_iter().flat_map(Map::iter_mut) {
                if let Some(old) = old.get(key) {
                    mark_changes(old, entry);
                }
            }
        }
        Data::List(old) => {
            for (old, entry) in old.iter().zip(new.as_list_mut().into_iter().flatten()) {
                mark_changes(old, entry);
            }
        }
        _ => {}
    }
}

/// Replaces what is still marked.
fn replace(value: &mut Value) {
    if value.sensitive {
        value.sensitive = false;
        value.data = Data::String(HIDDEN.into());
        return;
    }
    if !holds_sensitive(value) {
        return;
    }
    match &value.data {
        Data::Map(_) => value
            .as_map_mut()
            .into_iter()
            .flat_map(Map::iter_mut)
            .for_each(|(_, entry)| replace(entry)),
        Data::List(_) => value.as_list_mut().into_iter().flatten().for_each(replace),
        _ => {}
    }
}

/// Tells whether anything below is sensitive; what isn't stays shared with the original.
fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::Map(map) => map.iter().any(|(_, entry)| holds_sensitive(entry)),
            Data::List(items) => items.iter().any(holds_sensitive),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(password: &str) -> Manifest {
        let entry = |key: &str, value: Value| (key.into(), value);
        let data: Map = [entry("password", password.into()), entry("user", "admin".into())]
            .into_iter()
            .collect();
        let metadata: Map = [entry("name", "db".into())].into_iter().collect();
        let map: Map = [
            entry("apiVersion", "v1".into()),
            entry("kind", "Secret".into()),
            entry("metadata", metadata.into()),
            entry("data", data.into()),
        ]
        .into_iter()
        .collect();
        Manifest::new(map.into()).unwrap()
    }

    #[test]
    fn a_secret_never_shows_and_its_change_does() {
        let shown = hide(&secret("hunter2"));
        assert_eq!(shown.pointer(&["data", "password"]).unwrap().as_str(), Some(HIDDEN));
        let (old, new) = hide_pair(&secret("hunter2"), &secret("hunter3"));
        assert_eq!(old.pointer(&["data", "password"]).unwrap().as_str(), Some(HIDDEN));
        assert_eq!(new.pointer(&["data", "password"]).unwrap().as_str(), Some(HIDDEN_CHANGED));
        assert_eq!(new.pointer(&["data", "user"]).unwrap().as_str(), Some(HIDDEN));
    }

    #[test]
    fn a_value_that_was_secret_before_stays_hidden_on_both_sides() {
        let plain = |text: &str, sensitive: bool| {
            let mut value = secret("x").into_value();
            let map = value.as_map_mut().unwrap();
            map.insert("kind", "ConfigMap".into());
            let mut entry = Value::from(text);
            entry.sensitive = sensitive;
            map.insert("data", Value::map([("key".into(), entry)].into_iter().collect()));
            Manifest::new(value).unwrap()
        };
        let (old, new) = hide_pair(&plain("a", true), &plain("b", false));
        assert_eq!(old.pointer(&["data", "key"]).unwrap().as_str(), Some(HIDDEN));
        assert_eq!(new.pointer(&["data", "key"]).unwrap().as_str(), Some(HIDDEN_CHANGED));
    }
}
