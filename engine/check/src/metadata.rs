//! Names, labels, annotations and the keys of ConfigMaps and Secrets.

use weir_cel::{dns1035_label, dns1123_label, dns1123_subdomain, label_value, qualified_name};
use weir_model::{Data, Origin, Value};

use crate::index::Placed;
use crate::report::Finding;
use crate::rules;
use crate::schemas::Schemas;
use crate::version::has_relaxed_service_names;

/// How much all annotations together may hold.
const MOST_ANNOTATIONS: usize = 256 << 10;

/// How much the data of a ConfigMap or Secret may hold.
const MOST_DATA: usize = 1 << 20;

/// Checks what all objects have.
pub(crate) fn check(placed: &Placed<'_>, schemas: &Schemas<'_>, found: &mut Vec<Finding>) {
    let value = placed.value();
    let Some(metadata) = value.get("metadata") else { return };
    let mut wrong = |place: String, at: Origin, problem: &str| {
        found.push(Finding::new(rules::INVALID_NAME, problem).field(place).at(at));
    };
    if let Some(name) = metadata.get("name")
        && let Some(text) = name.as_str()
        && let Some(problem) = name_problem(placed, text, schemas.kubernetes.version)
    {
        wrong("metadata.name".into(), name.origin, &format!("`{text}` {problem}"));
    }
    if let Some(namespace) = metadata.get("namespace")
        && let Some(text) = namespace.as_str()
        && !text.is_empty()
        && let Some(problem) = dns1123_label(text)
    {
        wrong("metadata.namespace".into(), namespace.origin, &format!("`{text}` {problem}"));
    }
    for (key, entry) in entries(metadata, "labels") {
        let place = || format!("metadata.labels[{key}]");
        if let Some(problem) = qualified_name(key) {
            wrong(place(), entry.origin, problem);
        }
        match &entry.data {
            Data::String(text) => {
                if let Some(problem) = label_value(text) {
                    wrong(place(), entry.origin, &format!("`{text}` {problem}"));
                }
            }
            Data::Null => {}
            _ => wrong(place(), entry.origin, "must be a text: put it in quotes"),
        }
    }
    let mut size = 0;
    for (key, entry) in entries(metadata, "annotations") {
        let place = || format!("metadata.annotations[{key}]");
        if let Some(problem) = qualified_name(&key.to_ascii_lowercase()) {
            wrong(place(), entry.origin, problem);
        }
        match &entry.data {
            Data::String(text) => size += key.len() + text.len(),
            Data::Null => {}
            _ => wrong(place(), entry.origin, "must be a text: put it in quotes"),
        }
    }
    if size > MOST_ANNOTATIONS {
        let problem =
            format!("annotations may hold {MOST_ANNOTATIONS} bytes, but these have {size}");
        wrong("metadata.annotations".into(), metadata.origin, &problem);
    }
    if placed.is("", "ConfigMap") || placed.is("", "Secret") {
        data(placed, found);
    }
    namespace(placed, schemas, found);
}

fn entries<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = value.get(field).and_then(Value::as_map);
    map.into_iter().flat_map(|map| map.iter()).map(|(key, value)| (key.as_str(), value))
}

/// Says what is wrong with a name; most are DNS names, some are only parts of a path.
fn name_problem(placed: &Placed<'_>, name: &str, version: &str) -> Option<&'static str> {
    let id = &placed.object.id;
    match (id.group.as_str(), id.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) => {
            let is_bad = name == "." || name == ".." || name.contains(['/', '%']);
            is_bad.then_some("must not be `.` or `..`, nor contain `/` or `%`")
        }
        ("", "Service") if !has_relaxed_service_names(version) => dns1035_label(name),
        ("", "Service") => dns1123_label(name),
        ("", "Namespace") => dns1123_label(name),
        ("batch", "CronJob") if name.len() > 52 => Some("must be no more than 52 characters"),
        _ => dns1123_subdomain(name),
    }
}

fn data(placed: &Placed<'_>, found: &mut Vec<Finding>) {
    let mut size = 0;
    for field in ["data", "binaryData", "stringData"] {
        for (key, entry) in entries(placed.value(), field) {
            let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if key.is_empty()
                || key.len() > 253
                || !key.bytes().all(is_good)
                || key == "."
                || key.starts_with("..")
            {
                let message = "a key must consist of letters, digits, `-`, `_` or `.`";
                found.push(
                    Finding::new(rules::INVALID_NAME, message)
                        .field(format!("{field}[{key}]"))
                        .at(entry.origin),
                );
            }
            size += entry.as_str().map_or(0, str::len);
        }
    }
    // In base 64 there may be a third more.
    let most = if placed.is("", "Secret") { MOST_DATA / 3 * 4 } else { MOST_DATA };
    if size > most {
        let message = format!("holds {size} bytes, which is more than the API server takes");
        let at = placed.value().origin;
        found.push(Finding::new(rules::INVALID_VALUE, message).field("data").at(at));
    }
}

fn namespace(placed: &Placed<'_>, schemas: &Schemas<'_>, found: &mut Vec<Finding>) {
    if placed.namespace.is_none() && schemas.is_namespaced(placed.manifest()) == Some(true) {
        let unit = &placed.unit.id;
        let message = format!("lives in a namespace, but names none, and `{unit}` sets none");
        found.push(
            Finding::new(rules::MISSING_NAMESPACE, message)
                .field("metadata.namespace")
                .at(placed.object.provenance.origin)
                .hint("write `metadata.namespace`, or set `spec.targetNamespace` of the Kustomization"),
        );
    }
}
