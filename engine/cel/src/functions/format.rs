//! `format`: a text with values in it.

use std::fmt::Write;

use weir_golang::strconv;
use weir_golang::time::{RFC3339_NANO, Time};

use super::conversions::seconds_text;
use super::strings::shortest;
use super::{Call, no_overload};
use crate::{CelError, Val};

/// The most digits behind the point.
const MOST_DIGITS: i32 = 100;

pub(super) fn format(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(pattern), list] = call.values else { return no_overload() };
    let Some(mut items) = list.items() else { return no_overload() };
    let mut out = String::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = precision(after)?;
        let clause = after.chars().next();
        let clause = clause.ok_or_else(|| CelError::new("unexpected end of string"))?;
        rest = after.get(clause.len_utf8()..).unwrap_or_default();
        let item = items.next().ok_or_else(|| CelError::new("index out of range"))?;
        write_clause(clause, precision, &item, &mut out)?;
        if out.len() as u64 / 16 > call.steps_left {
            return Err(CelError::cost());
        }
    }
    out.push_str(rest);
    Ok(Val::string(out))
}

fn precision(text: &str) -> Result<(i32, &str), CelError> {
    let Some(digits) = text.strip_prefix('.') else { return Ok((6, text)) };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    match digits.parse::<i32>() {
        Ok(precision) if precision <= MOST_DIGITS => Ok((precision, rest)),
        _ => Err(CelError::new("could not parse formatting clause: invalid precision")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what the clause asks for")]
fn write_clause(
    clause: char,
    precision: i32,
    item: &Val,
    out: &mut String,
) -> Result<(), CelError> {
    match (clause, item) {
        ('s', _) => return text(item, out),
        ('d', Val::Int(_) | Val::Uint(_) | Val::Double(_)) => return text(item, out),
        ('f' | 'e', Val::Double(value)) if !value.is_finite() => return text(item, out),
        ('f' | 'e', Val::Int(_) | Val::Uint(_) | Val::Double(_)) => {
            let value = match item {
                Val::Int(value) => *value as f64,
                Val::Uint(value) => *value as f64,
                Val::Double(value) => *value,
                _ => 0.0,
            };
            out.push_str(&strconv::format_float(value, clause as u8, precision, 64));
        }
        ('b', Val::Bool(value)) => out.push(if *value { '1' } else { '0' }),
        ('b' | 'x' | 'X' | 'o', Val::Int(value)) => {
            if *value < 0 {
                out.push('-');
            }
            whole(clause, value.unsigned_abs(), out);
        }
        ('b' | 'x' | 'X' | 'o', Val::Uint(value)) => whole(clause, *value, out),
        ('x' | 'X', Val::String(text)) => hex(clause, text.as_bytes(), out),
        ('x' | 'X', Val::Bytes(bytes)) => hex(clause, bytes, out),
        ('d' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o', other) => {
            let kind = other.type_name();
            return Err(CelError::new(format!(
                "error during formatting: no such formatting clause for `{kind}`"
            )));
        }
        (other, _) => {
            return Err(CelError::new(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{other}\""
            )));
        }
    }
    Ok(())
}

fn whole(clause: char, value: u64, out: &mut String) {
    // Writing to a text does not fail.
    let _ = match clause {
        'b' => write!(out, "{value:b}"),
        'o' => write!(out, "{value:o}"),
        'X' => write!(out, "{value:X}"),
        _ => write!(out, "{value:x}"),
    };
}

fn hex(clause: char, bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = if clause == 'X' { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
    }
}

fn text(item: &Val, out: &mut String) -> Result<(), CelError> {
    match item {
        Val::Null => out.push_str("null"),
        Val::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Val::Int(value) => out.push_str(&value.to_string()),
        Val::Uint(value) => out.push_str(&value.to_string()),
        Val::Double(value) if value.is_nan() => out.push_str("NaN"),
        Val::Double(value) if value.is_infinite() => {
            out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Val::Double(value) => out.push_str(&shortest(*value)),
        Val::String(text) => out.push_str(text),
        Val::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Val::Timestamp(seconds, nanos) => {
            out.push_str(&Time::unix(*seconds, *nanos).format(RFC3339_NANO));
        }
        Val::Duration(nanos) => out.push_str(&seconds_text(*nanos)),
        Val::Type(name) => out.push_str(name),
        Val::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries() {
                let (mut key_text, mut value_text) = (String::new(), String::new());
                text(&key, &mut key_text)?;
                text(&value, &mut value_text)?;
                entries.push((key_text, value_text));
            }
            entries.sort();
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            out.push('{');
            out.push_str(&entries.join(", "));
            out.push('}');
        }
        Val::Data(_) | Val::List(_) => {
            out.push('[');
            for (index, item) in item.items().into_iter().flatten().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                text(&item, out)?;
            }
            out.push(']');
        }
        Val::Optional(_) | Val::Kubernetes(_) => {
            let kind = item.type_name();
            return Err(CelError::new(format!(
                "error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given {kind}"
            )));
        }
    }
    Ok(())
}
