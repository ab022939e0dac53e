//! Whether a dry run shows that applying would change something that matters: labels, annotations, or anything outside
//! metadata and status.

use weir_model::{Map, Value};

use crate::held::is_same;
use crate::ignore::without;

/// Tells whether the object of a dry run differs from the live one, ignored paths aside.
pub fn has_drifted(live: &Value, dry_run: &Value, ignored: &[&str]) -> bool {
    let (live, dry_run) = (what_counts(live, ignored), what_counts(dry_run, ignored));
    !is_same(&live, &dry_run)
}

/// Returns what counts of an object: no status, and of the metadata labels and annotations only; empty ones are none.
pub fn what_counts(object: &Value, ignored: &[&str]) -> Value {
    let mut left = without(object, ignored);
    let Some(map) = left.as_map_mut() else { return left };
    map.remove("status");
    if let Some(metadata) = map.remove("metadata") {
        let mut kept = Map::new();
        for place in ["annotations", "labels"] {
            let entries = metadata
                .get(place)
                .filter(|entries| entries.as_map().is_some_and(|entries| !entries.is_empty()));
            if let Some(entries) = entries {
                kept.insert(place, entries.clone());
            }
        }
        map.insert("metadata", Value::map(kept));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    #[test]
    fn only_what_matters_is_drift() {
        for (live, dry_run, expected) in [
            ("{spec: {a: 1}}", "{spec: {a: 1}}", false),
            ("{spec: {a: 1}}", "{spec: {a: 2}}", true),
            ("{spec: {a: 1.0}}", "{spec: {a: 1}}", false),
            ("{metadata: {resourceVersion: '1'}}", "{metadata: {resourceVersion: '2'}}", false),
            ("{metadata: {labels: {a: b}}}", "{metadata: {}}", true),
            ("{metadata: {annotations: {}}}", "{metadata: {}}", false),
            ("{status: {a: 1}}", "{status: {a: 2}}", false),
            ("{spec: {r: 1}}", "{spec: {r: 2}}", true),
        ] {
            assert_eq!(
                has_drifted(&value(live), &value(dry_run), &[]),
                expected,
                "{live} {dry_run}"
            );
        }
        assert!(!has_drifted(&value("{spec: {r: 1}}"), &value("{spec: {r: 2}}"), &["/spec/r"]));
    }
}
