//! Conversions that sprig makes by itself: to numbers, to text, and what counts as empty or equal.

use std::borrow::Cow;

use weir_golang::strconv;
use weir_gotmpl::{FloatKind, Value, format};

/// Values nested deeper are not compared any further.
const DEEPEST: u32 = 500;

/// Makes an integer as `cast.ToInt64`: what cannot be one is zero.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Int(value, _) => *value,
        Value::Uint(value, _) => value.cast_signed(),
        Value::Float(value, _) => float_to_int(*value),
        Value::String(text) => strconv::parse_int(without_zero_decimal(text), 0, 64).unwrap_or(0),
        _ => 0,
    }
}

/// Makes a float as `cast.ToFloat64`: what cannot be one is zero.
#[expect(clippy::cast_precision_loss, reason = "a conversion in Go rounds, too")]
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Int(value, _) => *value as f64,
        Value::Uint(value, _) => *value as f64,
        Value::Float(value, _) => *value,
        Value::String(text) => strconv::parse_float(text, 64).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Converts as amd64 does, where all that does not fit becomes the smallest number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and Go drops the fraction"
)]
pub(super) fn float_to_int(value: f64) -> i64 {
    if (-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// Cuts `.0` and `.000` from the end.
fn without_zero_decimal(text: &str) -> &str {
    let stripped = text.trim_end_matches('0');
    match stripped.strip_suffix('.') {
        Some(whole) if stripped.len() < text.len() => whole,
        _ => text,
    }
}

/// Makes text as sprig's `toString`: strings and bytes as they are, all else as `%v` prints it.
pub(super) fn to_bytes(value: &Value) -> Cow<'_, [u8]> {
    match value.as_bytes() {
        Some(bytes) => Cow::Borrowed(bytes),
        None => Cow::Owned(printed(value)),
    }
}

/// Prints a value as `%v`.
pub(super) fn printed(value: &Value) -> Vec<u8> {
    format::sprint(std::slice::from_ref(value))
}

/// Returns Go's kind of a value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::NoValue | Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_, kind) => kind.name(),
        Value::Uint(_, kind) => kind.name(),
        Value::Float(_, FloatKind::Float32) => "float32",
        Value::Float(_, FloatKind::Float64) => "float64",
        Value::Complex(_) => "complex128",
        Value::String(_) | Value::RawString(_) => "string",
        Value::Bytes(_) | Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Func(_) => "func",
        Value::Object(object) => match object.underlying() {
            Some(value) => kind(&value),
            None if object.type_name().starts_with('*') => "ptr",
            None => "struct",
        },
    }
}

/// Tells whether sprig takes a value for empty.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}

/// Returns the items of a slice of any type.
pub(super) fn items(value: &Value) -> Option<Cow<'_, [Value]>> {
    match value {
        Value::List(list) => Some(Cow::Borrowed(list)),
        Value::Bytes(bytes) => {
            let byte = |byte: &u8| Value::Uint(u64::from(*byte), weir_gotmpl::UintKind::Uint8);
            Some(Cow::Owned(bytes.iter().map(byte).collect()))
        }
        Value::Object(object) => {
            let under = object.underlying()?;
            items(&under).map(|items| Cow::Owned(items.into_owned()))
        }
        _ => None,
    }
}

/// Makes a list of texts as sprig's `toStrings`: nil items are left out.
pub(super) fn to_texts(value: &Value) -> Vec<Vec<u8>> {
    match items(value) {
        Some(items) => items
            .iter()
            .filter(|item| !is_bare_nil(item))
            .map(|item| to_bytes(item).into_owned())
            .collect(),
        None if is_bare_nil(value) => Vec::new(),
        None => vec![to_bytes(value).into_owned()],
    }
}

/// Tells whether this is the nil interface, not a nil of some type.
pub(super) fn is_bare_nil(value: &Value) -> bool {
    matches!(value, Value::Nil | Value::NoValue)
}

/// Compares as `reflect.DeepEqual`: types count, and a nil slice is not an empty one.
pub(super) fn deep_equal(a: &Value, b: &Value) -> bool {
    deep_equal_within(a, b, DEEPEST)
}

fn deep_equal_within(a: &Value, b: &Value, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (a, b) {
        (Value::Nil | Value::NoValue, Value::Nil | Value::NoValue) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, x), Value::Int(b, y)) => a == b && x == y,
        (Value::Uint(a, x), Value::Uint(b, y)) => a == b && x == y,
        (Value::Float(a, x), Value::Float(b, y)) => a == b && x == y,
        (Value::Complex(a), Value::Complex(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::RawString(a), Value::RawString(b)) | (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.element() == b.element()
                && a.is_nil() == b.is_nil()
                && a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(a, b)| deep_equal_within(a, b, depth))
        }
        (Value::Map(a), Value::Map(b)) => {
            let same_type =
                a.key() == b.key() && a.element() == b.element() && a.is_nil() == b.is_nil();
            let (x, y) = (a.entries(), b.entries());
            let equal = |((k, v), (l, w)): (&(_, Value), &(_, Value))| -> bool {
                let (k, l): (&smol_str::SmolStr, &smol_str::SmolStr) = (k, l);
                k == l && deep_equal_within(v, w, depth)
            };
            same_type && (a.is(b) || (x.len() == y.len() && x.iter().zip(y.iter()).all(equal)))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.type_name() == y.type_name()
                && match (x.underlying(), y.underlying()) {
                    (Some(a), Some(b)) => deep_equal_within(&a, &b, depth),
                    _ => printed(a) == printed(b),
                }
        }
        _ => false,
    }
}
