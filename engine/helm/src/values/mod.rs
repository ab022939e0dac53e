//! Values: what a user gives, what charts have by default, and how Helm makes one of both.
//!
//! Values are [`Value`]s in Helm's own form: every number that came from YAML or JSON is a [`Data::Float`], as in Go; a
//! [`Data::Int`] stands for a whole number that `--set` gave. Templates print the two differently.

pub(crate) mod coalesce;
pub(crate) mod dependencies;
mod imports;
mod literal;
pub(crate) mod schema;
mod strvals;

use std::sync::Arc;

use weir_model::{Data, Map, Source, Value};
use weir_yaml::YamlError;

use crate::HelmVersion;

pub use literal::set_literal;
pub use strvals::{SetError, set, set_file, set_json, set_string};

/// Returns values that hold nothing.
pub fn empty() -> Value {
    Value::map(Map::new())
}

/// Reads a values file. Helm 3 reads the first document, Helm 4 merges all.
/// The error is Helm's text without what was being read.
pub fn read(text: &[u8], name: &str, helm: HelmVersion) -> Result<Value, String> {
    read_from(text, Source::named(name), helm)
}

pub(crate) fn read_from(text: &[u8], source: Source, helm: HelmVersion) -> Result<Value, String> {
    let several = || text.windows(4).any(|window| window == b"\n---");
    match helm {
        HelmVersion::V4 if several() => {
            let documents =
                weir_yaml::read_values(text, source).map_err(|error| conversion_v4(&error))?;
            documents.iter().try_fold(empty(), |all, document| {
                Ok(merge(&all, &table(document).map_err(|error| format!("{UNMARSHAL_V4}{error}"))?))
            })
        }
        HelmVersion::V4 => {
            let document =
                weir_yaml::read_value(text, source).map_err(|error| conversion_v4(&error))?;
            table(&document).map_err(|error| format!("{UNMARSHAL_V4}{error}"))
        }
        HelmVersion::V3 => {
            let document =
                weir_yaml::read_value(text, source).map_err(|error| conversion(&error))?;
            table(&document)
        }
    }
}

const UNMARSHAL_V4: &str = "cannot unmarshal yaml document: ";

/// Puts an error of the YAML reader as `sigs.k8s.io/yaml` puts it.
pub(crate) fn conversion(error: &YamlError) -> String {
    format!("error converting YAML to JSON: {}", error.message)
}

fn conversion_v4(error: &YamlError) -> String {
    format!("{UNMARSHAL_V4}{}", conversion(error))
}

fn table(document: &Value) -> Result<Value, String> {
    match &document.data {
        Data::Map(_) => Ok(from_json(document)),
        Data::Null => Ok(empty().at(document.origin)),
        _ => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            crate::chart::go_kind(document)
        )),
    }
}

/// Turns a value as YAML or JSON has it into Helm's form: every number becomes a float, as in Go.
#[must_use]
pub fn from_json(value: &Value) -> Value {
    let data = match &value.data {
        #[expect(clippy::cast_precision_loss, reason = "as Go reads JSON")]
        Data::Int(number) => Data::Float(*number as f64),
        #[expect(clippy::cast_precision_loss, reason = "as Go reads JSON")]
        Data::Uint(number) => Data::Float(*number as f64),
        Data::List(items) => Data::List(Arc::new(items.iter().map(from_json).collect())),
        Data::Map(map) => Data::Map(Arc::new(
            map.iter().map(|(key, value)| (key.clone(), from_json(value))).collect(),
        )),
        Data::Null | Data::Bool(_) | Data::Float(_) | Data::String(_) => value.data.clone(),
    };
    Value { data, origin: value.origin, sensitive: value.sensitive }
}

/// Lays values over others, as `-f` does with the next file: maps are merged, everything else is replaced.
#[must_use]
pub fn merge(base: &Value, over: &Value) -> Value {
    let mut merged = base.clone();
    merge_into(&mut merged, over);
    merged
}

fn merge_into(base: &mut Value, over: &Value) {
    let (Some(into), Some(from)) = (base.as_map_mut(), over.as_map()) else {
        *base = over.clone();
        return;
    };
    for (key, value) in from.iter() {
        match into.get_mut(key) {
            Some(old) if old.as_map().is_some() && value.as_map().is_some() => {
                merge_into(old, value);
            }
            Some(old) => *old = value.clone(),
            None => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Follows a dotted path to a map.
/// The error is Helm's text.
pub(crate) fn table_at<'a>(values: &'a Map, path: &str) -> Result<&'a Map, String> {
    path.split('.').try_fold(values, |map, key| {
        map.get(key)
            .and_then(Value::as_map)
            .ok_or_else(|| format!("{} is not a table", weir_golang::strconv::quote(key)))
    })
}

/// Follows a dotted path to what is not a map.
pub(crate) fn scalar_at<'a>(values: &'a Map, path: &str) -> Option<&'a Value> {
    let (map, key) = match path.rsplit_once('.') {
        Some((folder, key)) => (table_at(values, folder).ok()?, key),
        None => (values, path),
    };
    map.get(key).filter(|value| value.as_map().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Value)]) -> Value {
        Value::map(pairs.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    #[test]
    fn files_are_laid_over_each_other() {
        let base = values(&[("a", values(&[("x", 1.into()), ("y", 2.into())])), ("b", 1.into())]);
        let over = values(&[("a", values(&[("y", Value::null())])), ("b", values(&[]))]);
        assert_eq!(format!("{:?}", merge(&base, &over)), r#"{"a": {"x": 1, "y": null}, "b": {}}"#);
    }

    #[test]
    fn paths_lead_through_maps() {
        let tree = values(&[("a", values(&[("b", values(&[("c", true.into())]))]))]);
        let map = tree.as_map().unwrap();
        assert_eq!(scalar_at(map, "a.b.c").and_then(Value::as_bool), Some(true));
        assert!(scalar_at(map, "a.b").is_none());
        assert_eq!(table_at(map, "a.x").unwrap_err(), r#""x" is not a table"#);
    }
}
