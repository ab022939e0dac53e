//! Numbers as Go reads and writes them.

use weir_golang::strconv::format_float;

/// Parses a whole number as `strconv.ParseInt` and then `strconv.ParseUint` do with base 0.
pub(crate) fn parse_integer(text: &str) -> Option<Integer> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    integer(digits, base, negative, signed)
}

/// Parses the digits of a whole number in a base, without a sign.
pub(crate) fn parse_digits(digits: &str, base: u32, negative: bool) -> Option<Integer> {
    integer(digits, base, negative, negative)
}

fn integer(digits: &str, base: u32, negative: bool, signed: bool) -> Option<Integer> {
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let value = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(value).map(Integer::Int);
    }
    match i64::try_from(value) {
        Ok(value) => Some(Integer::Int(value)),
        Err(_) if signed => None,
        Err(_) => Some(Integer::Uint(value)),
    }
}

/// A whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    Int(i64),
    Uint(u64),
}

/// Parses a decimal number as `strconv.ParseFloat` does; one too large is none.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let digits_at = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut plain = String::new();
    let mut source = text;
    if text.contains('_') {
        for (at, character) in text.char_indices() {
            match character {
                '_' if at > 0 && digits_at(at - 1) && digits_at(at + 1) => {}
                '_' => return None,
                _ => plain.push(character),
            }
        }
        source = &plain;
    }
    if !is_decimal(source) {
        return None;
    }
    source.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Tells whether a text is a decimal number: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
pub(crate) fn is_decimal(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let digits = |rest: &mut &[u8]| {
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *rest = rest.get(count..).unwrap_or_default();
        count
    };
    if let [b'-' | b'+', after @ ..] = rest {
        rest = after;
    }
    let whole = digits(&mut rest);
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        rest = after;
        fraction = digits(&mut rest);
    }
    if whole == 0 && fraction == 0 {
        return false;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = after;
        if let [b'-' | b'+', after @ ..] = rest {
            rest = after;
        }
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty()
}

/// Writes a number as `strconv.FormatFloat(value, 'g', -1, 64)` does, with YAML's words for what is no number.
pub(crate) fn yaml_float(value: f64) -> String {
    general(value, 64)
}

/// Writes a number as `strconv.FormatFloat(value, 'g', -1, 32)` does, with YAML's words for what is no number.
pub(crate) fn yaml_float32(value: f64) -> String {
    general(value, 32)
}

fn general(value: f64, bits: u32) -> String {
    let text = format_float(value, b'g', -1, bits);
    match text.as_str() {
        "NaN" => ".nan".to_owned(),
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        _ => text,
    }
}

/// Writes a number as `encoding/json` does.
pub(crate) fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return format_float(value, b'e', -1, 64).replace("e-0", "e-");
    }
    format_float(value, b'f', -1, 64)
}
