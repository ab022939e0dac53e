//! The values of a release: `valuesFrom` in order, then `values`, with references to single values on top of both.

use std::sync::Arc;

use weir_flux::data::ObjectData;
use weir_flux::kinds::{HelmRelease, ValuesReference};
use weir_flux::taint;
use weir_model::{Data, Diagnostic, Map, Source, Value};
use weir_plan::UnitId;

use super::variables::find_data;
use crate::blocked::Blocked;
use crate::context::Context;

/// The values of a release, before the chart's own are laid below them.
#[derive(Clone, Debug)]
pub(super) struct ReleaseValues {
    pub(super) merged: Value,
    /// The same with decoys instead of secrets; none when there is no secret.
    pub(super) decoys: Option<Value>,
    /// The secret texts, to keep them out of messages.
    pub(super) secrets: Vec<String>,
    /// Whether all that is referred to was found.
    pub(super) resolved: bool,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Collects the values of a release.
///
/// What is encrypted or missing counts as absent, with a warning; a value that is no YAML map is an error.
pub(super) fn collect(
    context: Context<'_>,
    id: &UnitId,
    release: &HelmRelease,
) -> Result<ReleaseValues, Blocked> {
    let mut all = ReleaseValues {
        merged: Value::map(Map::new()),
        decoys: None,
        secrets: Vec::new(),
        resolved: true,
        warnings: Vec::new(),
    };
    let mut decoys = Value::map(Map::new());
    let mut single = Vec::new();
    for reference in &release.values_from {
        let Some(text) = text_of(context, id, reference, &mut all) else { continue };
        let is_secret = reference.kind == "Secret";
        if is_secret {
            all.secrets.push(text.clone());
        }
        if reference.target_path.is_some() {
            single.push((reference, text, is_secret));
            continue;
        }
        let name = format!("{}/{}/{}", reference.kind, id.namespace, reference.name);
        let value = read(id, reference, &name, &text, is_secret)?;
        if is_secret {
            collect_texts(&value, &mut all.secrets, 0);
            decoys = merge(decoys, taint::decoy_value(&value), 0);
        } else {
            decoys = merge(decoys, value.clone(), 0);
        }
        all.merged = merge(all.merged, value, 0);
    }
    if let Some(values) = &release.values {
        let values = as_floats(values);
        all.merged = merge(all.merged, values.clone(), 0);
        decoys = merge(decoys, values, 0);
    }
    for (reference, text, is_secret) in single {
        let path = reference.target_path.as_deref().unwrap_or_default();
        let decoy = if is_secret { taint::decoy(&text) } else { text.clone() };
        set(&mut all.merged, path, scalar(&text, reference.literal));
        set(&mut decoys, path, scalar(&decoy, reference.literal));
    }
    all.decoys = (!all.secrets.is_empty()).then_some(decoys);
    Ok(all)
}

fn text_of(
    context: Context<'_>,
    id: &UnitId,
    reference: &ValuesReference,
    all: &mut ReleaseValues,
) -> Option<String> {
    let name = format!("{}/{}/{}", reference.kind, id.namespace, reference.name);
    let warn = |problem: &str| {
        let message = format!("`{id}` takes values from `{name}`, which {problem}");
        Diagnostic::warning("flux-values-from", message).at(reference.origin)
    };
    match find_data(context, &reference.kind, &id.namespace, &reference.name) {
        Some(ObjectData::Plain(mut data)) => {
            let text = data.remove(&reference.key);
            if text.is_none() && !reference.optional {
                all.warnings.push(warn(&format!("has no key `{}`", reference.key)));
            }
            text
        }
        Some(ObjectData::Encrypted) => {
            all.warnings.push(warn("is encrypted").hint("the release is shown without them"));
            None
        }
        None => {
            all.resolved = false;
            if !reference.optional {
                all.warnings.push(warn("nothing in the repository makes"));
            }
            None
        }
    }
}

fn read(
    id: &UnitId,
    reference: &ValuesReference,
    name: &str,
    text: &str,
    is_secret: bool,
) -> Result<Value, Blocked> {
    let failed = |problem: String| {
        let message = format!("`{id}` takes values from `{name}`, key `{}`", reference.key);
        let diagnostic = Diagnostic::error("flux-values-from", message).at(reference.origin);
        // What the parser says of a secret may quote it.
        let problem = if is_secret { "they are no YAML map".to_owned() } else { problem };
        Blocked::broken(vec![diagnostic.cause(problem)])
    };
    let value = weir_yaml::read_value(text.as_bytes(), Source::named(name))
        .map_err(|error| failed(error.to_string()))?;
    match &value.data {
        Data::Map(_) => Ok(value),
        Data::Null => Ok(Value::map(Map::new())),
        _ => Err(failed(format!("they are a {}, not a map", value.kind()))),
    }
}

/// Lays values over others: maps are merged, everything else is replaced. A null replaces, too: it takes a chart's
/// default away later.
pub(super) fn merge(mut base: Value, over: Value, depth: u32) -> Value {
    let (Some(map), Some(entries)) = (base.as_map_mut(), over.as_map()) else { return over };
    for (key, value) in entries.iter() {
        let merged = match map.get(key) {
            Some(old) if depth < 500 => merge(old.clone(), value.clone(), depth + 1),
            _ => value.clone(),
        };
        map.insert(key.clone(), merged);
    }
    base
}

/// Inline values come as JSON from the API server, and there every number is a float.
fn as_floats(value: &Value) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "Helm loses it, too")]
    let data = match &value.data {
        Data::Int(number) => Data::Float(*number as f64),
        Data::Uint(number) => Data::Float(*number as f64),
        Data::List(items) => Data::List(Arc::new(items.iter().map(as_floats).collect())),
        Data::Map(map) => Data::Map(Arc::new(
            map.iter().map(|(key, value)| (key.clone(), as_floats(value))).collect(),
        )),
        other => other.clone(),
    };
    Value { data, ..value.clone() }
}

fn collect_texts(value: &Value, texts: &mut Vec<String>, depth: u32) {
    match &value.data {
        Data::String(text) => texts.push(text.to_string()),
        Data::List(items) => items.iter().for_each(|item| collect_texts(item, texts, depth + 1)),
        Data::Map(map) => map.iter().for_each(|(_, value)| collect_texts(value, texts, depth + 1)),
        _ => {}
    }
}

/// Reads a single value as `--set` does: quoted is a text, otherwise numbers, truth values and null are seen.
fn scalar(text: &str, literal: bool) -> Value {
    if literal {
        return Value::string(text);
    }
    for quote in ['\'', '"'] {
        if text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote) {
            return Value::string(text.trim_matches(['\'', '"']));
        }
    }
    match text {
        "true" => Value::from(true),
        "false" => Value::from(false),
        "null" => Value::null(),
        "0" => Value::from(0),
        _ if text.starts_with('0') => Value::string(text),
        _ => text.parse::<i64>().map_or_else(|_| Value::string(text), Value::from),
    }
}

/// Sets the value at a path such as `a.b[0].c`; a dot after a backslash belongs to the key.
fn set(root: &mut Value, path: &str, value: Value) {
    let mut place = root;
    for step in steps(path) {
        place = match step {
            Step::Key(key) => {
                if place.as_map().is_none() {
                    *place = Value::map(Map::new());
                }
                let Some(map) = place.as_map_mut() else { return };
                map.entry(&key)
            }
            Step::Index(index) => {
                if place.as_list().is_none() {
                    *place = Value::list(Vec::new());
                }
                let Some(list) = place.as_list_mut() else { return };
                if list.len() <= index {
                    list.resize(index + 1, Value::null());
                }
                &mut list[index]
            }
        };
    }
    *place = value;
}

enum Step {
    Key(String),
    Index(usize),
}

/// Helm's own bound for an index.
const MAX_INDEX: usize = 65_536;

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut characters = path.chars();
    let flush = |key: &mut String, steps: &mut Vec<Step>| {
        if !key.is_empty() {
            steps.push(Step::Key(std::mem::take(key)));
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' => key.extend(characters.next()),
            '.' => flush(&mut key, &mut steps),
            '[' => {
                flush(&mut key, &mut steps);
                let digits: String = characters.by_ref().take_while(|c| *c != ']').collect();
                steps.push(Step::Index(digits.parse().unwrap_or(0).min(MAX_INDEX)));
            }
            other => key.push(other),
        }
    }
    flush(&mut key, &mut steps);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_path_reaches_into_lists_and_dotted_keys() {
        let mut root = Value::map(Map::new());
        set(&mut root, r"a.b[1].c\.d", scalar("5", false));
        set(&mut root, "a.e", scalar("'5'", false));
        assert_eq!(format!("{root:?}"), r#"{"a": {"b": [null, {"c.d": 5}], "e": "5"}}"#);
    }

    #[test]
    fn later_values_win_and_maps_are_merged() {
        let map = |pairs: &[(&str, i64)]| -> Value {
            Map::from_iter(pairs.iter().map(|(k, v)| ((*k).into(), Value::from(*v)))).into()
        };
        let merged = merge(map(&[("a", 1), ("b", 2)]), map(&[("b", 3)]), 0);
        assert_eq!(format!("{merged:?}"), r#"{"a": 1, "b": 3}"#);
    }
}
