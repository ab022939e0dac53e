//! Three-way merges, as kubectl and Helm 3 upgrade objects on the client's side.
//!
//! From what was applied before, what is wanted now and what is there, [`strategic`] makes a strategic merge patch for the
//! kinds that Kubernetes knows, [`json_three_way`] and [`json_two_way`] a JSON merge patch for custom resources.
//! [`apply_strategic`] and [`apply_json`] say what the API server makes of such a patch.

mod conflict;
mod diff;
mod json;
mod list;
mod patch;
mod rules;

use std::fmt;

use weir_kustomize::schema::Schema;
use weir_model::{Map, Value};

pub use json::{apply as apply_json, three_way as json_three_way, two_way as json_two_way};

use diff::{Wanted, diff};
use rules::Rules;

/// The deepest nesting that is merged.
const DEPTH: u32 = 100;

/// Marks what becomes of a map, or of an element of a list.
const PATCH: &str = "$patch";
/// Names the keys of a map that stay.
const RETAIN: &str = "$retainKeys";
/// Begins the name of a list of values to take out of another.
const DELETE: &str = "$deleteFromPrimitiveList/";
/// Begins the name of a list that says in which order another's elements stand.
const ORDER: &str = "$setElementOrder/";

/// Why objects could not be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError(pub String);

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MergeError {}

fn fail<T>(text: impl Into<String>) -> Result<T, MergeError> {
    Err(MergeError(text.into()))
}

/// Makes the strategic merge patch that brings `current` to `modified`: what is in `modified` is set, and what was in
/// `original` and is not in `modified` goes. What others added stays.
///
/// Without `overwrite` a field that others have changed since `original` is an error when the patch would change it.
pub fn strategic(
    original: Option<&Value>,
    modified: &Value,
    current: &Value,
    overwrite: bool,
) -> Result<Value, MergeError> {
    let schema = Schema::builtin();
    let rules = Rules::of(&schema, modified);
    let empty = Value::map(Map::new());
    let original = original.filter(|value| !value.is_null()).unwrap_or(&empty);
    let delta = diff(current, modified, &rules, Wanted::CHANGES, 0)?;
    let deletions = diff(original, modified, &rules, Wanted::DELETIONS, 0)?;
    let merged = patch::merge(deletions, delta, &rules, patch::Mode::Combine, 0)?;
    if !overwrite {
        let changed = diff(original, current, &rules, Wanted::ALL, 0)?;
        if conflict::have_conflicts(
            &Value::map(merged.clone()),
            &Value::map(changed),
            &rules,
            None,
            0,
        )? {
            return fail("the patch changes what others have changed since");
        }
    }
    Ok(Value::map(merged))
}

/// Applies a strategic merge patch as the API server does.
pub fn apply_strategic(current: &Value, patch: &Value) -> Result<Value, MergeError> {
    let schema = Schema::builtin();
    let rules = Rules::of(&schema, current);
    let map = |value: &Value| value.as_map().cloned().unwrap_or_default();
    patch::merge(map(current), map(patch), &rules, patch::Mode::Apply, 0).map(Value::map)
}

/// Tells whether Kubernetes itself knows an object's kind, so that it takes a strategic merge patch.
pub fn is_known(object: &Value) -> bool {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    Schema::builtin().of_kind(text("apiVersion"), text("kind")).is_some()
}

/// Tells whether two values are of the same kind, as JSON has kinds.
fn same_kind(a: &Value, b: &Value) -> bool {
    a.kind() == b.kind()
}

#[cfg(test)]
mod tests;
