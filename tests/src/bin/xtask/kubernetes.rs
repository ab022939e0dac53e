//! Writes the table of Kubernetes' own types that `weir check` validates with, for several versions in one: each row says
//! in which versions it holds. The documents are not kept, only the facts.
//!
//! Kinds, fields and their types come from the OpenAPI documents of `k8s.io/kubernetes`; the values of enumerations, which
//! those do not hold, from the types of `k8s.io/api`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::go_enums::Enums;

/// Where the table goes, from the root of the repository.
const TABLE: &str = "engine/check/src/kubernetes/table.txt";

/// Fields that the schema requires and that the API server takes as absent, because their zero value is good.
const TAKEN_AS_ABSENT: &[(&str, &str)] = &[
    ("apps.v1.ControllerRevision", "revision"),
    ("apps.v1.StatefulSetSpec", "serviceName"),
    ("core.v1.HTTPHeader", "value"),
    ("core.v1.ISCSIPersistentVolumeSource", "lun"),
    ("core.v1.ISCSIVolumeSource", "lun"),
    ("core.v1.LimitRangeSpec", "limits"),
    ("core.v1.PersistentVolumeClaimTemplate", "spec"),
    ("core.v1.PreferredSchedulingTerm", "preference"),
    ("core.v1.SleepAction", "seconds"),
    ("core.v1.Sysctl", "value"),
    ("discovery.v1.EndpointSlice", "endpoints"),
    ("networking.v1.NetworkPolicySpec", "podSelector"),
    ("storage.v1.TokenRequest", "audience"),
];

/// A set of versions, a bit for each.
type Mask = u32;

/// Reads the documents of each `VERSION=OPENAPI-FOLDER,API-FOLDER` and writes the table.
pub(crate) fn write(arguments: &[String]) -> Result<(), String> {
    let mut facts = Facts::default();
    for argument in arguments {
        let (version, folders) = argument
            .split_once('=')
            .ok_or_else(|| format!("`{argument}` is not VERSION=OPENAPI-FOLDER,API-FOLDER"))?;
        let (documents, api) = folders
            .split_once(',')
            .ok_or_else(|| format!("`{folders}` is not OPENAPI-FOLDER,API-FOLDER"))?;
        facts.add(version, Path::new(documents), Path::new(api))?;
    }
    std::fs::write(TABLE, facts.table())
        .map_err(|error| format!("could not write `{TABLE}`: {error}"))
}

/// What the documents say, each fact with the versions in which it holds.
#[derive(Default)]
struct Facts {
    versions: Vec<String>,
    /// By `apiVersion` and `kind`: the type, and whether it lives in namespaces.
    kinds: BTreeMap<(String, String, String, bool), Mask>,
    /// By type and field, how the field is written.
    fields: BTreeMap<String, BTreeMap<String, Mask>>,
    types: BTreeMap<String, Mask>,
    enums: BTreeMap<String, BTreeMap<String, Mask>>,
}

impl Facts {
    fn add(&mut self, version: &str, documents: &Path, api: &Path) -> Result<(), String> {
        let bit = 1 << self.versions.len();
        self.versions.push(version.to_owned());
        let enums = Enums::read(api)?;
        let mut schemas = BTreeMap::new();
        let mut paths = BTreeMap::new();
        for document in read_folder(documents)? {
            let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
            schemas.extend(entries(&document["components"]["schemas"]));
            paths.extend(entries(&document["paths"]));
        }
        let mut open = Vec::new();
        for (path, methods) in &paths {
            let id = &methods["post"]["x-kubernetes-group-version-kind"];
            // A collection, not something below one object.
            if !id.is_object() || path.contains("{name}") {
                continue;
            }
            let kind = text(&id["kind"]);
            let name = schemas.iter().find(|(_, schema)| {
                let ids = schema["x-kubernetes-group-version-kind"].as_array();
                schema["properties"]["metadata"].is_object()
                    && ids.is_some_and(|ids| ids.len() == 1 && ids.contains(id))
            });
            let Some((name, _)) = name else { continue };
            open.push(name.clone());
            let namespaced = path.contains("namespaces/{namespace}/");
            let key = (api_version(id), kind.to_owned(), short(name), namespaced);
            *self.kinds.entry(key).or_default() |= bit;
        }
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let Some(schema) = schemas.get(&name) else { continue };
            *self.types.entry(short(&name)).or_default() |= bit;
            let required: BTreeSet<&str> =
                schema["required"].as_array().into_iter().flatten().map(text).collect();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            for (field, property) in &properties {
                // The API server fills in the status; what a manifest says of it counts for nothing.
                let mut found = match field.as_str() {
                    "status" => "o".to_owned(),
                    _ => written(property, &mut open),
                };
                if let Some((enumeration, values)) = enums.of_field(&short(&name), field) {
                    found = found.replacen('s', &format!("%{enumeration}"), 1);
                    for value in values {
                        let values = self.enums.entry(enumeration.clone()).or_default();
                        if !value.is_empty() {
                            *values.entry(value.clone()).or_default() |= bit;
                        }
                    }
                }
                let is_taken = TAKEN_AS_ABSENT.contains(&(&short(&name), field))
                    || property["type"] == "boolean"
                    || short(&name) == "scheduling.v1.PriorityClass";
                let mark = if required.contains(field.as_str()) && !is_taken { "!" } else { "" };
                let line = format!("{field}{mark} {found}");
                *self.fields.entry(short(&name)).or_default().entry(line).or_default() |= bit;
            }
        }
        Ok(())
    }

    fn table(&self) -> String {
        let all = (1 << self.versions.len()) - 1;
        let mut table = format!("versions {}\n", self.versions.join(" "));
        for ((api_version, kind, name, namespaced), mask) in &self.kinds {
            let scope = if *namespaced { "n" } else { "c" };
            let _ =
                writeln!(table, "kind {api_version} {kind} {scope} {name}{}", marked(*mask, all));
        }
        for (name, values) in &self.enums {
            let of_type = values.values().fold(0, |all, mask| all | mask);
            let values: Vec<String> = values
                .iter()
                .map(|(value, mask)| value.clone() + &marked(*mask, of_type))
                .collect();
            let _ = writeln!(table, "enum {name} {}", values.join(" "));
        }
        for (name, mask) in &self.types {
            let _ = writeln!(table, "type {name}");
            for (line, field_mask) in self.fields.get(name).into_iter().flatten() {
                let _ = writeln!(table, " {line}{}", marked(*field_mask, *mask));
            }
        }
        table
    }
}

/// Writes a set of versions, unless it is that of the whole.
fn marked(mask: Mask, whole: Mask) -> String {
    if mask == whole { String::new() } else { format!("@{mask:x}") }
}

/// Writes the type of a field: a letter, `[` or `{` before the type of the items, `=` before the name of a type. Behind a
/// list stand `#` and the fields that tell its items apart; behind a `~` what an absent field means.
fn written(property: &Value, open: &mut Vec<String>) -> String {
    let reference = property["allOf"][0]["$ref"].as_str().or(property["$ref"].as_str());
    let mut found = match (reference, text(&property["type"]), text(&property["format"])) {
        (Some(reference), ..) => {
            let name = reference.rsplit('/').next().unwrap_or_default();
            of_definition(name, open)
        }
        (None, "string", "byte") => "y".into(),
        (None, "string", "date-time") => "t".into(),
        (None, "string", "int-or-string") => "x".into(),
        (None, "string", _) => "s".into(),
        (None, "boolean", _) => "b".into(),
        (None, "integer", "int32") => "i".into(),
        (None, "integer", _) => "l".into(),
        (None, "number", _) => "n".into(),
        (None, "array", _) => {
            let items = written(&property["items"], open);
            let keys: Vec<&str> = property["x-kubernetes-list-map-keys"]
                .as_array()
                .into_iter()
                .flatten()
                .map(text)
                .collect();
            match text(&property["x-kubernetes-list-type"]) {
                "map" => format!("[{items}#{}", keys.join(",")),
                "set" => format!("[{items}#"),
                _ => format!("[{items}"),
            }
        }
        (None, "object", _) if property["additionalProperties"].is_object() => {
            format!("{{{}", written(&property["additionalProperties"], open))
        }
        (None, "object", _) => "o".into(),
        _ => "*".into(),
    };
    match &property["default"] {
        Value::String(default) if !default.is_empty() => {
            let _ = write!(found, "~{default}");
        }
        _ => {}
    }
    found
}

fn of_definition(name: &str, open: &mut Vec<String>) -> String {
    match short(name).as_str() {
        "resource.Quantity" => "q".into(),
        "intstr.IntOrString" => "x".into(),
        "meta.v1.Time" | "meta.v1.MicroTime" => "t".into(),
        "meta.v1.FieldsV1" | "runtime.RawExtension" => "o".into(),
        "apiextensions.v1.JSON"
        | "apiextensions.v1.JSONSchemaPropsOrArray"
        | "apiextensions.v1.JSONSchemaPropsOrBool"
        | "apiextensions.v1.JSONSchemaPropsOrStringArray" => "*".into(),
        short => {
            open.push(name.to_owned());
            format!("={short}")
        }
    }
}

/// Shortens `io.k8s.api.core.v1.Pod` to `core.v1.Pod`.
fn short(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    // Group, version and kind are the last three, but for types without a version.
    let kept = match parts.get(parts.len().saturating_sub(2)) {
        Some(version) if version.starts_with('v') && version[1..].starts_with(char::is_numeric) => {
            3
        }
        _ => 2,
    };
    parts[parts.len().saturating_sub(kept)..].join(".")
}

fn read_folder(folder: &Path) -> Result<Vec<Value>, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("could not read `{}`: {error}", folder.display());
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
        documents.push(serde_json::from_str(&text).map_err(|error| failed(&error))?);
    }
    Ok(documents)
}

fn api_version(id: &Value) -> String {
    let (group, version) = (text(&id["group"]), text(&id["version"]));
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
