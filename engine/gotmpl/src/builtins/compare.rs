//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;
use std::mem::discriminant;
use std::rc::Rc;

use crate::{Args, Context, Error, Value, format};

/// What two values can be compared as.
enum Basic<'a> {
    Bool(bool),
    Complex((f64, f64)),
    Int(i64),
    Float(f64),
    String(&'a [u8]),
    Uint(u64),
}

pub(super) fn eq(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let others = args.rest(1);
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if compare_equal(args.value(0), other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    compare_equal(args.value(0), args.value(1)).map(|equal| Value::Bool(!equal))
}

pub(super) fn lt(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    less(args.value(0), args.value(1)).map(Value::Bool)
}

pub(super) fn le(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    less_or_equal(args.value(0), args.value(1)).map(Value::Bool)
}

pub(super) fn gt(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    less_or_equal(args.value(0), args.value(1)).map(|less| Value::Bool(!less))
}

pub(super) fn ge(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    less(args.value(0), args.value(1)).map(|less| Value::Bool(!less))
}

/// Tells whether two values are equal as `eq` sees it; refuses, with Go's text, what it cannot compare.
pub fn compare_equal(a: &Value, b: &Value) -> Result<bool, Error> {
    let (under_a, under_b) = (a.underlying(), b.underlying());
    match (basic(&under_a), basic(&under_b)) {
        (Some(x), Some(y)) => match (x, y) {
            (Basic::Bool(x), Basic::Bool(y)) => Ok(x == y),
            (Basic::Complex(x), Basic::Complex(y)) => Ok(x == y),
            (Basic::Int(x), Basic::Int(y)) => Ok(x == y),
            (Basic::Float(x), Basic::Float(y)) => Ok(x == y),
            (Basic::String(x), Basic::String(y)) => Ok(x == y),
            (Basic::Uint(x), Basic::Uint(y)) => Ok(x == y),
            (Basic::Int(x), Basic::Uint(y)) | (Basic::Uint(y), Basic::Int(x)) => {
                Ok(u64::try_from(x) == Ok(y))
            }
            _ => Err(incompatible(a, b)),
        },
        (None, None) => same(a, b),
        _ if invalid(a) || invalid(b) => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

/// Compares what is nil, a list, a map, a function or a struct.
fn same(a: &Value, b: &Value) -> Result<bool, Error> {
    if !invalid(a)
        && !invalid(b)
        && discriminant(a.underlying().as_ref()) != discriminant(b.underlying().as_ref())
    {
        let both = [a.clone(), b.clone()];
        let first = format::sprintf(b"%s", &both[..1]);
        let second = format::sprintf(b"%v", &both[1..]);
        return Err(format!(
            "non-comparable types {}: {}, {}: {}",
            String::from_utf8_lossy(&first),
            a.type_of(),
            b.type_of(),
            String::from_utf8_lossy(&second),
        )
        .into());
    }
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() == b.is_nil());
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if b.underlying().is_none() => Ok(Rc::ptr_eq(a, b)),
        _ => {
            let shown = format::sprintf(b"%s", std::slice::from_ref(b));
            Err(format!("non-comparable type {}: {}", String::from_utf8_lossy(&shown), b.type_of())
                .into())
        }
    }
}

fn less_or_equal(a: &Value, b: &Value) -> Result<bool, Error> {
    Ok(less(a, b)? || compare_equal(a, b)?)
}

fn less(a: &Value, b: &Value) -> Result<bool, Error> {
    let (under_a, under_b) = (a.underlying(), b.underlying());
    let invalid = || Error::from("invalid type for comparison");
    let (x, y) = (basic(&under_a).ok_or_else(invalid)?, basic(&under_b).ok_or_else(invalid)?);
    match (x, y) {
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(_), Basic::Complex(_)) => Err(invalid()),
        (Basic::Int(x), Basic::Int(y)) => Ok(x < y),
        (Basic::Float(x), Basic::Float(y)) => Ok(x.partial_cmp(&y) == Some(Ordering::Less)),
        (Basic::String(x), Basic::String(y)) => Ok(x < y),
        (Basic::Uint(x), Basic::Uint(y)) => Ok(x < y),
        (Basic::Int(x), Basic::Uint(y)) => Ok(u64::try_from(x).map_or(true, |x| x < y)),
        (Basic::Uint(x), Basic::Int(y)) => Ok(u64::try_from(y).is_ok_and(|y| x < y)),
        _ => Err(incompatible(a, b)),
    }
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(value, _) => Basic::Int(*value),
        Value::Uint(value, _) => Basic::Uint(*value),
        Value::Float(value, _) => Basic::Float(*value),
        Value::Complex(value) => Basic::Complex(**value),
        Value::String(text) => Basic::String(text.as_bytes()),
        Value::RawString(bytes) => Basic::String(bytes),
        Value::NoValue
        | Value::Nil
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Func(_)
        | Value::Object(_) => return None,
    })
}

fn invalid(value: &Value) -> bool {
    matches!(value, Value::NoValue | Value::Nil)
}

fn incompatible(a: &Value, b: &Value) -> Error {
    format!("incompatible types for comparison: {} and {}", a.type_of(), b.type_of()).into()
}
