//! How much work a schema makes, before it is done: a few lines that refer to each other twice double the work with each
//! level, and the validator cannot be stopped.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// How many checks of a schema against a value may be made.
const MOST: u64 = 2_000_000;

/// How deep schemas may lead into each other.
const DEEPEST: u32 = 400;

/// Tells whether checking these values with this schema would be too much work.
pub(super) fn is_too_much(schema: &Json, values: &Json) -> bool {
    let mut ids = BTreeMap::new();
    collect(schema, &mut ids, 0);
    let mut work = Work { root: schema, ids, known: BTreeMap::new() };
    work.of(schema, values, DEEPEST) > MOST
}

/// Notes the parts that have a name of their own.
fn collect<'a>(schema: &'a Json, ids: &mut BTreeMap<&'a str, &'a Json>, depth: u32) {
    if depth > DEEPEST {
        return;
    }
    if let Json::Object(map) = schema {
        for key in ["$id", "id", "$anchor", "$dynamicAnchor"] {
            if let Some(Json::String(id)) = map.get(key) {
                ids.insert(id.trim_start_matches('#'), schema);
            }
        }
    }
    children(schema).for_each(|child| collect(child, ids, depth + 1));
}

fn children(value: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match value {
        Json::Array(items) => Box::new(items.iter()),
        Json::Object(map) => Box::new(map.values()),
        _ => Box::new(std::iter::empty()),
    }
}

struct Work<'a> {
    root: &'a Json,
    /// The parts with a name: `$id` or `$anchor`.
    ids: BTreeMap<&'a str, &'a Json>,
    /// What was counted before, by the addresses of schema and value.
    known: BTreeMap<(usize, usize), u64>,
}

/// Keywords whose schemas look at the same value.
const SAME: [&str; 11] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependencies",
    "extends",
    "disallow",
];

/// Keywords whose schemas look at each value inside.
const INSIDE: [&str; 8] = [
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
];

impl<'a> Work<'a> {
    /// Counts the checks that one schema makes of one value.
    fn of(&mut self, schema: &'a Json, value: &Json, depth: u32) -> u64 {
        let (Json::Object(keywords), Some(depth)) = (schema, depth.checked_sub(1)) else {
            return 1;
        };
        let key = (std::ptr::from_ref(schema).addr(), std::ptr::from_ref(value).addr());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        // What comes back to itself is refused by the validator.
        self.known.insert(key, 1);
        let work = stacker::maybe_grow(64 << 10, 1 << 20, || self.count(keywords, value, depth));
        self.known.insert(key, work);
        work
    }

    fn count(&mut self, keywords: &'a Map<String, Json>, value: &Json, depth: u32) -> u64 {
        let mut work = 1_u64;
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(Json::String(reference)) = keywords.get(keyword)
                && let Some(target) = self.target(reference)
            {
                work = work.saturating_add(self.of(target, value, depth));
            }
        }
        for part in SAME.iter().filter_map(|keyword| keywords.get(*keyword)).flat_map(schemas) {
            work = work.saturating_add(self.of(part, value, depth));
        }
        if let (Some(Json::Object(properties)), Json::Object(map)) =
            (keywords.get("properties"), value)
        {
            for (name, part) in properties {
                if let Some(inner) = map.get(name) {
                    work = work.saturating_add(self.of(part, inner, depth));
                }
            }
        }
        for part in INSIDE.iter().filter_map(|keyword| keywords.get(*keyword)).flat_map(schemas) {
            for inner in children(value) {
                work = work.saturating_add(self.of(part, inner, depth));
                if work > MOST {
                    return work;
                }
            }
        }
        work
    }

    /// Finds what a reference leads to.
    fn target(&self, reference: &str) -> Option<&'a Json> {
        let (document, place) = reference.split_once('#').unwrap_or((reference, ""));
        let start = match document {
            "" => self.root,
            id => *self.ids.get(id)?,
        };
        if place.is_empty() || place.starts_with('/') {
            return start.pointer(place);
        }
        self.ids.get(place).copied()
    }
}

/// Returns the schemas that a keyword holds: one, a list or a map of them.
fn schemas(keyword: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    let is_map = |map: &Map<String, Json>| {
        map.values().all(|value| matches!(value, Json::Object(_) | Json::Array(_) | Json::Bool(_)))
    };
    match keyword {
        Json::Array(items) => Box::new(items.iter()),
        // A schema itself, and what would be its own schemas if it is a map of them: too many are counted rather than too few.
        Json::Object(map) if is_map(map) => Box::new(std::iter::once(keyword).chain(map.values())),
        other => Box::new(std::iter::once(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_doubles_is_seen() {
        let values = serde_json::json!({"a": {"b": [1, 2, 3]}});
        let plain = serde_json::json!({
            "definitions": {"x": {"type": "string"}},
            "properties": {"a": {"properties": {"b": {"items": {"$ref": "#/definitions/x"}}}}},
        });
        assert!(!is_too_much(&plain, &values));
        let mut definitions = Map::new();
        definitions.insert("a0".to_owned(), Json::Bool(true));
        for level in 1..40 {
            let reference = serde_json::json!({"$ref": format!("#/definitions/a{}", level - 1)});
            definitions
                .insert(format!("a{level}"), serde_json::json!({"allOf": [reference, reference]}));
        }
        let doubling = serde_json::json!({"definitions": definitions, "$ref": "#/definitions/a39"});
        assert!(is_too_much(&doubling, &values));
    }
}
