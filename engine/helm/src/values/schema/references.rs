//! References that lead out of a schema's document.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// Takes references to other documents out, and returns them.
pub(super) fn cut(document: &mut Json) -> Vec<String> {
    let mut ids = BTreeSet::new();
    collect_ids(document, &mut ids);
    let mut skipped = BTreeSet::new();
    walk(document, &ids, &mut skipped);
    skipped.into_iter().collect()
}

/// Schemas that every validator knows.
const KNOWN: [&str; 2] = ["http://json-schema.org/", "https://json-schema.org/"];

fn collect_ids(value: &Json, ids: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                if let (true, Json::String(id)) = (key == "$id" || key == "id", value) {
                    ids.insert(document_of(id).to_owned());
                }
                collect_ids(value, ids);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

fn walk(value: &mut Json, ids: &BTreeSet<String>, skipped: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => {
            if let Some(Json::String(reference)) = map.get("$ref")
                && leads_out(reference, ids)
            {
                skipped.insert(reference.clone());
                map.remove("$ref");
            }
            map.values_mut().for_each(|value| walk(value, ids, skipped));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| walk(item, ids, skipped)),
        _ => {}
    }
}

fn leads_out(reference: &str, ids: &BTreeSet<String>) -> bool {
    let document = document_of(reference);
    if document.is_empty()
        || ids.contains(document)
        || KNOWN.iter().any(|known| document.starts_with(known))
    {
        return false;
    }
    // A relative reference may be one to a schema inside, named by its path alone.
    let is_absolute = document.contains("://") || document.starts_with("urn:");
    is_absolute || !ids.iter().any(|id| id.ends_with(document))
}

fn document_of(reference: &str) -> &str {
    reference.split('#').next().unwrap_or_default()
}
