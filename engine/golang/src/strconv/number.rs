//! `strconv.ParseInt`, `ParseUint`, `ParseFloat` and `Atoi`.

use std::fmt;

use super::quote;

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumErrorKind {
    /// The text is not written as such a number.
    Syntax,
    /// The number does not fit the type.
    Range,
    /// The base is not 0 or 2 to 36.
    Base,
}

/// An error as Go's `*strconv.NumError` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumError {
    /// The function's name in Go.
    pub function: &'static str,
    /// The text read.
    pub text: String,
    /// What is wrong with it.
    pub kind: NumErrorKind,
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.kind {
            NumErrorKind::Syntax => "invalid syntax",
            NumErrorKind::Range => "value out of range",
            NumErrorKind::Base => {
                return write!(
                    f,
                    "strconv.{}: parsing {}: invalid base",
                    self.function,
                    quote(&self.text)
                );
            }
        };
        write!(f, "strconv.{}: parsing {}: {why}", self.function, quote(&self.text))
    }
}

impl std::error::Error for NumError {}

/// Reads a whole number with sign. Base 0 takes Go's prefixes (`0x`, `0o`, `0b`, `0`) and underscores.
/// Refuses what does not fit `bits` (8, 16, 32, 64; 0 means 64).
pub fn parse_int(text: &str, base: u32, bits: u32) -> Result<i64, NumError> {
    signed("ParseInt", text, base, bits)
}

/// Reads a whole number without sign; else as [`parse_int`].
pub fn parse_uint(text: &str, base: u32, bits: u32) -> Result<u64, NumError> {
    unsigned(text, base, bits).map_err(|kind| NumError {
        function: "ParseUint",
        text: text.into(),
        kind,
    })
}

/// Reads a decimal whole number of 64 bits, as `strconv.Atoi`.
pub fn atoi(text: &str) -> Result<i64, NumError> {
    signed("Atoi", text, 10, 64)
}

/// Reads a floating point number as `strconv.ParseFloat`: decimal, hexadecimal, `inf`, `nan`, underscores.
/// Refuses what is beyond the type of so many bits (32 or 64).
pub fn parse_float(text: &str, bits: u32) -> Result<f64, NumError> {
    float(text, bits).map_err(|kind| NumError { function: "ParseFloat", text: text.into(), kind })
}

fn signed(function: &'static str, text: &str, base: u32, bits: u32) -> Result<i64, NumError> {
    let fail = |kind| NumError { function, text: text.into(), kind };
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let bits = if bits == 0 { 64 } else { bits.min(64) };
    let magnitude = unsigned(rest, base, bits).map_err(fail)?;
    let limit = 1u64 << (bits - 1);
    if magnitude > limit || (!negative && magnitude == limit) {
        return Err(fail(NumErrorKind::Range));
    }
    let value = magnitude.cast_signed();
    Ok(if negative { value.wrapping_neg() } else { value })
}

fn unsigned(text: &str, base: u32, bits: u32) -> Result<u64, NumErrorKind> {
    let bits = if bits == 0 { 64 } else { bits.min(64) };
    let (digits, radix) = match base {
        0 => prefix(text),
        2..=36 => (text, base),
        _ => return Err(if text.is_empty() { NumErrorKind::Syntax } else { NumErrorKind::Base }),
    };
    // `0` alone is base 8 with no digits left.
    if text.is_empty() || (digits.is_empty() && text != "0") {
        return Err(NumErrorKind::Syntax);
    }
    let limit = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
    let mut value = 0u64;
    let mut underscores = false;
    let mut overflow = false;
    for character in digits.chars() {
        if character == '_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = character.to_digit(radix).ok_or(NumErrorKind::Syntax)?;
        if overflow {
            continue;
        }
        match value
            .checked_mul(u64::from(radix))
            .and_then(|value| value.checked_add(u64::from(digit)))
        {
            Some(next) if next <= limit => value = next,
            // Go stops at the first digit too many.
            _ => overflow = true,
        }
        if overflow {
            return Err(NumErrorKind::Range);
        }
    }
    if underscores && !underscores_stand_well(text) {
        return Err(NumErrorKind::Syntax);
    }
    Ok(value)
}

/// Takes Go's base prefix off.
fn prefix(text: &str) -> (&str, u32) {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'0') {
        return (text, 10);
    }
    match bytes.get(1).map(u8::to_ascii_lowercase) {
        Some(b'b') if bytes.len() >= 3 => (&text[2..], 2),
        Some(b'o') if bytes.len() >= 3 => (&text[2..], 8),
        Some(b'x') if bytes.len() >= 3 => (&text[2..], 16),
        _ => (&text[1..], 8),
    }
}

/// Tells whether each underscore stands between digits, or after a base prefix.
fn underscores_stand_well(text: &str) -> bool {
    let bytes = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    let mut hexadecimal = false;
    let mut start = 0;
    let mut last = b'^';
    if let [b'0', letter, ..] = bytes
        && matches!(letter.to_ascii_lowercase(), b'b' | b'o' | b'x')
    {
        hexadecimal = letter.eq_ignore_ascii_case(&b'x');
        start = 2;
        last = b'0';
    }
    for &byte in &bytes[start..] {
        if byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit()) {
            last = b'0';
        } else if byte == b'_' {
            if last != b'0' {
                return false;
            }
            last = b'_';
        } else {
            if last == b'_' {
                return false;
            }
            last = b'!';
        }
    }
    last != b'_'
}

fn float(text: &str, bits: u32) -> Result<f64, NumErrorKind> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let sign = if negative { -1.0 } else { 1.0 };
    if rest.eq_ignore_ascii_case("inf") || rest.eq_ignore_ascii_case("infinity") {
        return Ok(sign * f64::INFINITY);
    }
    if rest.len() == text.len() && rest.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    if rest.contains('_') && !underscores_stand_well(rest) {
        return Err(NumErrorKind::Syntax);
    }
    let cleaned;
    let digits = if rest.contains('_') {
        cleaned = rest.replace('_', "");
        cleaned.as_str()
    } else {
        rest
    };
    let value = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => hexadecimal(&digits[2..]).ok_or(NumErrorKind::Syntax)?,
        bytes => {
            let plain = bytes.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
            if !plain
                || !bytes
                    .iter()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            {
                return Err(NumErrorKind::Syntax);
            }
            if bits == 32 {
                f64::from(digits.parse::<f32>().map_err(|_| NumErrorKind::Syntax)?)
            } else {
                digits.parse::<f64>().map_err(|_| NumErrorKind::Syntax)?
            }
        }
    };
    if value.is_infinite() {
        return Err(NumErrorKind::Range);
    }
    Ok(sign * value)
}

/// Reads a hexadecimal float after its `0x`; the exponent of two is required.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = unsigned.parse::<i32>().unwrap_or(10_000).min(10_000);
    let mut power = if exponent.starts_with('-') { -magnitude } else { magnitude };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for (index, character) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(character.to_digit(16)?);
        let in_fraction = index >= whole.len();
        if value >> 56 == 0 {
            value = value << 4 | digit;
            power -= if in_fraction { 4 } else { 0 };
        } else {
            // Too long to keep: what is lost only breaks ties.
            value |= u64::from(digit != 0);
            power += if in_fraction { 0 } else { 4 };
        }
    }
    let mut result = value as f64;
    while power > 0 && result.is_finite() && result != 0.0 {
        let step = power.min(1000);
        result *= 2f64.powi(step);
        power -= step;
    }
    while power < 0 && result != 0.0 {
        let step = power.max(-1000);
        result *= 2f64.powi(step);
        power -= step;
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_read_as_in_go() {
        for (text, base, want) in [
            ("0", 0, Some(0)),
            ("-0x1F", 0, Some(-31)),
            ("0b101", 0, Some(5)),
            ("010", 0, Some(8)),
            ("010", 10, Some(10)),
            ("1_000", 0, Some(1000)),
            ("1_000", 10, None),
            ("1__0", 0, None),
            ("_1", 0, None),
            ("0x_1", 0, Some(1)),
            ("09", 0, None),
            ("", 0, None),
            ("0x", 0, None),
            ("-9223372036854775808", 10, Some(i64::MIN)),
            ("9223372036854775808", 10, None),
        ] {
            assert_eq!(parse_int(text, base, 64).ok(), want, "{text}");
        }
        assert_eq!(
            atoi("x").unwrap_err().to_string(),
            r#"strconv.Atoi: parsing "x": invalid syntax"#
        );
        assert_eq!(
            parse_int("99999999999999999999", 10, 64).unwrap_err().to_string(),
            r#"strconv.ParseInt: parsing "99999999999999999999": value out of range"#
        );
    }

    #[test]
    fn floats_read_as_in_go() {
        for (text, want) in [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("1_0.5", Some(10.5)),
            ("0x1p-2", Some(0.25)),
            ("0x1.8p1", Some(3.0)),
            ("0x1", None),
            ("+Inf", Some(f64::INFINITY)),
            ("", None),
            (".", None),
            ("1e", None),
            ("1e400", None),
            ("e5", None),
            ("- 1", None),
        ] {
            assert_eq!(parse_float(text, 64).ok(), want, "{text}");
        }
    }
}
