//! Numbers as Go reads and writes them.

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
    general(value, &format!("{value:e}"))
}

/// Writes a number as `strconv.FormatFloat(value, 'g', -1, 32)` does, with YAML's words for what is no number.
pub(crate) fn yaml_float32(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Go narrows the number in the same way")]
    let narrow = value as f32;
    general(value, &format!("{narrow:e}"))
}

fn general(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() || scientific.contains("inf") {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    let exponent = exponent_of(scientific);
    if (-4..21).contains(&exponent) { plain(scientific) } else { with_exponent(scientific) }
}

/// Writes a number as `encoding/json` does.
pub(crate) fn json_float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = with_exponent(&scientific);
        return text.replace("e-0", "e-");
    }
    plain(&scientific)
}

fn exponent_of(scientific: &str) -> i32 {
    scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// Turns `1.5e-7` into `1.5e-07`, as Go writes exponents.
fn with_exponent(scientific: &str) -> String {
    let mantissa = scientific.split_once('e').map_or(scientific, |(mantissa, _)| mantissa);
    let exponent = exponent_of(scientific);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Turns `1.5e3` into `1500`.
fn plain(scientific: &str) -> String {
    let (mantissa, _) = scientific.split_once('e').unwrap_or((scientific, ""));
    let exponent = exponent_of(scientific);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if exponent < 0 {
        format!("{sign}0.{}{digits}", zeros(-exponent - 1))
    } else if exponent + 1 >= count {
        format!("{sign}{digits}{}", zeros(exponent + 1 - count))
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
        format!("{sign}{whole}.{fraction}")
    }
}
