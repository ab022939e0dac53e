//! JSON as Go's `encoding/json` reads and writes it.

use weir_model::{Source, Value};

use crate::YamlError;

/// Reads one JSON text.
pub fn read(_text: &[u8], _source: Source) -> Result<Value, YamlError> {
    todo!()
}

/// Writes a value as `json.Marshal` does: keys sorted, `<`, `>` and `&` escaped, floats in Go's form.
pub fn write(_value: &Value) -> String {
    todo!()
}

/// Writes a value as `json.MarshalIndent(value, "", indent)` does.
pub fn write_pretty(_value: &Value, _indent: &str) -> String {
    todo!()
}
