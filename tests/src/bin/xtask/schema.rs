//! Writes the table of merge keys and scopes from OpenAPI documents: Kubernetes' own (a swagger document, or one with
//! `resources` that name their scope) and that of the kustomization API. The documents are not kept, only the facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

/// Where the table goes, from the root of the repository.
const TABLE: &str = "engine/kustomize/src/schema/table.rs";

const HEADER: &str = "//! Merge keys and scopes of Kubernetes 1.21.2 and of the kustomization API. Written by `cargo xtask schema`.

use super::builtin::{NONE, Type};

";

/// Reads the documents at these paths and writes the table.
pub(crate) fn write(paths: &[String]) -> Result<(), String> {
    if paths.is_empty() {
        return Err("no OpenAPI document was given".into());
    }
    let mut facts = Facts::default();
    for path in paths {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("could not read `{path}`: {error}"))?;
        let document = serde_json::from_str(&text)
            .map_err(|error| format!("could not read `{path}`: {error}"))?;
        facts.add(&document);
    }
    std::fs::write(TABLE, facts.table())
        .map_err(|error| format!("could not write `{TABLE}`: {error}"))
}

/// What the documents say.
#[derive(Default)]
struct Facts {
    definitions: BTreeMap<String, Value>,
    scopes: BTreeMap<(String, String), bool>,
}

impl Facts {
    fn add(&mut self, document: &Value) {
        for (name, definition) in entries(&document["definitions"]) {
            self.definitions.insert(name.clone(), definition.clone());
        }
        for resource in document["resources"].as_array().into_iter().flatten() {
            let scope = match text(&resource["scope"]) {
                "Namespaced" => true,
                "Cluster" => false,
                _ => continue,
            };
            self.scopes.insert(
                (text(&resource["apiVersion"]).into(), text(&resource["kind"]).into()),
                scope,
            );
        }
        for (path, methods) in entries(&document["paths"]) {
            let id = &methods["get"]["x-kubernetes-group-version-kind"];
            if id.is_object() {
                let namespaced = path.contains("namespaces/{namespace}");
                *self.scopes.entry(api_version_and_kind(id)).or_default() |= namespaced;
            }
        }
    }

    fn table(&self) -> String {
        let mut types = Types::new(self.definitions.keys());
        let kinds: BTreeMap<(String, String), usize> = self
            .definitions
            .iter()
            .flat_map(|(name, definition)| {
                let ids = definition["x-kubernetes-group-version-kind"].as_array();
                let index = types.by_name[name];
                ids.into_iter().flatten().map(move |id| (api_version_and_kind(id), index))
            })
            .collect();
        for (name, definition) in &self.definitions {
            types.rows[types.by_name[name]] = types.describe(definition);
        }
        let mut table = HEADER.to_owned();
        let mut list = |name: &str, row: &str, rows: &mut dyn Iterator<Item = String>| {
            let rows: Vec<String> = rows.collect();
            let _ = writeln!(table, "/// {row}\npub(super) static {name} = &[");
            rows.iter().for_each(|row| {
                let _ = writeln!(table, "    {row},");
            });
            table.push_str("];\n\n");
        };
        list(
            "KINDS: &[(&str, &str, u16)]",
            "The type of each kind, by `apiVersion` and `kind`.",
            &mut kinds
                .iter()
                .map(|((version, kind), index)| format!("({version:?}, {kind:?}, {index})")),
        );
        list(
            "SCOPES: &[(&str, &str, bool)]",
            "Whether a kind lives in namespaces, by `apiVersion` and `kind`.",
            &mut self
                .scopes
                .iter()
                .map(|((version, kind), is)| format!("({version:?}, {kind:?}, {is})")),
        );
        list(
            "DEFINITIONS: &[(&str, u16)]",
            "The type of each definition of the document.",
            &mut types.by_name.iter().map(|(name, index)| format!("({name:?}, {index})")),
        );
        list(
            "TYPES: &[Type]",
            "The types; the first one says nothing.",
            &mut types.rows.iter().cloned(),
        );
        table.truncate(table.trim_end().len());
        table + "\n"
    }
}

/// The rows of the table of types. Equal rows that no definition names are written once.
struct Types {
    by_name: BTreeMap<String, usize>,
    rows: Vec<String>,
    anonymous: BTreeMap<String, usize>,
}

impl Types {
    fn new<'a>(names: impl Iterator<Item = &'a String>) -> Self {
        let by_name: BTreeMap<String, usize> = names.cloned().zip(1..).collect();
        let plain = row("", None, None, None);
        let rows = vec![plain.clone(); by_name.len() + 1];
        Self { by_name, rows, anonymous: BTreeMap::from([(plain, 0)]) }
    }

    fn index_of(&mut self, schema: &Value) -> usize {
        let reference = text(&schema["$ref"]).trim_start_matches("#/definitions/");
        if let Some(index) = self.by_name.get(reference) {
            return *index;
        }
        let row = self.describe(schema);
        *self.anonymous.entry(row.clone()).or_insert_with(|| {
            self.rows.push(row);
            self.rows.len() - 1
        })
    }

    fn describe(&mut self, schema: &Value) -> String {
        let sorted: BTreeMap<&String, &Value> = entries(&schema["properties"]).collect();
        let fields: Vec<String> = sorted
            .into_iter()
            .map(|(name, field)| format!("({name:?}, {})", self.index_of(field)))
            .collect();
        let mut optional = |key: &str| schema[key].is_object().then(|| self.index_of(&schema[key]));
        let values = optional("additionalProperties");
        let items = optional("items").filter(|_| schema["type"] == "array");
        row(&fields.join(", "), values, items, items.and_then(|_| merge_keys(schema)))
    }
}

/// Returns the keys a list is merged by, when it is merged: none for a list of scalars.
fn merge_keys(schema: &Value) -> Option<Vec<String>> {
    let strategies: BTreeSet<&str> =
        text(&schema["x-kubernetes-patch-strategy"]).split(',').collect();
    if !strategies.contains("merge") {
        return None;
    }
    let single = schema["x-kubernetes-patch-merge-key"].as_str();
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    Some(match keys {
        Some(keys) => keys.iter().map(|key| text(key).to_owned()).collect(),
        None => single.into_iter().map(str::to_owned).collect(),
    })
}

fn row(
    fields: &str,
    values: Option<usize>,
    items: Option<usize>,
    keys: Option<Vec<String>>,
) -> String {
    let index = |index: Option<usize>| index.map_or("NONE".to_owned(), |index| index.to_string());
    let keys = keys.map_or("None".to_owned(), |keys| format!("Some(&{keys:?})"));
    format!(
        "Type {{ fields: &[{fields}], values: {}, items: {}, keys: {keys} }}",
        index(values),
        index(items)
    )
}

fn api_version_and_kind(id: &Value) -> (String, String) {
    let (group, version) = (text(&id["group"]), text(&id["version"]));
    let api_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    (api_version, text(&id["kind"]).to_owned())
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
