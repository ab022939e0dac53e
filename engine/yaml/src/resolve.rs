//! What a plain scalar means: Go's resolution of tags.

use smol_str::{SmolStr, format_smolstr};

use crate::dialect::Dialect;
use crate::node::ScalarTag;
use crate::number::{self, Integer};
use crate::timestamp::{self, Timestamp};

const LONG_PREFIX: &str = "tag:yaml.org,2002:";

/// What a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Timestamp(Timestamp),
    /// The text itself.
    Str,
}

impl Resolved {
    pub(crate) fn tag(self) -> ScalarTag {
        match self {
            Self::Null => ScalarTag::Null,
            Self::Bool(_) => ScalarTag::Bool,
            Self::Int(_) | Self::Uint(_) => ScalarTag::Int,
            Self::Float(_) => ScalarTag::Float,
            Self::Timestamp(_) => ScalarTag::Timestamp,
            Self::Str => ScalarTag::Str,
        }
    }
}

/// Resolves a plain scalar without a tag.
pub(crate) fn plain(text: &str, dialect: Dialect) -> Resolved {
    let Some(&first) = text.as_bytes().first() else { return Resolved::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text, dialect)
        }
        b'.' => match word(text, dialect) {
            Resolved::Str => number::parse_float(text).map_or(Resolved::Str, Resolved::Float),
            found => found,
        },
        b'0'..=b'9' | b'+' | b'-' => match word(text, dialect) {
            Resolved::Str => numeric(text, dialect, true),
            found => found,
        },
        // yaml.v3 names the merge key before it resolves anything; both treat `<<` elsewhere as text.
        _ => Resolved::Str,
    }
}

/// Resolves the tag of a plain scalar without a tag.
pub(crate) fn tag_of(text: &str, dialect: Dialect) -> ScalarTag {
    if text == "<<" { ScalarTag::Merge } else { plain(text, dialect).tag() }
}

fn word(text: &str, dialect: Dialect) -> Resolved {
    if text.len() > 5 {
        return Resolved::Str;
    }
    match text {
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ if dialect == Dialect::V2 => match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Resolved::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Resolved::Bool(false),
            _ => Resolved::Str,
        },
        _ => Resolved::Str,
    }
}

/// Tells whether yaml.v3 quotes a text because YAML 1.1 would read a truth value.
pub(crate) fn is_old_bool(text: &str) -> bool {
    word(text, Dialect::V3) == Resolved::Str && matches!(word(text, Dialect::V2), Resolved::Bool(_))
}

fn numeric(text: &str, dialect: Dialect, with_timestamps: bool) -> Resolved {
    if with_timestamps && let Some(time) = timestamp::parse(text) {
        return Resolved::Timestamp(time);
    }
    // Most texts that begin with a digit or a dash are no numbers: see quickly.
    if text
        .bytes()
        .any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.' | b'+' | b'-'))
    {
        return Resolved::Str;
    }
    let without;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        without.as_str()
    } else {
        text
    };
    if let Some(integer) = number::parse_integer(plain) {
        return from_integer(integer);
    }
    if number::is_decimal(plain)
        && let Some(value) = number::parse_float(plain)
    {
        return Resolved::Float(value);
    }
    // Go tries binary again with the sign within, and yaml.v3 octal, too.
    let bases: &[(&str, u32)] = match dialect {
        Dialect::V2 => &[("0b", 2)],
        Dialect::V3 => &[("0b", 2), ("0o", 8)],
    };
    for (prefix, base) in bases {
        let (negative, digits) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain),
        };
        if let Some(digits) = digits.strip_prefix(prefix) {
            let (minus, digits) = match digits.as_bytes().first() {
                Some(b'-') if !negative => (true, digits.get(1..).unwrap_or_default()),
                Some(b'+') if !negative => (false, digits.get(1..).unwrap_or_default()),
                _ => (negative, digits),
            };
            return number::parse_digits(digits, *base, minus).map_or(Resolved::Str, from_integer);
        }
    }
    Resolved::Str
}

fn from_integer(integer: Integer) -> Resolved {
    match integer {
        Integer::Int(value) => Resolved::Int(value),
        Integer::Uint(value) => Resolved::Uint(value),
    }
}

/// Resolves a scalar with an explicit tag in its short form; the error is Go's.
pub(crate) fn tagged(tag: &str, text: &str, dialect: Dialect) -> Result<Resolved, String> {
    let wanted = match tag {
        "!!str" => return Ok(Resolved::Str),
        "!!bool" => ScalarTag::Bool,
        "!!int" => ScalarTag::Int,
        "!!float" => ScalarTag::Float,
        "!!null" => ScalarTag::Null,
        "!!timestamp" => ScalarTag::Timestamp,
        // Any other tag leaves the text as it is.
        _ => return Ok(Resolved::Str),
    };
    let numeric_hint = matches!(text.as_bytes().first(), Some(b'0'..=b'9' | b'+' | b'-'));
    let found = if numeric_hint && wanted != ScalarTag::Timestamp {
        match word(text, dialect) {
            Resolved::Str => numeric(text, dialect, false),
            found => found,
        }
    } else {
        plain(text, dialect)
    };
    match (wanted, found) {
        #[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
        (ScalarTag::Float, Resolved::Int(value)) => Ok(Resolved::Float(value as f64)),
        _ if found.tag() == wanted => Ok(found),
        _ => Err(format!("cannot decode {} `{text}` as a {tag}", found.tag().name())),
    }
}

/// Shortens `tag:yaml.org,2002:int` to `!!int`.
pub(crate) fn short_tag(tag: &SmolStr) -> SmolStr {
    match tag.strip_prefix(LONG_PREFIX) {
        Some(name) => format_smolstr!("!!{name}"),
        None => tag.clone(),
    }
}

/// Returns the tag that a short name stands for.
pub(crate) fn scalar_tag(short: &str) -> ScalarTag {
    match short {
        "!!str" => ScalarTag::Str,
        "!!int" => ScalarTag::Int,
        "!!float" => ScalarTag::Float,
        "!!bool" => ScalarTag::Bool,
        "!!null" => ScalarTag::Null,
        "!!timestamp" => ScalarTag::Timestamp,
        "!!binary" => ScalarTag::Binary,
        "!!merge" => ScalarTag::Merge,
        _ => ScalarTag::Custom,
    }
}
