//! Whether an object in the cluster already is what is wanted, told from its record of field owners: then nothing needs to
//! be asked of the API server.
//!
//! Server-side apply changes nothing when the applier owns exactly the fields that it would send, and each has the value
//! that it would send. Both can be read from the live object. What this does not recognise is no harm: it costs a dry run.

use weir_model::{Data, Map, Value};

use crate::takeover::{Managed, entries};

/// The deepest nesting that is looked into.
const DEPTH: u32 = 100;

/// Fields of an object that no manager owns.
const UNOWNED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
];

/// Structures that are sent empty and filled in by the API server: wanting nothing of them changes nothing. Who else changes
/// them from outside becomes an owner beside us, which server-side apply leaves alone.
const FILLED_IN: &[&[&str]] = &[&["spec", "strategy"], &["spec", "updateStrategy"]];

/// Tells whether applying `desired` as `manager` would surely change nothing of `live`.
pub fn is_held(desired: &Value, live: &Value, manager: &str) -> bool {
    let is_leaving = live.pointer(&["metadata", "deletionTimestamp"]).is_some();
    let mut own = entries(live)
        .into_iter()
        .filter(|entry| entry.is_applied_by(manager) && entry.subresource.is_empty());
    let (Some(Managed { fields, api_version, .. }), None, false) =
        (own.next(), own.next(), is_leaving)
    else {
        return false;
    };
    desired.get("apiVersion").and_then(Value::as_str) == Some(api_version)
        && fields
            .as_map()
            .is_some_and(|fields| is_place_held(fields, desired, live, &mut Vec::new()))
}

/// Compares one place: the fields that are owned there, what is wanted, and what is there.
fn is_place_held<'a>(
    fields: &'a Map,
    desired: &'a Value,
    live: &'a Value,
    path: &mut Vec<&'a str>,
) -> bool {
    let owned: Vec<(&str, &Value)> = fields
        .iter()
        .filter(|(key, _)| *key != ".")
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    if owned.is_empty() {
        let is_filled_in = || {
            FILLED_IN.contains(&path.as_slice())
                && desired.as_map().is_some_and(Map::is_empty)
                && live.as_map().is_some()
        };
        return path.is_empty() || is_same(desired, live) || is_filled_in();
    }
    if path.len() as u32 > DEPTH {
        return false;
    }
    match (&desired.data, &live.data) {
        (Data::Map(wanted), Data::Map(there)) => {
            let is_covered = wanted.iter().all(|(key, value)| {
                fields.contains_key(&format!("f:{key}"))
                    || value.is_null()
                    || is_unowned(path, key)
                    || (path.is_empty() && key == "metadata" && has_only_unowned(value))
            });
            is_covered
                && owned.iter().all(|(key, below)| {
                    let Some(key) = key.strip_prefix("f:") else { return false };
                    let (Some(wanted), Some(there), Some(below)) =
                        (wanted.get(key), there.get(key), below.as_map())
                    else {
                        return false;
                    };
                    path.push(key);
                    let is_held = is_place_held(below, wanted, there, path);
                    path.pop();
                    is_held
                })
        }
        (Data::List(wanted), Data::List(there)) => is_list_held(&owned, wanted, there, path),
        _ => false,
    }
}

/// Compares a list whose items are owned one by one: by keys, or as values of a set.
fn is_list_held<'a>(
    owned: &[(&'a str, &'a Value)],
    wanted: &'a [Value],
    there: &'a [Value],
    path: &mut Vec<&'a str>,
) -> bool {
    if owned.len() != wanted.len() {
        return false;
    }
    // The places in both lists, in the order of the owned keys; then both orders must agree.
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(owned.len());
    for (key, below) in owned {
        let (kind, text) = key.split_at(key.len().min(2));
        let Ok(key) = weir_yaml::json::read(text.as_bytes(), weir_model::Source::default()) else {
            return false;
        };
        let found = match kind {
            "k:" => only(wanted, |item| has_keys(item, &key, true))
                .zip(only(there, |item| has_keys(item, &key, false))),
            "v:" => only(wanted, |item| *item == key).zip(only(there, |item| *item == key)),
            _ => None,
        };
        let Some(((wanted_at, wanted), (there_at, there))) = found else { return false };
        if kind == "k:" {
            let Some(below) = below.as_map() else { return false };
            path.push("[]");
            let is_held = is_place_held(below, wanted, there, path);
            path.pop();
            // Keys that the API server filled in are not among the item's own fields.
            if !is_held {
                return false;
            }
        }
        places.push((wanted_at, there_at));
    }
    places.sort_unstable();
    places.windows(2).all(|pair| pair[0].1 < pair[1].1)
}

/// Returns the only item of its kind, with its place.
fn only(items: &[Value], mut fits: impl FnMut(&Value) -> bool) -> Option<(usize, &Value)> {
    let mut found = items.iter().enumerate().filter(|(_, item)| fits(item));
    found.next().filter(|_| found.next().is_none())
}

/// Tells whether an item has the keys' values; `may_lack` lets keys with a default be missing.
fn has_keys(item: &Value, keys: &Value, may_lack: bool) -> bool {
    keys.as_map().is_some_and(|keys| {
        keys.iter().all(|(key, value)| match item.get(key) {
            Some(found) => is_same(found, value),
            None => may_lack,
        })
    })
}

fn is_unowned(path: &[&str], key: &str) -> bool {
    UNOWNED.iter().any(|unowned| {
        unowned.split_last().is_some_and(|(last, parents)| *last == key && parents == path)
    })
}

fn has_only_unowned(metadata: &Value) -> bool {
    metadata.as_map().is_some_and(|map| map.keys().all(|key| is_unowned(&["metadata"], key)))
}

/// Tells whether two values hold the same data; `1` and `1.0` are the same number.
pub fn is_same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|((a_key, a), (b_key, b))| a_key == b_key && is_same(a, b))
        }
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (Data::Float(_), Data::Int(_)) | (Data::Int(_), Data::Float(_)) => a.as_int() == b.as_int(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    fn live(fields: &str, rest: &str) -> Value {
        value(&format!(
            "{{apiVersion: v1, kind: X, metadata: {{name: x, managedFields: [{{manager: m, operation: Apply, apiVersion: v1, fieldsV1: {fields}}}]}}, {rest}}}"
        ))
    }

    #[test]
    fn what_is_owned_and_equal_is_held() {
        let labelled = "metadata: {name: x, labels: {a: b}}";
        for (what, desired, fields, there, expected) in [
            (
                "the same data",
                "data: {a: '1'}",
                "{'f:data': {'f:a': {}}}",
                "data: {a: '1', other: '2'}",
                true,
            ),
            (
                "what the API server fills in",
                "spec: {strategy: {}}",
                "{'f:spec': {'f:strategy': {}}}",
                "spec: {strategy: {type: RollingUpdate}}",
                true,
            ),
            ("another empty map", "data: {}", "{'f:data': {}}", "data: {a: '2'}", false),
            ("another value", "data: {a: '1'}", "{'f:data': {'f:a': {}}}", "data: {a: '2'}", false),
            (
                "a new field",
                "data: {a: '1', b: '1'}",
                "{'f:data': {'f:a': {}}}",
                "data: {a: '1', b: '1'}",
                false,
            ),
            (
                "a field that goes",
                "data: {a: '1'}",
                "{'f:data': {'f:a': {}, 'f:b': {}}}",
                "data: {a: '1', b: '1'}",
                false,
            ),
            (
                "a null",
                "data: {a: '1', b: null}",
                "{'f:data': {'f:a': {}}}",
                "data: {a: '1'}",
                true,
            ),
            ("an empty map", "spec: {s: {}}", "{'f:spec': {'f:s': {}}}", "spec: {s: {}}", true),
            (
                "an empty map with defaults",
                "spec: {s: {}}",
                "{'f:spec': {'f:s': {}}}",
                "spec: {s: {d: 1}}",
                false,
            ),
            (
                "a list by keys",
                "ports: [{port: 1, name: a}, {port: 2}]",
                r#"{'f:ports': {'k:{"port":1,"protocol":"TCP"}': {'.': {}, 'f:name': {}, 'f:port': {}}, 'k:{"port":2,"protocol":"TCP"}': {'.': {}, 'f:port': {}}}}"#,
                "ports: [{port: 1, name: a, protocol: TCP}, {port: 2, protocol: TCP}]",
                true,
            ),
            (
                "a list in another order",
                "ports: [{port: 2}, {port: 1}]",
                r#"{'f:ports': {'k:{"port":1}': {'.': {}, 'f:port': {}}, 'k:{"port":2}': {'.': {}, 'f:port': {}}}}"#,
                "ports: [{port: 1}, {port: 2}]",
                false,
            ),
            (
                "an item that goes",
                "ports: [{port: 1}]",
                r#"{'f:ports': {'k:{"port":1}': {'.': {}, 'f:port': {}}, 'k:{"port":2}': {'.': {}, 'f:port': {}}}}"#,
                "ports: [{port: 1}, {port: 2}]",
                false,
            ),
            ("a set", "s: [a, b]", r#"{'f:s': {'v:"a"': {}, 'v:"b"': {}}}"#, "s: [z, a, b]", true),
            ("a list of its own", "s: [a, b]", "{'f:s': {}}", "s: [a]", false),
        ] {
            let desired =
                value(&format!("{{apiVersion: v1, kind: X, metadata: {{name: x}}, {desired}}}"));
            assert_eq!(is_held(&desired, &live(fields, there), "m"), expected, "{what}");
        }
        let desired = value(&format!("{{apiVersion: v1, kind: X, {labelled}}}"));
        assert!(!is_held(&desired, &live("{'f:metadata': {'f:labels': {'f:a': {}}}}", ""), "m"));
    }

    #[test]
    fn another_owner_or_version_is_not_held() {
        let desired = value("{apiVersion: v1, kind: X, metadata: {name: x}, data: {a: '1'}}");
        let there = live("{'f:data': {'f:a': {}}}", "data: {a: '1'}");
        assert!(is_held(&desired, &there, "m"));
        assert!(!is_held(&desired, &there, "other"));
        let newer = value("{apiVersion: v2, kind: X, metadata: {name: x}, data: {a: '1'}}");
        assert!(!is_held(&newer, &there, "m"));
    }
}
