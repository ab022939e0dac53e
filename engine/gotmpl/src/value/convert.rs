//! From and to the engine's own values.

use weir_model::Data;

use super::{List, Map, UintKind, Value};

/// What a whole number of a [`weir_model::Value`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// `float64`, as where YAML came by way of JSON.
    Float64,
    /// `int64`.
    Int64,
    /// `int`.
    Int,
}

impl Value {
    /// Makes a template's value of the engine's: `map[string]interface {}` and `[]interface {}` all the way down.
    /// Whole numbers become what `numbers` says, other numbers `float64`.
    pub fn from_model(value: &weir_model::Value, numbers: Numbers) -> Self {
        match &value.data {
            Data::Null => Self::Nil,
            Data::Bool(value) => Self::Bool(*value),
            Data::Int(value) => match numbers {
                Numbers::Float64 => Self::float64(*value as f64),
                Numbers::Int64 => Self::int64(*value),
                Numbers::Int => Self::int(*value),
            },
            Data::Uint(value) => match numbers {
                Numbers::Float64 => Self::float64(*value as f64),
                Numbers::Int64 | Numbers::Int => Self::Uint(*value, UintKind::Uint64),
            },
            Data::Float(value) => Self::float64(*value),
            Data::String(text) => Self::String(text.clone()),
            Data::List(items) => Self::List(List::new(
                items.iter().map(|item| Self::from_model(item, numbers)).collect(),
            )),
            Data::Map(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::from_model(value, numbers)))
                    .collect(),
            ),
        }
    }

    /// Makes the engine's value of a template's. Whole numbers stay whole; bytes become base64-free text; functions become null,
    /// and structs what their JSON is. Values nested deeper than `depth` become null.
    pub fn to_model(&self, depth: u32) -> weir_model::Value {
        let Some(deeper) = depth.checked_sub(1) else { return weir_model::Value::null() };
        weir_model::Value::new(match self {
            Self::NoValue | Self::Nil | Self::Func(_) | Self::Complex(_) => Data::Null,
            Self::Bool(value) => Data::Bool(*value),
            Self::Int(value, _) => Data::Int(*value),
            Self::Uint(value, _) => i64::try_from(*value).map_or(Data::Uint(*value), Data::Int),
            Self::Float(value, _) => Data::Float(*value),
            Self::String(text) => Data::String(text.clone()),
            Self::RawString(bytes) | Self::Bytes(bytes) => {
                Data::String(String::from_utf8_lossy(bytes).into())
            }
            Self::List(list) if list.is_nil() => Data::Null,
            Self::List(list) => {
                return weir_model::Value::list(
                    list.iter().map(|item| item.to_model(deeper)).collect(),
                );
            }
            Self::Map(map) if map.is_nil() => Data::Null,
            Self::Map(map) => {
                let entries = map.entries();
                return weir_model::Value::map(
                    entries
                        .iter()
                        .map(|(key, value)| (key.clone(), value.to_model(deeper)))
                        .collect(),
                );
            }
            Self::Object(object) => {
                if let Some(value) = object.underlying() {
                    return value.to_model(deeper);
                }
                let Some(fields) = object.json() else { return weir_model::Value::null() };
                return weir_model::Value::map(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name.into(), value.to_model(deeper)))
                        .collect(),
                );
            }
        })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<smol_str::SmolStr> for Value {
    fn from(text: smol_str::SmolStr) -> Self {
        Self::String(text)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}
