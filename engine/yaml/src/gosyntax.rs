//! Values as Go's `%#v` shows them, for its error messages.

use weir_golang::strconv::quote;
use weir_model::{Data, Value};

use crate::number;

/// Which map type the decoder makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maps {
    /// yaml.v2: every map may have any keys.
    General,
    /// yaml.v3: keys are texts.
    Strings,
}

/// Shows a value on its own.
pub(crate) fn outer(value: &Value, maps: Maps) -> String {
    if value.is_null() { "<nil>".to_owned() } else { inner(value, maps) }
}

/// Shows a value as part of another.
pub(crate) fn inner(value: &Value, maps: Maps) -> String {
    match &value.data {
        Data::Null => "interface {}(nil)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => format!("{value:#x}"),
        Data::Float(value) => number::yaml_float(*value),
        Data::String(text) => quote(text),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inner(item, maps)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Map(map) => {
            let name = if maps == Maps::General { "interface {}" } else { "string" };
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}:{}", quote(key), inner(value, maps)))
                .collect();
            format!("map[{name}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}
