//! Base 64 and JSON.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use weir_golang::strconv;

use super::{Call, Row, Who, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("base64.decode", Who::Both, decode),
    ("base64.encode", Who::Both, encode),
    ("json.encode", Who::Both, json),
];

/// Padding may be there or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn decode(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(text)] = call.values else { return no_overload() };
    let bytes =
        LENIENT.decode(text.as_bytes()).map_err(|_| CelError::new("illegal base64 data"))?;
    Ok(Val::Bytes(Arc::from(bytes)))
}

fn encode(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::Bytes(bytes)] = call.values else { return no_overload() };
    Ok(Val::string(LENIENT.encode(bytes)))
}

fn json(call: &Call<'_>) -> Result<Val, CelError> {
    let [value] = call.values else { return no_overload() };
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(Val::string(out))
}

/// Writes a value without blanks, keys in order.
fn write(value: &Val, out: &mut String) -> Result<(), CelError> {
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Val::Int(value) => out.push_str(&value.to_string()),
        Val::Uint(value) => out.push_str(&value.to_string()),
        Val::Double(value) if value.is_finite() => {
            out.push_str(&strconv::format_float(*value, b'g', -1, 64));
        }
        Val::String(text) => quote(text, out),
        Val::Bytes(bytes) => quote(&LENIENT.encode(bytes), out),
        Val::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries() {
                let Val::String(key) = key else { return no_overload() };
                entries.push((key, value));
            }
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
        Val::Data(_) | Val::List(_) => {
            out.push('[');
            for (index, item) in value.items().into_iter().flatten().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(&item, out)?;
            }
            out.push(']');
        }
        _ => return no_overload(),
    }
    Ok(())
}

/// Quotes as Go's `json.Marshal` does.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
