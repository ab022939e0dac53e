//! What all reports for programs are put together from.

use weir_model::{Map, ObjectId, SmolStr, Value};

/// Returns the entries that name an object.
pub(crate) fn identity(id: &ObjectId) -> Vec<(&'static str, Value)> {
    let mut entries = vec![
        ("group", Value::string(id.group.clone())),
        ("kind", Value::string(id.kind.clone())),
        ("name", Value::string(id.name.clone())),
    ];
    entries.extend(id.namespace.clone().map(|namespace| ("namespace", Value::string(namespace))));
    entries
}

/// Makes a map of these entries.
pub(crate) fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::map(
        entries.into_iter().map(|(key, value)| (SmolStr::new_static(key), value)).collect::<Map>(),
    )
}

/// Returns a count as a value.
pub(crate) fn number(count: usize) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}
