//! Schemas that are read at run time: a build's own OpenAPI document, or one in a comment.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::Value;

/// The deepest nesting of schemas that is read; what lies deeper says nothing.
const DEPTH: u32 = 200;

/// A document's schemas. Types are named by their index.
#[derive(Debug, Default)]
pub struct Document {
    types: Vec<Type>,
    definitions: BTreeMap<SmolStr, u32>,
    kinds: BTreeMap<(SmolStr, SmolStr), u32>,
    scopes: BTreeMap<(SmolStr, SmolStr), bool>,
}

/// What one schema says that matters for merging.
#[derive(Debug, Default)]
pub(super) struct Type {
    /// The definition this stands for.
    pub(super) reference: Option<SmolStr>,
    pub(super) fields: BTreeMap<SmolStr, u32>,
    pub(super) values: Option<u32>,
    pub(super) items: Option<u32>,
    /// The keys by which a list is merged, when it is.
    pub(super) keys: Option<Vec<SmolStr>>,
}

impl Document {
    /// Reads an OpenAPI document.
    pub(super) fn read(document: &Value) -> Self {
        let mut read = Self::default();
        for (name, schema) in entries(document.get("definitions")) {
            let index = read.add(schema, 0);
            read.definitions.insert(name.clone(), index);
            for id in schema
                .get("x-kubernetes-group-version-kind")
                .and_then(Value::as_list)
                .unwrap_or_default()
            {
                read.kinds.insert(api_version_and_kind(id), index);
            }
        }
        for (path, methods) in entries(document.get("paths")) {
            if let Some(id) = methods.pointer(&["get", "x-kubernetes-group-version-kind"]) {
                let namespaced = path.contains("namespaces/{namespace}");
                *read.scopes.entry(api_version_and_kind(id)).or_default() |= namespaced;
            }
        }
        read
    }

    /// Reads one schema; its index is 0 in the document that is returned.
    pub(super) fn single(schema: &Value) -> Arc<Self> {
        let mut read = Self::default();
        let index = read.add(schema, 0) as usize;
        read.types.swap(0, index);
        Arc::new(read)
    }

    pub(super) fn get(&self, index: u32) -> Option<&Type> {
        self.types.get(index as usize)
    }

    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Option<u32> {
        self.kinds.get(&(api_version.into(), kind.into())).copied()
    }

    pub(super) fn of_definition(&self, name: &str) -> Option<u32> {
        self.definitions.get(name).copied()
    }

    pub(super) fn scope(&self, api_version: &str, kind: &str) -> Option<bool> {
        self.scopes.get(&(api_version.into(), kind.into())).copied()
    }

    fn add(&mut self, schema: &Value, depth: u32) -> u32 {
        let mut made = Type::default();
        if depth < DEPTH {
            for (name, field) in entries(schema.get("properties")) {
                let index = self.add(field, depth + 1);
                made.fields.insert(name.clone(), index);
            }
            let of_map =
                schema.get("additionalProperties").filter(|values| values.as_map().is_some());
            made.values = of_map.map(|values| self.add(values, depth + 1));
            if is_array(schema) {
                made.items = schema.get("items").map(|items| self.add(items, depth + 1));
            }
        }
        made.reference =
            text(schema, "$ref").map(|path| path.trim_start_matches("#/definitions/").into());
        made.keys = merge_keys(schema);
        self.types.push(made);
        u32::try_from(self.types.len() - 1).unwrap_or_default()
    }
}

fn merge_keys(schema: &Value) -> Option<Vec<SmolStr>> {
    if !text(schema, "x-kubernetes-patch-strategy")?.split(',').any(|strategy| strategy == "merge")
    {
        return None;
    }
    let several = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_list);
    Some(match several {
        Some(keys) => keys.iter().filter_map(Value::as_str).map(SmolStr::new).collect(),
        None => {
            text(schema, "x-kubernetes-patch-merge-key").map(SmolStr::new).into_iter().collect()
        }
    })
}

fn is_array(schema: &Value) -> bool {
    match schema.get("type") {
        Some(kind) => {
            kind.as_str() == Some("array")
                || matches!(kind.as_list(), Some([one]) if one.as_str() == Some("array"))
        }
        None => false,
    }
}

fn api_version_and_kind(id: &Value) -> (SmolStr, SmolStr) {
    let part = |key| text(id, key).unwrap_or_default();
    let version = part("version");
    let api_version = match part("group") {
        "" => SmolStr::new(version),
        group => smol_str::format_smolstr!("{group}/{version}"),
    };
    (api_version, part("kind").into())
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&SmolStr, &Value)> {
    value.and_then(Value::as_map).into_iter().flat_map(weir_model::Map::iter)
}

fn text<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Value::as_str)
}
