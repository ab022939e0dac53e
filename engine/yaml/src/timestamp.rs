//! The timestamps that Go's YAML recognises.

use std::fmt;

/// A moment as it was written: date, time and offset from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Minutes east of UTC.
    offset: i32,
}

impl fmt::Display for Timestamp {
    /// Writes the moment as `time.RFC3339Nano` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, nanosecond, offset } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if *nanosecond > 0 {
            let digits = format!("{nanosecond:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if *offset == 0 {
            return f.write_str("Z");
        }
        let sign = if *offset < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
    }
}

/// Parses `2001-2-3`, `2001-02-03T4:5:6.7Z`, `2001-02-03t04:05:06+01:00` and `2001-02-03 04:05:06`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits != 4 || bytes.get(4) != Some(&b'-') {
        return None;
    }
    let mut time = Timestamp { year: text.get(..4)?.parse().ok()?, ..Timestamp::default() };
    let mut rest = bytes.get(5..)?;
    time.month = number(&mut rest, 12)?;
    expect(&mut rest, b'-')?;
    time.day = number(&mut rest, 31)?;
    if time.month == 0 || time.day == 0 || time.day > days_in(time.year, time.month) {
        return None;
    }
    match rest {
        [] => return Some(time),
        [b'T' | b't', after @ ..] => {
            rest = after;
            clock(&mut time, &mut rest)?;
            time.offset = zone(&mut rest)?;
        }
        [b' ', ..] => {
            while let [b' ', after @ ..] = rest {
                rest = after;
            }
            clock(&mut time, &mut rest)?;
        }
        _ => return None,
    }
    rest.is_empty().then_some(time)
}

fn clock(time: &mut Timestamp, rest: &mut &[u8]) -> Option<()> {
    time.hour = number(rest, 23)?;
    expect(rest, b':')?;
    time.minute = number(rest, 59)?;
    expect(rest, b':')?;
    time.second = number(rest, 59)?;
    if let [b'.' | b',', after @ ..] = *rest {
        let count = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            let digits = after.iter().take(count).chain(std::iter::repeat(&b'0')).take(9);
            time.nanosecond = digits.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            *rest = after.get(count..)?;
        }
    }
    Some(())
}

fn zone(rest: &mut &[u8]) -> Option<i32> {
    match *rest {
        [b'Z', after @ ..] => {
            *rest = after;
            Some(0)
        }
        [sign @ (b'+' | b'-'), a, b, b':', c, d, after @ ..] => {
            let two = |a: u8, b: u8| {
                (a.is_ascii_digit() && b.is_ascii_digit())
                    .then(|| i32::from(a - b'0') * 10 + i32::from(b - b'0'))
            };
            let (hours, minutes) = (two(*a, *b)?, two(*c, *d)?);
            if hours > 24 || minutes > 60 {
                return None;
            }
            *rest = after;
            let offset = hours * 60 + minutes;
            Some(if *sign == b'-' { -offset } else { offset })
        }
        _ => None,
    }
}

fn number(rest: &mut &[u8], max: u32) -> Option<u32> {
    let count = rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let value =
        rest.iter().take(count).fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    *rest = rest.get(count..)?;
    (value <= max).then_some(value)
}

fn expect(rest: &mut &[u8], byte: u8) -> Option<()> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    (*first == byte).then_some(())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}
