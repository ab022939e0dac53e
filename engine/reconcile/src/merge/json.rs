//! JSON merge patches, for kinds whose lists nobody knows how to merge.

use weir_model::{Data, Map, Value};

use super::{DEPTH, MergeError, fail, same_kind};
use crate::held::is_same;

/// Makes the patch that brings `current` to `modified`, and takes away what was in `original` alone. The object's identity
/// must not change.
pub fn three_way(
    original: Option<&Value>,
    modified: &Value,
    current: &Value,
) -> Result<Value, MergeError> {
    let empty = Value::map(Map::new());
    let original = original.filter(|value| !value.is_null()).unwrap_or(&empty);
    let changes = only(&two_way(current, modified)?, false, 0)?;
    let deletions = only(&two_way(original, modified)?, true, 0)?;
    let patch = merged(deletions, &changes, false, 0)?;
    for path in [&["apiVersion"][..], &["kind"], &["metadata", "name"]] {
        if patch.pointer(path).is_some() {
            return fail(format!("the patch would change `{}`", path.join(".")));
        }
    }
    Ok(patch)
}

/// Makes the patch from one version of an object to another.
///
/// Numbers above 2^53 lose their last digits, as they do in the library that Helm and kubectl use.
pub fn two_way(original: &Value, modified: &Value) -> Result<Value, MergeError> {
    let mut patch = Value::map(diff(original, modified, 0)?);
    round(&mut patch);
    Ok(patch)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "that is the point"
)]
fn round(value: &mut Value) {
    match &mut value.data {
        Data::Int(number) => *number = (*number as f64) as i64,
        Data::List(_) => value.as_list_mut().into_iter().flatten().for_each(round),
        Data::Map(_) => value
            .as_map_mut()
            .into_iter()
            .flat_map(Map::iter_mut)
            .for_each(|(_, value)| round(value)),
        Data::Null | Data::Bool(_) | Data::Uint(_) | Data::Float(_) | Data::String(_) => {}
    }
}

/// Applies a patch.
pub fn apply(object: &Value, patch: &Value) -> Result<Value, MergeError> {
    merged(object.clone(), patch, true, 0)
}

fn diff(original: &Value, modified: &Value, depth: u32) -> Result<Map, MergeError> {
    if depth > DEPTH {
        return fail(format!("the objects are nested deeper than {DEPTH} levels"));
    }
    let (Some(original), Some(modified)) = (original.as_map(), modified.as_map()) else {
        return fail("an object is no map");
    };
    let mut patch = Map::new();
    for (key, after) in modified.iter() {
        match original.get(key) {
            Some(before) if same_kind(before, after) => {
                if before.as_map().is_some() {
                    let below = diff(before, after, depth + 1)?;
                    if !below.is_empty() {
                        patch.insert(key.clone(), Value::map(below));
                    }
                } else if !is_same(before, after) {
                    patch.insert(key.clone(), after.clone());
                }
            }
            _ => {
                patch.insert(key.clone(), after.clone());
            }
        }
    }
    for (key, _) in original.iter().filter(|(key, _)| !modified.contains_key(key)) {
        patch.insert(key.clone(), Value::null());
    }
    Ok(patch)
}

/// Keeps only the deletions of a patch, or only the rest. An empty map is a value.
fn only(patch: &Value, deletions: bool, depth: u32) -> Result<Value, MergeError> {
    if depth > DEPTH {
        return fail(format!("the patch is nested deeper than {DEPTH} levels"));
    }
    let mut kept = Map::new();
    for (key, value) in patch.as_map().into_iter().flat_map(Map::iter) {
        match &value.data {
            Data::Null if deletions => {
                kept.insert(key.clone(), Value::null());
            }
            Data::Null => {}
            Data::Map(map) if !map.is_empty() => {
                let below = only(value, deletions, depth + 1)?;
                if below.as_map().is_some_and(|below| !below.is_empty()) {
                    kept.insert(key.clone(), below);
                }
            }
            _ if !deletions => {
                kept.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    Ok(Value::map(kept))
}

/// Merges a patch into a value; `drops_null` for objects, which hold no nulls of a patch afterwards.
fn merged(object: Value, patch: &Value, drops_null: bool, depth: u32) -> Result<Value, MergeError> {
    if depth > DEPTH {
        return fail(format!("the patch is nested deeper than {DEPTH} levels"));
    }
    let Some(changes) = patch.as_map() else { return Ok(patch.clone()) };
    let is_map = object.as_map().is_some();
    let mut merged = if is_map { object } else { Value::map(Map::new()) };
    let Some(map) = merged.as_map_mut() else { return Ok(patch.clone()) };
    for (key, value) in changes.iter() {
        if value.is_null() && drops_null {
            map.remove(key);
        } else {
            let there = map.get(key).cloned().unwrap_or_default();
            map.insert(key.clone(), self::merged(there, value, drops_null, depth + 1)?);
        }
    }
    Ok(merged)
}
