//! Character classes in brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::RegexpError;
use super::escape::{Escape, parse_escape, perl_class, unicode_class};
use super::parse::consumed;

/// POSIX classes, each with its ranges.
const POSIX: &[(&str, &[(char, char)])] = &[
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7f')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1f'), ('\x7f', '\x7f')]),
    ("digit", &[('0', '9')]),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// Reads a class from its opening bracket; returns the rest behind the closing one.
pub(super) fn parse_class(whole: &str, fold: bool) -> Result<(ClassUnicode, &str), RegexpError> {
    let mut rest = whole.get(1..).unwrap_or_default();
    let mut class = ClassUnicode::empty();
    let negated = rest.starts_with('^');
    if negated {
        rest = &rest[1..];
    }
    // A bracket that comes first is an ordinary character.
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some((part, after)) = posix_class(rest, fold)? {
            class.union(&part);
            rest = after;
        } else if let Some((part, after)) = unicode_class(rest, fold)? {
            class.union(&part);
            rest = after;
        } else if let Some((part, after)) = perl_class(rest, fold) {
            class.union(&part);
            rest = after;
        } else {
            let start = rest;
            let low = class_char(&mut rest, whole)?;
            let mut high = low;
            if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
                rest = &rest[1..];
                high = class_char(&mut rest, whole)?;
                if high < low {
                    return Err(RegexpError::new(
                        "invalid character class range",
                        consumed(start, rest),
                    ));
                }
            }
            class.union(&folded(code_range(low, high), fold));
        }
    }
    if negated {
        class.negate();
    }
    Ok((class, rest.get(1..).unwrap_or_default()))
}

/// Makes a class of ranges of characters.
pub(super) fn class_of(ranges: &[(char, char)], fold: bool) -> ClassUnicode {
    folded(
        ClassUnicode::new(ranges.iter().map(|(low, high)| ClassUnicodeRange::new(*low, *high))),
        fold,
    )
}

/// Adds the characters that differ in case alone, when asked for.
pub(super) fn folded(mut class: ClassUnicode, fold: bool) -> ClassUnicode {
    if fold {
        class.case_fold_simple();
    }
    class
}

/// A class of code points, less the surrogates, which no text holds.
fn code_range(low: u32, high: u32) -> ClassUnicode {
    let part = |low: u32, high: u32| match (char::from_u32(low), char::from_u32(high)) {
        (Some(low), Some(high)) if low <= high => Some(ClassUnicodeRange::new(low, high)),
        _ => None,
    };
    let below = part(low.min(0xd7ff), high.min(0xd7ff)).filter(|_| low <= 0xd7ff);
    let above = part(low.max(0xe000), high.max(0xe000)).filter(|_| high >= 0xe000);
    ClassUnicode::new(below.into_iter().chain(above))
}

fn class_char(rest: &mut &str, whole: &str) -> Result<u32, RegexpError> {
    let Some(c) = rest.chars().next() else {
        return Err(RegexpError::new("missing closing ]", whole));
    };
    if c == '\\' {
        let escape: Escape<'_> = parse_escape(rest)?;
        *rest = escape.rest;
        return Ok(escape.code);
    }
    *rest = &rest[c.len_utf8()..];
    Ok(u32::from(c))
}

/// Reads a class such as `[:alpha:]`; nothing when there is none.
fn posix_class(text: &str, fold: bool) -> Result<Option<(ClassUnicode, &str)>, RegexpError> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|text| text.split_once(":]")) else {
        return Ok(None);
    };
    let (name, negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let Some((_, ranges)) = POSIX.iter().find(|(posix, _)| *posix == name) else {
        return Err(RegexpError::new("invalid character class range", consumed(text, rest)));
    };
    let mut class = class_of(ranges, fold);
    if negated {
        class.negate();
    }
    Ok(Some((class, rest)))
}
