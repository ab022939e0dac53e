//! Strings: cutting, joining, searching and repeating, in bytes as Go has them.

use memchr::memmem;
use weir_golang::strconv;
use weir_gotmpl::{Args, Context, Error, Function, List, Map, Type, Value};

use super::{Outcome, cast, meter};

const STRING: Type = Type::String;
const ANY: Type = Type::Any;
const INT: Type = Type::INT;

/// Sprig's functions for strings.
pub(super) const TABLE: &[Function] = &[
    Function::new("hello", &[], |_, _| Ok("Hello!".into())),
    Function::new("trim", &[STRING], |_, args| Ok(trimmed(args.bytes(0)))),
    Function::new("trimAll", &[STRING, STRING], trim_all),
    Function::new("trimall", &[STRING, STRING], trim_all),
    Function::new("trimSuffix", &[STRING, STRING], |_, args| {
        let text = args.bytes(1);
        Ok(string(text.strip_suffix(args.bytes(0)).unwrap_or(text)))
    }),
    Function::new("trimPrefix", &[STRING, STRING], |_, args| {
        let text = args.bytes(1);
        Ok(string(text.strip_prefix(args.bytes(0)).unwrap_or(text)))
    }),
    Function::new("contains", &[STRING, STRING], |_, args| {
        Ok(memmem::find(args.bytes(1), args.bytes(0)).is_some().into())
    }),
    Function::new("hasPrefix", &[STRING, STRING], |_, args| {
        Ok(args.bytes(1).starts_with(args.bytes(0)).into())
    }),
    Function::new("hasSuffix", &[STRING, STRING], |_, args| {
        Ok(args.bytes(1).ends_with(args.bytes(0)).into())
    }),
    Function::new("trunc", &[INT, STRING], |_, args| {
        Ok(string(truncated(args.int(0), args.bytes(1))))
    }),
    Function::new("substr", &[INT, INT, STRING], substring),
    Function::new("repeat", &[INT, STRING], |context, args| {
        repeated(context, args.bytes(1), args.int(0)).map(Value::from_bytes)
    }),
    Function::new("replace", &[STRING, STRING, STRING], |context, args| {
        replaced(context, args.bytes(2), args.bytes(0), args.bytes(1)).map(Value::from_bytes)
    }),
    Function::new("indent", &[INT, STRING], |context, args| {
        indented(context, args.int(0), args.bytes(1), b"").map(Value::from_bytes)
    }),
    Function::new("nindent", &[INT, STRING], |context, args| {
        indented(context, args.int(0), args.bytes(1), b"\n").map(Value::from_bytes)
    }),
    Function::new("plural", &[STRING, STRING, INT], |_, args| {
        Ok(args.value(usize::from(args.int(2) != 1)).clone())
    }),
    Function::variadic("quote", &[ANY], |_, args| {
        let quoted = |value: &Value| strconv::quote_bytes(&cast::to_bytes(value)).into_bytes();
        Ok(spaced(args, quoted))
    })
    .deep(),
    Function::variadic("squote", &[ANY], |_, args| {
        Ok(spaced(args, |value| [b"'".as_slice(), &cast::printed(value), b"'"].concat()))
    })
    .deep(),
    Function::variadic("cat", &[ANY], |_, args| Ok(spaced(args, cast::printed))).deep(),
    Function::new("toString", &[ANY], |_, args| Ok(string(&cast::to_bytes(args.value(0))))).deep(),
    Function::new("toStrings", &[ANY], |_, args| Ok(strings(cast::to_texts(args.value(0))))).deep(),
    Function::new("join", &[STRING, ANY], join).deep(),
    Function::new("sortAlpha", &[ANY], |_, args| {
        let value = args.value(0);
        if cast::items(value).is_none() {
            return Ok(strings(vec![cast::to_bytes(value).into_owned()]));
        }
        let mut texts = cast::to_texts(value);
        texts.sort();
        Ok(strings(texts))
    })
    .deep(),
    Function::new("split", &[STRING, STRING], |context, args| {
        Ok(numbered(split(context, args.bytes(1), args.bytes(0), -1)?))
    }),
    Function::new("splitn", &[STRING, INT, STRING], |context, args| {
        Ok(numbered(split(context, args.bytes(2), args.bytes(0), args.int(1))?))
    }),
    Function::new("splitList", &[STRING, STRING], |context, args| {
        let parts = split(context, args.bytes(1), args.bytes(0), -1)?;
        Ok(strings(parts.into_iter().map(<[u8]>::to_vec).collect()))
    }),
];

/// Makes a string of bytes.
pub(super) fn string(bytes: &[u8]) -> Value {
    Value::from_bytes(bytes.to_vec())
}

/// Makes a `[]string`.
pub(super) fn strings(texts: Vec<Vec<u8>>) -> Value {
    List::typed(&Type::String, texts.into_iter().map(Value::from_bytes).collect()).into()
}

fn trimmed(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_matches(is_space).into(),
        Err(_) => string(bytes.trim_ascii()),
    }
}

/// Tells what Go takes for white space.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

fn trim_all(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let (set, text) = (args.text(0), args.text(1));
    Ok(text.trim_matches(|c| set.contains(c)).into())
}

fn truncated(count: i64, text: &[u8]) -> &[u8] {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let at = |index: i64| usize::try_from(index).unwrap_or(0);
    if count < 0 && length.saturating_add(count) > 0 {
        text.get(at(length + count)..).unwrap_or(text)
    } else if count >= 0 && length > count {
        text.get(..at(count)).unwrap_or(text)
    } else {
        text
    }
}

fn substring(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let (start, end, text) = (args.int(0), args.int(1), args.bytes(2));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (from, to) = if start < 0 {
        if end > length {
            return Err(format!(
                "runtime error: slice bounds out of range [:{end}] with length {length}"
            )
            .into());
        }
        if end < 0 {
            return Err(format!("runtime error: slice bounds out of range [:{end}]").into());
        }
        (0, end)
    } else if end < 0 || end > length {
        (start, length)
    } else {
        (start, end)
    };
    let cut = usize::try_from(from)
        .ok()
        .zip(usize::try_from(to).ok())
        .and_then(|(from, to)| text.get(from..to));
    let bounds = || Error::new(format!("runtime error: slice bounds out of range [{from}:{to}]"));
    cut.map(string).ok_or_else(bounds)
}

/// Repeats a text; the whole length is metered before it is made.
pub(super) fn repeated(
    context: &mut Context<'_>,
    text: &[u8],
    count: i64,
) -> Result<Vec<u8>, Error> {
    let count = usize::try_from(count).map_err(|_| Error::new("strings: negative Repeat count"))?;
    let length = text
        .len()
        .checked_mul(count)
        .ok_or_else(|| Error::new("strings: Repeat output length overflow"))?;
    meter(context, length)?;
    Ok(text.repeat(count))
}

fn indented(
    context: &mut Context<'_>,
    spaces: i64,
    text: &[u8],
    before: &[u8],
) -> Result<Vec<u8>, Error> {
    let pad = repeated(context, b" ", spaces)?;
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    let length = text.len().saturating_add(lines.saturating_mul(pad.len()));
    meter(context, length)?;
    let mut out = Vec::with_capacity(before.len() + length);
    out.extend_from_slice(before);
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(&pad);
        out.extend_from_slice(line);
    }
    Ok(out)
}

fn replaced(
    context: &mut Context<'_>,
    text: &[u8],
    old: &[u8],
    new: &[u8],
) -> Result<Vec<u8>, Error> {
    // Go puts the replacement around each character when there is nothing to find.
    let places: Vec<usize> = if old.is_empty() {
        (0..=text.len())
            .filter(|at| text.get(*at).is_none_or(|byte| (*byte & 0xc0) != 0x80))
            .collect()
    } else {
        memmem::find_iter(text, old).collect()
    };
    meter(context, text.len().saturating_add(places.len().saturating_mul(new.len())))?;
    let (mut out, mut from) = (Vec::with_capacity(text.len()), 0);
    for at in places {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        out.extend_from_slice(new);
        from = at + old.len();
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    Ok(out)
}

/// Joins what is not nil with blanks.
fn spaced(values: &[Value], text: impl Fn(&Value) -> Vec<u8>) -> Value {
    let texts: Vec<Vec<u8>> =
        values.iter().filter(|value| !cast::is_bare_nil(value)).map(text).collect();
    Value::from_bytes(texts.join(&b' '))
}

fn join(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let (separator, texts) = (args.bytes(0), cast::to_texts(args.value(1)));
    let separators = separator.len().saturating_mul(texts.len());
    meter(context, texts.iter().map(Vec::len).sum::<usize>().saturating_add(separators))?;
    Ok(Value::from_bytes(texts.join(separator)))
}

/// Splits at a separator, into at most so many parts when that is above zero; at each character when it is empty.
fn split<'a>(
    context: &mut Context<'_>,
    text: &'a [u8],
    separator: &[u8],
    most: i64,
) -> Result<Vec<&'a [u8]>, Error> {
    if most == 0 || (separator.is_empty() && text.is_empty()) {
        return Ok(Vec::new());
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let starts_character = |at: &usize| text.get(*at).is_some_and(|byte| (*byte & 0xc0) != 0x80);
    let ends: &mut dyn Iterator<Item = usize> = if separator.is_empty() {
        &mut (1..text.len()).filter(starts_character)
    } else {
        &mut memmem::find_iter(text, separator)
    };
    let (mut parts, mut from) = (Vec::new(), 0);
    for end in ends.take(most.saturating_sub(1)) {
        meter(context, size_of::<Value>())?;
        parts.push(text.get(from..end).unwrap_or_default());
        from = end + separator.len();
    }
    parts.push(text.get(from..).unwrap_or_default());
    Ok(parts)
}

/// Makes a `map[string]string` with the keys `_0`, `_1` and so on.
fn numbered(parts: Vec<&[u8]>) -> Value {
    let entry = |(index, part): (usize, &[u8])| (format!("_{index}").into(), string(part));
    Map::typed(&Type::String, &Type::String, parts.into_iter().enumerate().map(entry).collect())
        .into()
}
