//! Durations in nanoseconds.

use std::fmt;

/// A duration in nanoseconds, as Go counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

/// What each unit is in nanoseconds; micro may be written with either letter.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

const SECOND: u64 = 1_000_000_000;
const LARGEST: u64 = 1 << 63;

impl Duration {
    /// Makes a duration of seconds; one too long wraps, as in Go.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.wrapping_mul(1_000_000_000))
    }

    /// Reads a duration such as `1h30m`; gives Go's error text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("time: invalid duration {}", super::parse::quote(text.as_bytes()));
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let whole = take_digits(&mut rest);
            let fraction = match rest.strip_prefix('.') {
                Some(after) => {
                    rest = after;
                    take_digits(&mut rest)
                }
                None => "",
            };
            if whole.is_empty() && fraction.is_empty() {
                return Err(invalid());
            }
            let whole: u64 =
                if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
            let (unit, after) = rest.split_at(end);
            rest = after;
            let of_duration = |problem: &str| {
                format!("time: {problem} in duration {}", super::parse::quote(text.as_bytes()))
            };
            if unit.is_empty() {
                return Err(of_duration("missing unit"));
            }
            let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                let unit = super::parse::quote(unit.as_bytes());
                return Err(of_duration(&format!("unknown unit {unit}")));
            };
            let value = whole
                .checked_mul(*unit)
                .and_then(|value| value.checked_add(part_of(fraction, *unit)));
            total = value
                .filter(|value| *value <= LARGEST)
                .and_then(|value| total.checked_add(value))
                .filter(|total| *total <= LARGEST)
                .ok_or_else(invalid)?;
        }
        if negative {
            return Ok(Self(0_i64.wrapping_sub_unsigned(total)));
        }
        i64::try_from(total).map(Self).map_err(|_| invalid())
    }

    /// Returns the hours with their fraction.
    pub fn hours(self) -> f64 {
        self.in_unit(3_600_000_000_000)
    }

    /// Returns the minutes with their fraction.
    pub fn minutes(self) -> f64 {
        self.in_unit(60_000_000_000)
    }

    /// Returns the seconds with their fraction.
    pub fn seconds(self) -> f64 {
        self.in_unit(1_000_000_000)
    }

    /// Returns the multiple of a duration that is nearest; half goes away from zero.
    #[must_use]
    pub fn round(self, by: Self) -> Self {
        if by.0 <= 0 {
            return self;
        }
        let rest = self.0 % by.0;
        if rest.unsigned_abs() * 2 < by.0.unsigned_abs() {
            return Self(self.0 - rest);
        }
        let step = if self.0 < 0 { -by.0 } else { by.0 };
        Self((self.0 - rest).saturating_add(step))
    }

    /// Returns the multiple of a duration that is nearest towards zero.
    #[must_use]
    pub fn truncate(self, by: Self) -> Self {
        if by.0 <= 0 { self } else { Self(self.0 - self.0 % by.0) }
    }

    /// Divides as Go does, whole and rest apart, which decides the last digits.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of seconds or a part of one, which Go makes a float, too"
    )]
    fn in_unit(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if nanos == 0 {
            return f.write_str("0s");
        }
        f.write_str(sign)?;
        if nanos < SECOND {
            let (unit, name) = match nanos {
                0..1_000 => (1, "ns"),
                1_000..1_000_000 => (1_000, "\u{b5}s"),
                _ => (1_000_000, "ms"),
            };
            return write!(f, "{}{name}", decimal(nanos, unit));
        }
        let seconds = nanos / SECOND;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if seconds >= 60 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}s", decimal(nanos % (60 * SECOND), SECOND))
    }
}

/// Writes a number of nanoseconds in a unit, without zeros at the end.
fn decimal(nanos: u64, unit: u64) -> String {
    let rest = nanos % unit;
    if rest == 0 {
        return (nanos / unit).to_string();
    }
    let width = unit.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{}.{}", nanos / unit, fraction.trim_end_matches('0'))
}

fn take_digits<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    digits
}

/// The part of a unit that a decimal fraction is, reckoned in floats as Go does; digits that do not fit are dropped.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go reckons so, and the result is below the unit"
)]
fn part_of(fraction: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1_f64);
    for digit in fraction.bytes().map(|b| u64::from(b - b'0')) {
        if value > (LARGEST - 1) / 10 {
            break;
        }
        let next = value * 10 + digit;
        if next > LARGEST {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, expected) in [
            ("90m", "1h30m0s"),
            ("-1.5h", "-1h30m0s"),
            ("1us", "\u{b5}s"),
            ("1h1m1s1ms1us1ns", "1h1m1.001001001s"),
            ("0.1h", "6m0s"),
            ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
        ] {
            let written = Duration::parse(text).unwrap().to_string();
            assert!(written.ends_with(expected), "{text} {written}");
        }
        for text in ["", "1", "1d", "-", "9223372037s", "9223372036854775808ns"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }
}
