//! `index`, `slice` and `len`.

use super::call::prepare;
use crate::{Args, Context, Error, List, UintKind, Value, value};

pub(super) fn len(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let item = args.value(0);
    match item {
        Value::NoValue => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Nil => Err("len of nil pointer".into()),
        Value::Object(object) if object.is_nil() => Err("len of nil pointer".into()),
        _ => match item.length() {
            Some(length) => Ok(Value::int(length as i64)),
            None => Err(format!("len of type {}", item.type_of()).into()),
        },
    }
}

pub(super) fn index(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let mut item = args.value(0).clone();
    if matches!(item, Value::NoValue | Value::Nil) {
        return Err("index of untyped nil".into());
    }
    for index in args.rest(1) {
        item = index_one(&item, index)?;
    }
    Ok(item)
}

fn index_one(item: &Value, index: &Value) -> Result<Value, Error> {
    let under = item.underlying();
    match under.as_ref() {
        Value::NoValue | Value::Nil => Err("index of nil pointer".into()),
        Value::Object(object) if object.is_nil() => Err("index of nil pointer".into()),
        Value::List(list) => {
            let index = position(index, list.len())?;
            list.get(index).cloned().ok_or_else(|| "reflect: slice index out of range".into())
        }
        Value::String(_) | Value::RawString(_) | Value::Bytes(_) => {
            let bytes = under.as_bytes().unwrap_or_default();
            let index = position(index, bytes.len())?;
            let byte = bytes.get(index).copied();
            let kind = if matches!(under.as_ref(), Value::Bytes(_)) { "slice" } else { "string" };
            let byte =
                byte.ok_or_else(|| Error::new(format!("reflect: {kind} index out of range")))?;
            Ok(Value::Uint(u64::from(byte), UintKind::Uint8))
        }
        Value::Map(map) => {
            let key = prepare(index, *map.key())?;
            let found = value::key_text(*map.key(), &key).and_then(|key| map.get(&key));
            Ok(found.unwrap_or_else(|| Value::zero(*map.element())))
        }
        other => Err(format!("can't index item of type {}", other.type_of()).into()),
    }
}

pub(super) fn slice(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let item = args.value(0);
    let indexes = args.rest(1);
    let under = item.underlying();
    let length = match under.as_ref() {
        Value::NoValue | Value::Nil => return Err("slice of untyped nil".into()),
        Value::Object(object) if object.is_nil() => return Err("slice of nil pointer".into()),
        _ if indexes.len() > 3 => {
            return Err(format!("too many slice indexes: {}", indexes.len()).into());
        }
        Value::String(_) | Value::RawString(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(_) | Value::RawString(_) | Value::Bytes(_) | Value::List(_) => {
            under.length().unwrap_or_default()
        }
        other => return Err(format!("can't slice item of type {}", other.type_of()).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        if let Value::Nil = index {
            return Err("cannot index slice/array with type interface {}".into());
        }
        *bound = position(index, length)?;
    }
    let [start, end, capacity] = bounds;
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}").into());
    }
    if end > capacity {
        return Err(format!("invalid slice index: {end} > {capacity}").into());
    }
    Ok(match under.as_ref() {
        Value::List(list) => Value::List(List::typed(
            list.element(),
            list.get(start..end).unwrap_or_default().to_vec(),
        )),
        Value::Bytes(bytes) => Value::Bytes(bytes.get(start..end).unwrap_or_default().into()),
        text => Value::from_bytes(
            text.as_bytes().and_then(|bytes| bytes.get(start..end)).unwrap_or_default().to_vec(),
        ),
    })
}

/// Reads an index between zero and this, which is included.
fn position(index: &Value, limit: usize) -> Result<usize, Error> {
    let under = index.underlying();
    let number = match under.as_ref() {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => number.cast_signed(),
        Value::NoValue | Value::Nil => return Err("cannot index slice/array with nil".into()),
        _ => return Err(format!("cannot index slice/array with type {}", index.type_of()).into()),
    };
    match usize::try_from(number) {
        Ok(position) if position <= limit => Ok(position),
        _ => Err(format!("index out of range: {number}").into()),
    }
}
