//! Texts, and the functions that lists have under the same names.

use weir_golang::strconv;

use super::{Call, Row, Who, format, int, lists, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("charAt", Who::Both, char_at),
    ("format", Who::Both, format::format),
    ("indexOf", Who::Both, |call| index_of(call, false)),
    ("join", Who::Both, join),
    ("lastIndexOf", Who::Both, |call| index_of(call, true)),
    ("lowerAscii", Who::Both, |call| changed(call, str::to_ascii_lowercase)),
    ("replace", Who::Both, replace),
    ("reverse", Who::Both, reverse),
    ("split", Who::Both, split),
    ("strings.quote", Who::Both, |call| changed(call, quote)),
    ("substring", Who::Both, substring),
    ("trim", Who::Both, |call| changed(call, |text| text.trim().to_owned())),
    ("upperAscii", Who::Both, |call| changed(call, str::to_ascii_uppercase)),
];

fn out_of_range(index: i64) -> CelError {
    CelError::new(format!("index out of range: {index}"))
}

fn changed(call: &Call<'_>, change: fn(&str) -> String) -> Result<Val, CelError> {
    match call.values {
        [Val::String(text)] => Ok(Val::string(change(text))),
        _ => no_overload(),
    }
}

fn char_at(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(text), Val::Int(index)] = call.values else { return no_overload() };
    let place = usize::try_from(*index).map_err(|_| out_of_range(*index))?;
    match text.chars().nth(place) {
        Some(found) => Ok(Val::string(found.to_string())),
        None if place == text.chars().count() => Ok(Val::string("")),
        None => Err(out_of_range(*index)),
    }
}

fn index_of(call: &Call<'_>, is_last: bool) -> Result<Val, CelError> {
    let (text, part, offset) = match call.values {
        [Val::String(text), Val::String(part)] => (text, part, None),
        [Val::String(text), Val::String(part), Val::Int(offset)] => (text, part, Some(*offset)),
        _ => return lists::index_of(call, is_last),
    };
    let length = text.chars().count();
    let from = match offset {
        None if is_last => length,
        None => 0,
        Some(offset) => usize::try_from(offset).map_err(|_| out_of_range(offset))?,
    };
    if part.is_empty() {
        return Ok(int(from.min(length)));
    }
    if from >= length && offset.is_some() {
        return Ok(Val::Int(-1));
    }
    let byte_of =
        |place: usize| text.char_indices().nth(place).map_or(text.len(), |(byte, _)| byte);
    let found = if is_last {
        // The last place at which the part may begin.
        let end = byte_of(from).saturating_add(part.len()).min(text.len());
        let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        text.get(..end).and_then(|text| text.rfind(part.as_str()))
    } else {
        let start = byte_of(from);
        text.get(start..).and_then(|text| text.find(part.as_str())).map(|byte| start + byte)
    };
    let place = found.and_then(|byte| text.get(..byte)).map(|before| before.chars().count());
    Ok(place.map_or(Val::Int(-1), int))
}

fn join(call: &Call<'_>) -> Result<Val, CelError> {
    let (list, separator) = match call.values {
        [list] => (list, ""),
        [list, Val::String(separator)] => (list, separator.as_str()),
        _ => return no_overload(),
    };
    let Some(items) = list.items() else { return no_overload() };
    let mut text = String::new();
    for (index, item) in items.enumerate() {
        let Val::String(part) = &item else {
            return Err(CelError::new(format!("join: invalid input: {}", item.type_name())));
        };
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(part);
        afford(call, text.len())?;
    }
    Ok(Val::string(text))
}

/// Fails when a text is larger than the steps that are left allow.
fn afford(call: &Call<'_>, length: usize) -> Result<(), CelError> {
    if length as u64 / 16 > call.steps_left { Err(CelError::cost()) } else { Ok(()) }
}

fn replace(call: &Call<'_>) -> Result<Val, CelError> {
    let (text, old, new, most) = match call.values {
        [Val::String(text), Val::String(old), Val::String(new)] => (text, old, new, None),
        [Val::String(text), Val::String(old), Val::String(new), Val::Int(most)] => {
            (text, old, new, usize::try_from(*most).ok())
        }
        _ => return no_overload(),
    };
    let count = if old.is_empty() { text.len() + 1 } else { text.len() / old.len() };
    afford(call, count.saturating_mul(new.len()))?;
    Ok(Val::string(match most {
        None => text.replace(old.as_str(), new),
        Some(most) => text.replacen(old.as_str(), new, most),
    }))
}

fn reverse(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::String(text)] => Ok(Val::string(text.chars().rev().collect::<String>())),
        _ => lists::reverse(call),
    }
}

fn split(call: &Call<'_>) -> Result<Val, CelError> {
    let (text, separator, most) = match call.values {
        [Val::String(text), Val::String(separator)] => (text, separator, None),
        [Val::String(text), Val::String(separator), Val::Int(most)] => {
            (text, separator, usize::try_from(*most).ok())
        }
        _ => return no_overload(),
    };
    let most = most.unwrap_or(usize::MAX);
    if most == 0 {
        return Ok(Val::list(Vec::new()));
    }
    let parts: Vec<&str> = if separator.is_empty() {
        letters(text, most)
    } else {
        text.splitn(most, separator.as_str()).collect()
    };
    afford(call, parts.len().saturating_mul(16))?;
    Ok(Val::list(parts.into_iter().map(Val::string).collect()))
}

/// Splits into letters, the last part holding the rest.
fn letters(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 >= most {
            parts.push(rest);
            break;
        }
        let (letter, after) = rest.split_at(first.len_utf8());
        parts.push(letter);
        rest = after;
    }
    parts
}

fn substring(call: &Call<'_>) -> Result<Val, CelError> {
    let (text, start, end) = match call.values {
        [Val::String(text), Val::Int(start)] => (text, *start, None),
        [Val::String(text), Val::Int(start), Val::Int(end)] => (text, *start, Some(*end)),
        _ => return no_overload(),
    };
    if let Some(end) = end.filter(|end| start > *end) {
        let message = format!("invalid substring range. start: {start}, end: {end}");
        return Err(CelError::new(message));
    }
    let length = text.chars().count();
    let place = |index: i64| {
        usize::try_from(index).ok().filter(|i| *i <= length).ok_or_else(|| out_of_range(index))
    };
    let start = place(start)?;
    let end = end.map_or(Ok(length), place)?;
    let part: String = text.chars().skip(start).take(end.saturating_sub(start)).collect();
    Ok(Val::string(part))
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Writes a number as Go's `%g` does with the fewest digits.
pub(super) fn shortest(value: f64) -> String {
    strconv::format_float(value, b'f', -1, 64)
}
