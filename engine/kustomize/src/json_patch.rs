//! JSON patches (RFC 6902) with the reading that kustomize's library has: negative indices, a `replace` that may add,
//! its own errors.

use smol_str::SmolStr;
use weir_model::{Data, Origin, Source, Value};
use weir_yaml::{Node, YamlError};

use crate::budget;

/// How many fields an object may have after a patch: `copy` can double them again and again.
const MAX_PARTS: usize = 1_000_000;

/// A list of operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonPatch {
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operation {
    op: SmolStr,
    path: Option<SmolStr>,
    from: Option<SmolStr>,
    /// Nothing and null are added alike, but tested differently.
    value: Option<Value>,
}

/// Why a patch could not be read or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonPatchError(pub String);

impl JsonPatch {
    /// Tells whether there is no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Says of which file the patch is, and after which of its lines the text begins.
    #[must_use]
    pub fn of_file(mut self, source: Source, lines_before: u32) -> Self {
        for value in self.operations.iter_mut().filter_map(|operation| operation.value.as_mut()) {
            place(value, source, lines_before);
        }
        self
    }
}

fn place(value: &mut Value, source: Source, lines_before: u32) {
    value.origin = Origin::new(source, value.origin.line.saturating_add(lines_before));
    if let Some(items) = value.as_list_mut() {
        items.iter_mut().for_each(|item| place(item, source, lines_before));
    } else if let Some(map) = value.as_map_mut() {
        map.iter_mut().for_each(|(_, value)| place(value, source, lines_before));
    }
}

/// Reads operations from JSON, or from YAML when the text does not begin with `[`.
pub fn parse(text: &str) -> Result<JsonPatch, JsonPatchError> {
    from_value(&read(text).map_err(|error| JsonPatchError(error.to_string()))?)
}

/// Reads a list of operations as a value: JSON, or YAML when the text does not begin with `[`.
pub fn read(text: &str) -> Result<Value, YamlError> {
    let source = Source::default();
    if text.starts_with('[') {
        weir_yaml::json::read(text.as_bytes(), source)
    } else {
        weir_yaml::read_value(text.as_bytes(), source)
    }
}

/// Reads operations from a list that has been read.
pub fn from_value(list: &Value) -> Result<JsonPatch, JsonPatchError> {
    let wrong = |value: &Value, into: &str| {
        let kind = match value.kind() {
            "map" => "object",
            "list" => "array",
            other => other,
        };
        JsonPatchError(format!(
            "json: cannot unmarshal {kind} into Go value of type jsonpatch.{into}"
        ))
    };
    if list.is_null() {
        return Ok(JsonPatch::default());
    }
    let items = list.as_list().ok_or_else(|| wrong(list, "Patch"))?;
    let operations = items.iter().map(|item| {
        if item.as_map().is_none() && !item.is_null() {
            return Err(wrong(item, "Operation"));
        }
        let text = |key| item.get(key).and_then(Value::as_str).map(SmolStr::new);
        Ok(Operation {
            op: text("op").unwrap_or_else(|| "unknown".into()),
            path: text("path"),
            from: text("from"),
            value: item.get("value").cloned(),
        })
    });
    Ok(JsonPatch { operations: operations.collect::<Result<_, _>>()? })
}

/// Applies operations to an object. Its fields are then sorted and its comments gone, as it goes through JSON.
/// After an error the object is as it was.
pub fn apply(object: &mut Node, patch: &JsonPatch) -> Result<(), JsonPatchError> {
    let mut value =
        weir_yaml::to_value(object).map_err(|error| JsonPatchError(error.to_string()))?;
    apply_to_value(&mut value, patch)?;
    if !budget::has_at_most(&value, MAX_PARTS) {
        return Err(JsonPatchError(format!(
            "the patch makes more than {MAX_PARTS} fields of an object"
        )));
    }
    *object = weir_yaml::from_value(&value);
    Ok(())
}

/// Applies operations to a value.
pub fn apply_to_value(value: &mut Value, patch: &JsonPatch) -> Result<(), JsonPatchError> {
    patch.operations.iter().try_for_each(|operation| run(value, operation)).map_err(JsonPatchError)
}

const MISSING: &str = "missing value";
const FAILED: &str = "test failed";

fn run(root: &mut Value, operation: &Operation) -> Result<(), String> {
    let path = |doing: &str| {
        operation.path.clone().ok_or_else(|| match doing {
            "add" | "remove" | "copy" => {
                format!("{doing} operation failed to decode path: {MISSING}")
            }
            _ => format!(
                "{doing} operation failed to decode path: operation missing path field: {MISSING}"
            ),
        })
    };
    let from = |doing: &str| {
        operation.from.clone().ok_or_else(|| {
            format!(
                "{doing} operation failed to decode from: operation, missing from field: {MISSING}"
            )
        })
    };
    let value = || operation.value.clone().unwrap_or_default();
    match operation.op.as_str() {
        "add" => {
            let path = path("add")?;
            let Some((parent, key)) = find(root, &path) else {
                return Err(format!(
                    "add operation does not apply: doc is missing path: \"{path}\": {MISSING}"
                ));
            };
            add(parent, &key, value())
                .map_err(|error| format!("error in add for path: '{path}': {error}"))
        }
        "remove" => {
            let path = path("remove")?;
            let Some((parent, key)) = find(root, &path) else {
                return Err(format!(
                    "remove operation does not apply: doc is missing path: \"{path}\": {MISSING}"
                ));
            };
            remove(parent, &key)
                .map_err(|error| format!("error in remove for path: '{path}': {error}"))
        }
        "replace" => {
            let path = path("replace")?;
            if path.is_empty() {
                let value = value();
                if value.as_map().is_none() && value.as_list().is_none() {
                    return Err(
                        "replace operation value must be object or array: %!w(<nil>)".into()
                    );
                }
                *root = value;
                return Ok(());
            }
            let Some((parent, key)) = find(root, &path) else {
                return Err(format!(
                    "replace operation does not apply: doc is missing path: {path}: {MISSING}"
                ));
            };
            if get(parent, &key).is_err() {
                return Err(format!(
                    "replace operation does not apply: doc is missing key: {path}: {MISSING}"
                ));
            }
            set(parent, &key, value());
            Ok(())
        }
        "move" => {
            let from = from("move")?;
            let Some((parent, key)) = find(root, &from) else {
                return Err(format!(
                    "move operation does not apply: doc is missing from path: {from}: {MISSING}"
                ));
            };
            let moved = get(parent, &key).map(Option::<&Value>::cloned);
            let moved = moved.and_then(|moved| remove(parent, &key).map(|()| moved));
            let moved =
                moved.map_err(|error| format!("error in move for path: '{key}': {error}"))?;
            let path = path("move")?;
            let Some((parent, key)) = find(root, &path) else {
                return Err(format!(
                    "move operation does not apply: doc is missing destination path: {path}: {MISSING}"
                ));
            };
            add(parent, &key, moved.unwrap_or_default())
                .map_err(|error| format!("error in move for path: '{path}': {error}"))
        }
        "copy" => {
            let from = from("copy")?;
            let Some((parent, key)) = find(root, &from) else {
                return Err(format!(
                    "copy operation does not apply: doc is missing from path: {from}: {MISSING}"
                ));
            };
            let copied = get(parent, &key)
                .map_err(|error| format!("error in copy for from: '{from}': {error}"))?;
            let copied = copied.cloned().unwrap_or_default();
            let path = path("copy")?;
            let Some((parent, key)) = find(root, &path) else {
                return Err(format!(
                    "copy operation does not apply: doc is missing destination path: {path}: {MISSING}"
                ));
            };
            add(parent, &key, copied)
                .map_err(|error| format!("error while adding value during copy: {error}"))
        }
        "test" => test(root, operation, &path("test")?),
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn test(root: &mut Value, operation: &Operation, path: &str) -> Result<(), String> {
    let failed = Err(format!("testing value {path} failed: {FAILED}"));
    let wanted = operation.value.as_ref();
    if path.is_empty() {
        return if wanted == Some(root) { Ok(()) } else { failed };
    }
    let Some((parent, key)) = find(root, path) else {
        return Err(format!("test operation does not apply: is missing path: {path}: {MISSING}"));
    };
    let found =
        get(parent, &key).map_err(|error| format!("error in test for path: '{path}': {error}"))?;
    let null = Value::null();
    if found.unwrap_or(&null) == wanted.unwrap_or(&null) { Ok(()) } else { failed }
}

/// Returns the container that a path leads into, and its last part.
fn find<'a>(root: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    // What stands before the first slash is not looked at.
    let (_, path) = path.split_once('/')?;
    let mut parts: Vec<&str> = path.split('/').collect();
    let last = parts.pop()?;
    let mut found = root;
    for part in parts {
        let part = decode(part);
        found = match &found.data {
            Data::Map(_) => found.as_map_mut()?.get_mut(&part)?,
            Data::List(items) => {
                let index = index_in(&part, items.len()).ok()?;
                found.as_list_mut()?.get_mut(index)?
            }
            _ => return None,
        };
    }
    matches!(found.data, Data::Map(_) | Data::List(_)).then(|| (found, decode(last)))
}

fn decode(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('~') {
        out.push_str(&rest[..at]);
        let (made, length) = match rest.as_bytes().get(at + 1) {
            Some(b'1') => ('/', 2),
            Some(b'0') => ('~', 2),
            _ => ('~', 1),
        };
        out.push(made);
        rest = &rest[at + length..];
    }
    out + rest
}

fn get<'a>(parent: &'a Value, key: &str) -> Result<Option<&'a Value>, String> {
    match &parent.data {
        Data::List(items) => Ok(items.get(index_in(key, items.len())?)),
        _ => Ok(parent.get(key)),
    }
}

fn set(parent: &mut Value, key: &str, value: Value) {
    let index = parent.as_list().and_then(|items| index_in(key, items.len()).ok());
    if let Some(item) = index.and_then(|index| parent.as_list_mut()?.get_mut(index)) {
        *item = value;
    } else if let Some(map) = parent.as_map_mut() {
        map.insert(key, value);
    }
}

fn add(parent: &mut Value, key: &str, value: Value) -> Result<(), String> {
    if let Some(map) = parent.as_map_mut() {
        map.insert(key, value);
        return Ok(());
    }
    let Some(items) = parent.as_list_mut() else { return Ok(()) };
    let index = if key == "-" {
        items.len()
    } else {
        index_in(key, items.len() + 1).map_err(|error| match error.strip_prefix("strconv") {
            Some(_) => format!("value was not a proper array index: '{key}': {error}"),
            None => error,
        })?
    };
    items.insert(index, value);
    Ok(())
}

fn remove(parent: &mut Value, key: &str) -> Result<(), String> {
    if let Some(map) = parent.as_map_mut() {
        let removed = map.remove(key);
        return removed
            .map(drop)
            .ok_or_else(|| format!("Unable to remove nonexistent key: {key}: {MISSING}"));
    }
    let Some(items) = parent.as_list_mut() else { return Ok(()) };
    let index = index_in(key, items.len())?;
    items.remove(index);
    Ok(())
}

/// Reads an index below `count`; a negative one counts from the end.
fn index_in(key: &str, count: usize) -> Result<usize, String> {
    let index: i64 =
        key.parse().map_err(|_| format!("strconv.Atoi: parsing {key:?}: invalid syntax"))?;
    let length = i64::try_from(count).unwrap_or(i64::MAX);
    let at = if index < 0 { index + length } else { index };
    if (0..length).contains(&at) {
        usize::try_from(at).map_err(|error| error.to_string())
    } else {
        Err(format!("Unable to access invalid index: {index}: invalid index referenced"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Map;

    fn map(entries: Vec<(&str, Value)>) -> Value {
        Value::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>())
    }

    fn document() -> Value {
        let list = Value::list(vec!["x".into(), "y".into()]);
        map(vec![("a", map(vec![("b/c", "d".into())])), ("list", list)])
    }

    fn after(op: &str, path: &str, value: Option<Value>) -> String {
        let mut entries = vec![("op", op.into()), ("path", path.into())];
        entries.extend(value.map(|value| ("value", value)));
        let patch = from_value(&Value::list(vec![map(entries)])).unwrap();
        let mut value = document();
        match apply_to_value(&mut value, &patch) {
            Ok(()) => format!("{value:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn operations_do_as_the_library() {
        for (op, path, value, expected) in [
            ("add", "/list/-", Some("z".into()), r#"{"a": {"b/c": "d"}, "list": ["x", "y", "z"]}"#),
            (
                "add",
                "/list/-1",
                Some("z".into()),
                r#"{"a": {"b/c": "d"}, "list": ["x", "y", "z"]}"#,
            ),
            ("replace", "/list/-1", Some("z".into()), r#"{"a": {"b/c": "d"}, "list": ["x", "z"]}"#),
            (
                "replace",
                "/new",
                Some("z".into()),
                r#"{"a": {"b/c": "d"}, "list": ["x", "y"], "new": "z"}"#,
            ),
            ("remove", "/a/b~1c", None, r#"{"a": {}, "list": ["x", "y"]}"#),
            (
                "remove",
                "/a/x",
                None,
                "error in remove for path: '/a/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                "add",
                "/x/y",
                None,
                "add operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            ("test", "/a/b~1c", Some("e".into()), "testing value /a/b~1c failed: test failed"),
            (
                "add",
                "/list/4",
                None,
                "error in add for path: '/list/4': Unable to access invalid index: 4: invalid index referenced",
            ),
            ("jump", "/a", None, "Unexpected kind: jump"),
        ] {
            assert_eq!(after(op, path, value), expected, "{op} {path}");
        }
    }
}
