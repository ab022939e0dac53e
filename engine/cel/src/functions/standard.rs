//! The functions of the language itself.

use weir_golang::regexp::Regexp;

use super::{Call, Row, Who, int, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("size", Who::Both, size),
    ("contains", Who::Both, |call| text_test(call, |text, part| text.contains(part))),
    ("startsWith", Who::Both, |call| text_test(call, |text, part| text.starts_with(part))),
    ("endsWith", Who::Both, |call| text_test(call, |text, part| text.ends_with(part))),
    ("matches", Who::Both, matches),
];

fn size(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::String(text)] => Ok(int(text.chars().count())),
        [Val::Bytes(bytes)] => Ok(int(bytes.len())),
        [Val::Map(map)] => Ok(int(map.len())),
        [list] => list.list_len().map(int).ok_or_else(CelError::no_overload),
        _ => no_overload(),
    }
}

fn text_test(call: &Call<'_>, test: fn(&str, &str) -> bool) -> Result<Val, CelError> {
    match call.values {
        [Val::String(text), Val::String(part)] => Ok(Val::Bool(test(text, part))),
        _ => no_overload(),
    }
}

fn matches(call: &Call<'_>) -> Result<Val, CelError> {
    match (call.values, call.pattern) {
        ([Val::String(text), Val::String(_)], Some(pattern)) => {
            Ok(Val::Bool(pattern.is_match(text)))
        }
        ([Val::String(text), Val::String(pattern)], None) => {
            let pattern =
                Regexp::compile(pattern).map_err(|error| CelError::new(error.to_string()))?;
            Ok(Val::Bool(pattern.is_match(text)))
        }
        _ => no_overload(),
    }
}
