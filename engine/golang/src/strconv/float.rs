//! `strconv.FormatFloat`.

use std::fmt::Write;

/// The decimal digits of a number and where its point stands: `0.d1d2d3… * 10^point`.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

/// Formats a number as `strconv.FormatFloat` does.
///
/// Takes the format letter (`e E f F g G x X b`), the precision (negative for the fewest digits that read back the same)
/// and the bits of the type (32 or 64). An unknown letter gives `%` and the letter, as in Go.
pub fn format_float(value: f64, format: u8, precision: i32, bits: u32) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let mut out = String::with_capacity(24);
    if value.is_sign_negative() {
        out.push('-');
    }
    let magnitude = value.abs();
    match format {
        b'b' => binary(&mut out, magnitude, bits),
        b'x' | b'X' => hexadecimal(&mut out, magnitude, format, precision, bits),
        b'e' | b'E' => {
            let digits = digits_of(
                magnitude,
                if precision < 0 { None } else { Some(precision as usize + 1) },
                bits,
            );
            let precision =
                if precision < 0 { digits.digits.len().max(1) - 1 } else { precision as usize };
            exponent_form(&mut out, &digits, precision, format);
        }
        b'f' | b'F' => fixed_form(&mut out, magnitude, precision, bits),
        b'g' | b'G' => {
            let shortest = precision < 0;
            let digits = digits_of(
                magnitude,
                if shortest { None } else { Some(precision.max(1) as usize) },
                bits,
            );
            let count = digits.digits.len();
            let mut limit = if shortest { 6 } else { precision.max(1) };
            if !shortest && limit as usize > count && count as i32 >= digits.point {
                limit = count as i32;
            }
            let exponent = digits.point - 1;
            if exponent < -4 || exponent >= limit {
                exponent_form(
                    &mut out,
                    &digits,
                    count.max(1) - 1,
                    if format == b'g' { b'e' } else { b'E' },
                );
            } else {
                let decimals = (count as i32 - digits.point).max(0);
                place_point(&mut out, &digits, decimals as usize);
            }
        }
        other => {
            out.clear();
            out.push('%');
            out.push(char::from(other));
        }
    }
    out
}

/// Gives the digits without trailing zeros: the fewest that read back, or this many, correctly rounded.
fn digits_of(magnitude: f64, count: Option<usize>, bits: u32) -> Digits {
    if magnitude == 0.0 {
        return Digits { digits: Vec::new(), point: 0 };
    }
    let text = match count {
        // More digits than a double can have add only zeros.
        Some(count) => format!("{magnitude:.*e}", count.clamp(1, 800) - 1),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the caller says the number is a float32"
        )]
        None if bits == 32 => format!("{:e}", magnitude as f32),
        None => format!("{magnitude:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    Digits { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
}

fn exponent_form(out: &mut String, digits: &Digits, precision: usize, letter: u8) {
    out.push(digits.digits.first().map_or('0', |digit| char::from(*digit)));
    if precision > 0 {
        out.push('.');
        for index in 1..=precision {
            out.push(digits.digits.get(index).map_or('0', |digit| char::from(*digit)));
        }
    }
    out.push(char::from(letter));
    let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
    out.push(if exponent < 0 { '-' } else { '+' });
    let _ = write!(out, "{:02}", exponent.unsigned_abs());
}

fn fixed_form(out: &mut String, magnitude: f64, precision: i32, bits: u32) {
    if precision >= 0 {
        let _ = write!(out, "{magnitude:.*}", precision as usize);
    } else {
        let digits = digits_of(magnitude, None, bits);
        let decimals = (digits.digits.len() as i32 - digits.point).max(0);
        place_point(out, &digits, decimals as usize);
    }
}

fn place_point(out: &mut String, digits: &Digits, decimals: usize) {
    let digit = |index: i32| {
        usize::try_from(index)
            .ok()
            .and_then(|index| digits.digits.get(index))
            .map_or('0', |digit| char::from(*digit))
    };
    if digits.point > 0 {
        for index in 0..digits.point {
            out.push(digit(index));
        }
    } else {
        out.push('0');
    }
    if decimals > 0 {
        out.push('.');
        for index in 0..decimals as i32 {
            out.push(digit(digits.point + index));
        }
    }
}

/// Splits into mantissa and exponent of two as the type stores them.
fn parts(magnitude: f64, bits: u32) -> (u64, i32, u32) {
    let (raw, mantissa_bits, bias) = if bits == 32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the caller says the number is a float32"
        )]
        let raw = u64::from((magnitude as f32).to_bits());
        (raw, 23, 127)
    } else {
        (magnitude.to_bits(), 52, 1023)
    };
    let mut exponent = (raw >> mantissa_bits) as i32;
    let mut mantissa = raw & ((1 << mantissa_bits) - 1);
    if exponent == 0 {
        exponent = 1;
    } else {
        mantissa |= 1 << mantissa_bits;
    }
    (mantissa, exponent - bias, mantissa_bits)
}

fn binary(out: &mut String, magnitude: f64, bits: u32) {
    let (mantissa, exponent, mantissa_bits) = parts(magnitude, bits);
    let _ = write!(out, "{mantissa}p{:+}", exponent - mantissa_bits as i32);
}

fn hexadecimal(out: &mut String, magnitude: f64, format: u8, precision: i32, bits: u32) {
    let (mut mantissa, mut exponent, mantissa_bits) = parts(magnitude, bits);
    if mantissa == 0 {
        exponent = 0;
    }
    // The first hexadecimal digit holds the leading one alone; 60 bits follow.
    mantissa <<= 60 - mantissa_bits;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if (0..15).contains(&precision) {
        let shift = precision as u32 * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        // Half goes to even.
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let upper = format == b'X';
    out.push_str(if upper { "0X" } else { "0x" });
    out.push(if mantissa >> 60 & 1 == 1 { '1' } else { '0' });
    mantissa <<= 4;
    if precision < 0 && mantissa != 0 {
        out.push('.');
        while mantissa != 0 {
            hex_digit(out, mantissa >> 60, upper);
            mantissa <<= 4;
        }
    } else if precision > 0 {
        out.push('.');
        for _ in 0..precision {
            hex_digit(out, mantissa >> 60, upper);
            mantissa <<= 4;
        }
    }
    out.push(if upper { 'P' } else { 'p' });
    out.push(if exponent < 0 { '-' } else { '+' });
    let _ = write!(out, "{:02}", exponent.unsigned_abs());
}

fn hex_digit(out: &mut String, digit: u64, upper: bool) {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    out.push(char::from(digits[(digit & 15) as usize]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        for (value, format, precision, bits, want) in [
            (1e6, b'g', -1, 64, "1e+06"),
            (1e20, b'f', -1, 64, "100000000000000000000"),
            (123_456.0, b'g', -1, 64, "123456"),
            (0.0001, b'g', -1, 64, "0.0001"),
            (0.00001, b'g', -1, 64, "1e-05"),
            (-0.0, b'g', -1, 64, "-0"),
            (0.0, b'e', -1, 64, "0e+00"),
            (f64::from(0.1f32), b'g', -1, 32, "0.1"),
            (100.0, b'g', 2, 64, "1e+02"),
            (100.0, b'g', 3, 64, "100"),
            (2.5, b'f', 0, 64, "2"),
            (3.25, b'e', 3, 64, "3.250e+00"),
            (1.0, b'x', -1, 64, "0x1p+00"),
            (3.25, b'x', 3, 64, "0x1.a00p+01"),
            (1.0, b'b', -1, 64, "4503599627370496p-52"),
        ] {
            assert_eq!(
                format_float(value, format, precision, bits),
                want,
                "{value} {}",
                char::from(format)
            );
        }
    }
}
