//! YAML to and from templates' values.

use weir_gotmpl::{Context, Error, List, Map, Numbers, Type, Value};
use weir_model::{Data, Source};

use super::{json, sources};

/// Values nested deeper take the slower way, which refuses them.
const DEEPEST: u32 = 100;

/// Writes a value as `sigs.k8s.io/yaml` does, without a newline at the end.
pub(super) fn encode(value: &Value) -> Result<String, Error> {
    let mut text = match plain(value, DEEPEST) {
        Some(value) => weir_yaml::to_yaml(&value),
        // What has a JSON of its own goes through that, as in Go.
        None => {
            let json = json::encode(value, json::PLAIN)?;
            weir_yaml::json_to_yaml(json.as_bytes()).map_err(|error| error.to_string())?
        }
    };
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// Writes a value as `yaml.v3` does with an indent of two, without a newline at the end.
pub(super) fn encode_pretty(value: &Value) -> String {
    let text = weir_yaml::emit_indented(&weir_yaml::from_value(&value.to_model(PRETTY_DEPTH)));
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// Values nested deeper become null.
const PRETTY_DEPTH: u32 = 500;

/// Makes the engine's value of one that is plain all the way down.
fn plain(value: &Value, depth: u32) -> Option<weir_model::Value> {
    let depth = depth.checked_sub(1)?;
    Some(weir_model::Value::new(match value {
        Value::NoValue | Value::Nil => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Int(value, _) => Data::Int(*value),
        Value::Uint(value, _) => i64::try_from(*value).map_or(Data::Uint(*value), Data::Int),
        Value::Float(value, _) if value.is_finite() => Data::Float(*value),
        Value::String(text) if survives_json(text) => Data::String(text.clone()),
        Value::List(list) if list.is_nil() => Data::Null,
        Value::List(list) => {
            let items: Option<Vec<_>> = list.iter().map(|item| plain(item, depth)).collect();
            return Some(weir_model::Value::list(items?));
        }
        Value::Map(map) if map.is_nil() => Data::Null,
        Value::Map(map) if *map.key() == Type::String => {
            let entries = map.entries();
            let entries: Option<weir_model::Map> = entries
                .iter()
                .map(|(key, value)| Some((key.clone(), plain(value, depth)?)))
                .collect();
            return Some(weir_model::Value::map(entries?));
        }
        Value::Object(object) => match object.underlying()? {
            // `.Values` itself.
            under @ Value::Map(_) => return plain(&under, depth),
            _ => return None,
        },
        _ => return None,
    }))
}

/// Tells whether a text comes out the same when its JSON is read as YAML, where some characters are refused or line breaks.
fn survives_json(text: &str) -> bool {
    let special = |c| matches!(c, '\x7f'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    text.bytes().all(|byte| byte < 0x7f) || !text.contains(special)
}

/// Where a text is read from, for the words around an error.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// JSON itself.
    Json,
    /// YAML, which becomes JSON on the way.
    Yaml,
}

impl Form {
    fn read(self, context: &Context<'_>, text: &[u8]) -> Result<weir_model::Value, String> {
        match self {
            Self::Json => {
                weir_yaml::json::read(text, Source::default()).map_err(|error| error.message)
            }
            Self::Yaml => match sources(context) {
                Ok(sources) => sources.documents.read(text),
                Err(_) => weir_yaml::read_value(text, Source::default()),
            }
            .map_err(|error| format!("error converting YAML to JSON: {}", error.message)),
        }
    }

    /// Says that a value is of the wrong kind.
    fn mismatch(self, value: &weir_model::Value, wanted: &str) -> String {
        let found = match value.data {
            Data::Bool(_) => "bool",
            Data::String(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
            Data::Null | Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        };
        let error = format!("json: cannot unmarshal {found} into Go value of type {wanted}");
        match self {
            Self::Json => error,
            Self::Yaml => format!("error unmarshaling JSON: while decoding JSON: {error}"),
        }
    }
}

/// Reads any value.
pub(super) fn decode(context: &Context<'_>, text: &[u8], form: Form) -> Result<Value, Error> {
    Ok(Value::from_model(&form.read(context, text)?, Numbers::Float64))
}

/// Reads a map; what is wrong stands in its entry `Error`.
pub(super) fn decode_map(context: &Context<'_>, text: &[u8], form: Form) -> Value {
    let read = form.read(context, text).and_then(|value| match value.data {
        Data::Map(_) => Ok(Value::from_model(&value, Numbers::Float64)),
        // A document of nothing leaves a map as it was, empty; JSON's null takes it away.
        Data::Null if form == Form::Yaml => Ok(Map::new().into()),
        Data::Null => Ok(Map::nil(&Type::String, &Type::Any).into()),
        _ => Err(form.mismatch(&value, "map[string]interface {}")),
    });
    read.unwrap_or_else(|error| {
        let map = Map::new();
        map.insert("Error", error.into());
        map.into()
    })
}

/// Reads a list; what is wrong becomes its only item.
pub(super) fn decode_list(context: &Context<'_>, text: &[u8], form: Form) -> Value {
    let read = form.read(context, text).and_then(|value| match value.data {
        Data::List(_) => Ok(Value::from_model(&value, Numbers::Float64)),
        Data::Null if form == Form::Yaml => Ok(Value::list(Vec::new())),
        Data::Null => Ok(List::nil(&Type::Any).into()),
        _ => Err(form.mismatch(&value, "[]interface {}")),
    });
    read.unwrap_or_else(|error| Value::list(vec![error.into()]))
}
