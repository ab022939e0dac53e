//! From one type to another.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_golang::strconv;
use weir_golang::time::{self, Duration, Time};

use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val, numeric};

pub(super) const ROWS: &[Row] = &[
    ("bool", Who::Both, boolean),
    ("bytes", Who::Both, bytes),
    ("double", Who::Both, double),
    ("duration", Who::Both, duration),
    ("dyn", Who::Both, identity),
    ("int", Who::Both, int),
    ("string", Who::Both, string),
    ("timestamp", Who::Both, timestamp),
    ("type", Who::Both, type_of),
    ("uint", Who::Both, uint),
];

/// The numbers at which 64 bits end, with sign and without.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

fn failed(value: &Val, to: &str) -> CelError {
    CelError::new(format!("type conversion error from '{}' to '{to}'", value.type_name()))
}

fn identity(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value] => Ok(value.clone()),
        _ => no_overload(),
    }
}

fn type_of(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value] => Ok(Val::Type(SmolStr::new_static(value.type_name()))),
        _ => no_overload(),
    }
}

fn boolean(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value @ Val::Bool(_)] => Ok(value.clone()),
        [value @ Val::String(text)] => match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Val::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Val::Bool(false)),
            _ => Err(failed(value, "bool")),
        },
        _ => no_overload(),
    }
}

fn bytes(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value @ Val::Bytes(_)] => Ok(value.clone()),
        [Val::String(text)] => Ok(Val::Bytes(Arc::from(text.as_bytes()))),
        _ => no_overload(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what the conversion is")]
fn double(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value @ Val::Double(_)] => Ok(value.clone()),
        [Val::Int(value)] => Ok(Val::Double(*value as f64)),
        [Val::Uint(value)] => Ok(Val::Double(*value as f64)),
        [value @ Val::String(text)] => {
            strconv::parse_float(text, 64).map(Val::Double).map_err(|_| failed(value, "double"))
        }
        _ => no_overload(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to fit")]
fn int(call: &Call<'_>) -> Result<Val, CelError> {
    let overflow = || CelError::new("integer overflow");
    match call.values {
        [value @ Val::Int(_)] => Ok(value.clone()),
        [Val::Uint(value)] => i64::try_from(*value).map(Val::Int).map_err(|_| overflow()),
        [Val::Double(value)] if value.abs() < INT_END => Ok(Val::Int(*value as i64)),
        [Val::Double(_)] => Err(overflow()),
        [value @ Val::String(text)] => {
            strconv::parse_int(text, 10, 64).map(Val::Int).map_err(|_| failed(value, "int"))
        }
        [Val::Timestamp(seconds, _)] => Ok(Val::Int(*seconds)),
        [Val::Duration(nanos)] => Ok(Val::Int(*nanos)),
        _ => no_overload(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to fit")]
fn uint(call: &Call<'_>) -> Result<Val, CelError> {
    let overflow = || CelError::new("unsigned integer overflow");
    match call.values {
        [value @ Val::Uint(_)] => Ok(value.clone()),
        [Val::Int(value)] => u64::try_from(*value).map(Val::Uint).map_err(|_| overflow()),
        [Val::Double(value)] if *value >= 0.0 && *value < UINT_END => Ok(Val::Uint(*value as u64)),
        [Val::Double(_)] => Err(overflow()),
        [value @ Val::String(text)] => {
            strconv::parse_uint(text, 10, 64).map(Val::Uint).map_err(|_| failed(value, "uint"))
        }
        _ => no_overload(),
    }
}

fn string(call: &Call<'_>) -> Result<Val, CelError> {
    let text = match call.values {
        [value @ Val::String(_)] => return Ok(value.clone()),
        [Val::Bool(value)] => value.to_string(),
        [Val::Int(value)] => value.to_string(),
        [Val::Uint(value)] => value.to_string(),
        [Val::Double(value)] => strconv::format_float(*value, b'g', -1, 64),
        [Val::Bytes(bytes)] => String::from_utf8(bytes.to_vec())
            .map_err(|_| CelError::new("invalid UTF-8 in bytes, cannot convert to string"))?,
        [Val::Timestamp(seconds, nanos)] => Time::unix(*seconds, *nanos).format(time::RFC3339_NANO),
        [Val::Duration(nanos)] => seconds_text(*nanos),
        [Val::Kubernetes(value)] => match &**value {
            KubernetesVal::Ip(address) => address.to_string(),
            KubernetesVal::Cidr(range) => range.to_string(),
            _ => return no_overload(),
        },
        _ => return no_overload(),
    };
    Ok(Val::string(text))
}

/// Writes a duration in seconds, as `90s` or `0.5s`.
#[expect(clippy::cast_precision_loss, reason = "as Go's Duration.Seconds does")]
pub(super) fn seconds_text(nanos: i64) -> String {
    let whole = nanos / 1_000_000_000;
    let seconds = whole as f64 + (nanos % 1_000_000_000) as f64 / 1e9;
    format!("{}s", strconv::format_float(seconds, b'f', -1, 64))
}

fn duration(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value @ Val::Duration(_)] => Ok(value.clone()),
        [Val::Int(nanos)] => Ok(Val::Duration(*nanos)),
        [value @ Val::String(text)] => Duration::parse(text)
            .map(|duration| Val::Duration(duration.0))
            .map_err(|_| failed(value, "google.protobuf.Duration")),
        _ => no_overload(),
    }
}

fn timestamp(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [value @ Val::Timestamp(..)] => Ok(value.clone()),
        [Val::Int(seconds)] => numeric::timestamp(*seconds, 0),
        [Val::String(text)] => {
            let invalid = || CelError::new(format!("invalid RFC 3339 timestamp {text:?}"));
            if !is_strict(text) {
                return Err(invalid());
            }
            let time = time::parse(time::RFC3339_NANO, text).map_err(|_| invalid())?;
            numeric::timestamp(time.unix_seconds(), time.nanosecond())
        }
        _ => no_overload(),
    }
}

/// Tells whether a timestamp has the digits where RFC 3339 has them; Go reads a little more than that.
fn is_strict(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let dashes = has(4, b'-') && has(7, b'-') && has(13, b':') && has(16, b':');
    let digits = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
    dashes
        && digits.iter().all(|at| bytes.get(*at).is_some_and(u8::is_ascii_digit))
        && !text.contains(',')
}
