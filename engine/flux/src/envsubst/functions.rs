//! What can be done to a variable's value.

use weir_model::{Exhausted, Meter};

use crate::glob::{self, Dialect};

/// Applies a function by its sign.
pub(super) fn apply(
    function: &str,
    value: &str,
    arguments: &[Vec<u8>],
    meter: &mut Meter,
) -> Result<Vec<u8>, Exhausted> {
    let bytes = value.as_bytes();
    Ok(match (function, arguments) {
        ("#", []) => value.len().to_string().into_bytes(),
        (",", _) => change_first(value, to_lower),
        (",,", _) => value.chars().map(to_lower).collect::<String>().into_bytes(),
        ("^", _) => change_first(value, to_upper),
        ("^^", _) => value.chars().map(to_upper).collect::<String>().into_bytes(),
        (":", _) => slice(bytes, arguments).to_vec(),
        ("#", [pattern, ..]) => shortest(bytes, pattern, meter)?.to_vec(),
        ("##", [pattern, ..]) => longest(bytes, pattern, meter)?.to_vec(),
        ("%", [pattern, ..]) => reversed(shortest(&reversed(bytes), &reversed(pattern), meter)?),
        ("%%", [pattern, ..]) => reversed(longest(&reversed(bytes), &reversed(pattern), meter)?),
        ("/", [old]) => replace(bytes, old, b"", 1),
        ("/", [old, new, ..]) => replace(bytes, old, new, 1),
        ("//", [old]) => replace(bytes, old, b"", usize::MAX),
        ("//", [old, new, ..]) => replace(bytes, old, new, usize::MAX),
        ("/#", [old, new]) if bytes.starts_with(old) => {
            [new.as_slice(), &bytes[old.len()..]].concat()
        }
        ("/%", [old, new]) if bytes.ends_with(old) => {
            [&bytes[..bytes.len() - old.len()], new.as_slice()].concat()
        }
        ("/#" | "/%", _) => bytes.to_vec(),
        (_, _) if value.is_empty() => arguments.concat(),
        (_, _) => bytes.to_vec(),
    })
}

/// Maps to the lower case of one character, as Go's simple mapping does.
fn to_lower(character: char) -> char {
    single(character, character.to_lowercase())
}

/// Maps to the upper case of one character, as Go's simple mapping does.
fn to_upper(character: char) -> char {
    single(character, character.to_uppercase())
}

fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn change_first(value: &str, change: fn(char) -> char) -> Vec<u8> {
    let mut characters = value.chars();
    let first: String = characters.next().map(change).into_iter().collect();
    (first + characters.as_str()).into_bytes()
}

/// `${value:offset}` and `${value:offset:length}` by bytes; a text that is no number gives the whole value.
fn slice<'a>(value: &'a [u8], arguments: &[Vec<u8>]) -> &'a [u8] {
    let number = |argument: &Vec<u8>| std::str::from_utf8(argument).ok()?.parse::<i64>().ok();
    let Some(offset) = arguments.first().and_then(number) else { return value };
    let size = value.len() as i64;
    let offset = if offset < 0 { (size + offset).max(0) } else { offset };
    let start = usize::try_from(offset.min(size)).unwrap_or_default();
    let Some(length) = arguments.get(1) else { return &value[start..] };
    let Some(length) = number(length) else { return value };
    // A negative length counts from the end.
    let end = if length < 0 { size + length } else { offset.saturating_add(length) };
    if end >= size {
        return &value[start..];
    }
    let end = usize::try_from(end).unwrap_or_default();
    value.get(start..end).unwrap_or_default()
}

/// Removes the shortest start that a pattern matches.
fn shortest<'a>(value: &'a [u8], pattern: &[u8], meter: &mut Meter) -> Result<&'a [u8], Exhausted> {
    let mut found = 0;
    for end in (1..=value.len()).rev() {
        meter.step(end as u64 / 16 + 1)?;
        match glob::matches(Dialect::Envsubst, pattern, &value[..end]) {
            Err(_) => return Ok(value),
            Ok(true) => found = end,
            Ok(false) => {}
        }
    }
    Ok(&value[found..])
}

/// Removes the longest start that a pattern matches.
fn longest<'a>(value: &'a [u8], pattern: &[u8], meter: &mut Meter) -> Result<&'a [u8], Exhausted> {
    for end in (1..=value.len()).rev() {
        meter.step(end as u64 / 16 + 1)?;
        match glob::matches(Dialect::Envsubst, pattern, &value[..end]) {
            Err(_) => return Ok(value),
            Ok(true) => return Ok(&value[end..]),
            Ok(false) => {}
        }
    }
    Ok(value)
}

/// Reverses by characters, as upstream does to find ends.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).chars().rev().collect::<String>().into_bytes()
}

/// Replaces as Go's `strings.Replace` does; an empty text is found before each character and at the end.
fn replace(value: &[u8], old: &[u8], new: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    for _ in 0..limit {
        if old.is_empty() {
            out.extend_from_slice(new);
            if rest.is_empty() {
                return out;
            }
            let (step, left) = rest.split_at(glob::decode(rest).1);
            out.extend_from_slice(step);
            rest = left;
        } else {
            let Some(index) = rest.windows(old.len()).position(|window| window == old) else {
                break;
            };
            out.extend_from_slice(&rest[..index]);
            out.extend_from_slice(new);
            rest = &rest[index + old.len()..];
        }
    }
    out.extend_from_slice(rest);
    out
}
