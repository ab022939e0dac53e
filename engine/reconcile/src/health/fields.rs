//! Fields as Go's unstructured objects give them out: what is of the wrong type is an error in some places and absent in
//! others.

use weir_model::{Data, Value};

use super::HealthError;

/// A condition of a status.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

impl Condition<'_> {
    pub(super) fn is(&self, kind: &str, status: &str) -> bool {
        self.kind == kind && self.status == status
    }
}

/// Returns the group of `apiVersion`, and `kind`.
pub(super) fn group_and_kind(object: &Value) -> (&str, &str) {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group), text("kind"))
}

/// Follows keys; a value on the way that is no map is an error.
pub(super) fn nested<'a>(
    object: &'a Value,
    path: &[&str],
) -> Result<Option<&'a Value>, HealthError> {
    let mut place = object;
    for key in path {
        place = match &place.data {
            Data::Null => return Ok(None),
            Data::Map(map) => match map.get(key) {
                Some(next) => next,
                None => return Ok(None),
            },
            _ => return Err(wrong(path, place, "map[string]interface{}")),
        };
    }
    Ok(Some(place))
}

/// Returns the text of a field; any other value there is an error.
pub(super) fn nested_text<'a>(
    object: &'a Value,
    path: &[&str],
) -> Result<Option<&'a str>, HealthError> {
    let field = nested(object, path).map_err(|error| looking_up(path, &error))?;
    let text = |value: &'a Value| {
        value.as_str().ok_or_else(|| looking_up(path, &wrong(path, value, "string")))
    };
    field.map(text).transpose()
}

/// Returns the whole number of a field; any other value there, also `2.0`, is an error.
pub(super) fn nested_int(object: &Value, path: &[&str]) -> Result<Option<i64>, HealthError> {
    match nested(object, path).map_err(|error| looking_up(path, &error))? {
        None => Ok(None),
        Some(Value { data: Data::Int(number), .. }) => Ok(Some(*number)),
        Some(other) => Err(looking_up(path, &wrong(path, other, "int64"))),
    }
}

fn looking_up(path: &[&str], error: &HealthError) -> HealthError {
    HealthError(format!("looking up {} from resource: {error}", path.join(".")))
}

fn wrong(path: &[&str], value: &Value, expected: &str) -> HealthError {
    let path = path.join(".");
    let (shown, kind) = match &value.data {
        Data::Null => ("<nil>".to_owned(), "<nil>"),
        Data::Bool(truth) => (truth.to_string(), "bool"),
        Data::Int(number) => (number.to_string(), "int64"),
        Data::Uint(number) => (number.to_string(), "uint64"),
        Data::Float(number) => (number.to_string(), "float64"),
        Data::String(text) => (text.to_string(), "string"),
        Data::List(_) => ("[]".to_owned(), "[]interface {}"),
        Data::Map(_) => ("map[]".to_owned(), "map[string]interface {}"),
    };
    HealthError(format!(
        ".{path} accessor error: {shown} is of the type {kind}, expected {expected}"
    ))
}

/// Returns a whole number, or `default` when there is none.
pub(super) fn int(object: &Value, path: &[&str], default: i64) -> i64 {
    match object.pointer(path).map(|value| &value.data) {
        Some(Data::Int(number)) => *number,
        _ => default,
    }
}

/// Returns a text, or `default` when there is none.
pub(super) fn text<'a>(object: &'a Value, path: &[&str], default: &'a str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or(default)
}

/// Returns `status.conditions`; what is no list of conditions is an error.
pub(super) fn conditions(object: &Value) -> Result<Vec<Condition<'_>>, HealthError> {
    let fail = |text: String| Err(HealthError(text));
    let status = match object.get("status").map(|status| (&status.data, status)) {
        None | Some((Data::Null, _)) => return Ok(Vec::new()),
        Some((Data::Map(_), status)) => status,
        Some((_, other)) => {
            return fail(format!("cannot restore struct from: {}", go_kind(other)));
        }
    };
    let items = match status.get("conditions").map(|list| (&list.data, list)) {
        None | Some((Data::Null, _)) => return Ok(Vec::new()),
        Some((Data::List(items), _)) => items,
        Some((_, other)) => return fail(format!("cannot restore slice from {}", go_kind(other))),
    };
    items.iter().map(condition).collect()
}

fn condition(item: &Value) -> Result<Condition<'_>, HealthError> {
    if item.is_null() {
        return Ok(Condition::default());
    }
    if item.as_map().is_none() {
        return Err(HealthError(format!("cannot restore struct from: {}", go_kind(item))));
    }
    let part = |key| match item.get(key).map(|value| (&value.data, value)) {
        None | Some((Data::Null, _)) => Ok(""),
        Some((Data::String(text), _)) => Ok(text.as_str()),
        Some((Data::Bool(_), _)) => Err(HealthError("unrecognized type: string".to_owned())),
        Some((_, other)) => {
            Err(HealthError(format!("cannot convert {} to string", go_kind(other))))
        }
    };
    Ok(Condition {
        kind: part("type")?,
        status: part("status")?,
        reason: part("reason")?,
        message: part("message")?,
    })
}

/// Go's word for the kind of a value.
fn go_kind(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "nil",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Uint(_) => "uint64",
        Data::Float(_) => "float64",
        Data::String(_) => "string",
        Data::List(_) => "slice",
        Data::Map(_) => "map",
    }
}
