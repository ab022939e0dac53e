//! Optionals, and the first and last items of lists, which are optionals.

use super::{Call, Row, Who, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("first", Who::Both, |call| end(call, false)),
    ("hasValue", Who::Both, has_value),
    ("last", Who::Both, |call| end(call, true)),
    ("optional.none", Who::Both, |call| {
        if call.values.is_empty() { Ok(Val::none()) } else { no_overload() }
    }),
    ("optional.of", Who::Both, |call| match call.values {
        [value] => Ok(Val::some(value.clone())),
        _ => no_overload(),
    }),
    ("optional.ofNonZeroValue", Who::Both, |call| match call.values {
        [value] if value.is_zero() => Ok(Val::none()),
        [value] => Ok(Val::some(value.clone())),
        _ => no_overload(),
    }),
    ("optional.unwrap", Who::Both, unwrap),
    ("or", Who::Both, or),
    ("orValue", Who::Both, or_value),
    ("unwrapOpt", Who::Both, unwrap),
    ("value", Who::Both, value),
];

fn end(call: &Call<'_>, is_last: bool) -> Result<Val, CelError> {
    let [list] = call.values else { return no_overload() };
    let Some(count) = list.list_len() else { return no_overload() };
    let index = if is_last { count.saturating_sub(1) } else { 0 };
    Ok(list.item(index).map_or_else(Val::none, Val::some))
}

fn has_value(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::Optional(value)] => Ok(Val::Bool(value.is_some())),
        _ => no_overload(),
    }
}

fn value(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::Optional(Some(value))] => Ok((**value).clone()),
        [Val::Optional(None)] => Err(CelError::new("optional.none() dereference")),
        _ => no_overload(),
    }
}

fn or(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [one @ Val::Optional(Some(_)), Val::Optional(_)] => Ok(one.clone()),
        [Val::Optional(None), other @ Val::Optional(_)] => Ok(other.clone()),
        _ => no_overload(),
    }
}

fn or_value(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::Optional(Some(value)), _] => Ok((**value).clone()),
        [Val::Optional(None), other] => Ok(other.clone()),
        _ => no_overload(),
    }
}

fn unwrap(call: &Call<'_>) -> Result<Val, CelError> {
    let [list] = call.values else { return no_overload() };
    let Some(items) = list.items() else { return no_overload() };
    let mut values = Vec::new();
    for item in items {
        match item {
            Val::Optional(value) => values.extend(value.map(|value| (*value).clone())),
            _ => return no_overload(),
        }
    }
    Ok(Val::list(values))
}
