//! The set `emit`: documents of kustomizations in the ways kustomize writes them.

use serde_json::{Map, Value};
use weir_model::Source;
use weir_yaml::Node;

/// One way of writing.
type Way = fn(&str) -> Result<String, String>;

/// The ways by their names. A way that fails answers under its name with `_error` behind it.
const WAYS: &[(&str, Way)] = &[
    ("parse_string", parse_string),
    ("kio_roundtrip", stream),
    ("json", json),
    ("resource_as_yaml", resource),
];

pub fn answer(vector: &Value) -> Result<Value, String> {
    let input = vector["input"].as_str().unwrap_or_default();
    let mut answers = Map::new();
    for (name, way) in WAYS {
        match way(input) {
            Ok(text) => answers.insert((*name).to_owned(), text.into()),
            Err(error) => answers.insert(format!("{name}_error"), error.into()),
        };
    }
    Ok(answers.into())
}

fn first(input: &str) -> Result<Node, String> {
    let first = weir_yaml::parse_first(input.as_bytes(), Source::default(), usize::MAX);
    first.map_err(|error| error.to_string())?.ok_or_else(|| "EOF".to_owned())
}

fn parse_string(input: &str) -> Result<String, String> {
    Ok(weir_yaml::emit(&first(input)?))
}

fn stream(input: &str) -> Result<String, String> {
    let parsed = weir_yaml::parse(input.as_bytes(), Source::default());
    let mut documents = parsed.map_err(|error| error.to_string())?;
    documents.retain(|document| !document.is_null());
    if documents.iter().any(|document| document.pairs().is_none()) {
        return Err("wrong node kind".to_owned());
    }
    documents.iter_mut().for_each(drop_index);
    Ok(weir_yaml::emit_all(&documents))
}

/// Streams number their documents by annotations and take these away in the end.
fn drop_index(document: &mut Node) {
    let Some(metadata) = document.get_mut("metadata") else { return };
    let Some(annotations) = metadata.get_mut("annotations") else { return };
    annotations.remove("config.kubernetes.io/index");
    if annotations.is_null() || annotations.pairs().is_some_and(Vec::is_empty) {
        metadata.remove("annotations");
    }
    if metadata.pairs().is_some_and(Vec::is_empty) {
        document.remove("metadata");
    }
}

fn json(input: &str) -> Result<String, String> {
    let value = weir_yaml::to_value(&first(input)?).map_err(|error| error.to_string())?;
    if value.as_map().is_none() && value.as_list().is_none() {
        return Err(
            "yaml: unmarshal errors: cannot unmarshal into map[string]interface {}".to_owned()
        );
    }
    Ok(weir_yaml::json::write(&value))
}

fn resource(input: &str) -> Result<String, String> {
    let value = weir_yaml::to_value(&first(input)?).map_err(|error| error.to_string())?;
    for path in [&["kind"][..], &["metadata", "name"]] {
        if value.pointer(path).is_none() {
            return Err(format!("missing {}", path.join(".")));
        }
    }
    Ok(weir_yaml::to_yaml(&value))
}
