//! Reads a time by a layout, with Go's error texts.

use super::civil::{days_from_civil, days_in, is_leap};
use super::layout::{OffsetStyle, Part, next_part};
use super::{MONTHS, Time, WEEKDAYS, Zone};

/// Reads a time; without a zone in the text it is in UTC.
pub fn parse(layout: &str, value: &str) -> Result<Time, String> {
    read(layout, value, &Zone::Utc, &Zone::Local)
}

/// Reads a time; without a zone in the text it is in the given one.
pub fn parse_in(layout: &str, value: &str, zone: &Zone) -> Result<Time, String> {
    read(layout, value, zone, zone)
}

/// What has been read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    /// Whether it is after noon, when the text says so.
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i32>,
    zone_name: String,
}

/// Why a part could not be read.
enum Wrong {
    /// The text does not fit.
    Text,
    /// The number is out of this part's range; the rest is what then remains.
    Range(&'static str),
}

fn read(layout: &str, value: &str, default: &Zone, local: &Zone) -> Result<Time, String> {
    let mut fields = Fields::default();
    let mut layout_rest = layout;
    let mut rest = value.as_bytes();
    let cannot = |element: &str, rest: &[u8]| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(value.as_bytes()),
            quote(layout.as_bytes()),
            quote(rest),
            quote(element.as_bytes())
        )
    };
    let told = |problem: &str| format!("parsing time {}: {problem}", quote(value.as_bytes()));
    loop {
        let (before, found) = match next_part(layout_rest) {
            Some((before, part, text, after)) => (before, Some((part, text, after))),
            None => (layout_rest, None),
        };
        skip(&mut rest, before).map_err(|at| cannot(before, at))?;
        let Some((part, text, after)) = found else { break };
        layout_rest = after;
        let hold = rest;
        match fields.read(part, &mut rest, after) {
            Ok(()) => {}
            Err(Wrong::Text) => return Err(cannot(text, hold)),
            Err(Wrong::Range(what)) => return Err(told(&format!("{what} out of range"))),
        }
    }
    if !rest.is_empty() {
        return Err(told(&format!("extra text: {}", quote(rest))));
    }
    fields.date().map_err(told)?;
    Ok(fields.time(default, local))
}

impl Fields {
    fn read(&mut self, part: Part, rest: &mut &[u8], layout_after: &str) -> Result<(), Wrong> {
        match part {
            Part::Year => {
                let year = i64::from(fixed_digits(rest, 2)?);
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Part::LongYear => self.year = i64::from(fixed_digits(rest, 4)?),
            Part::Month => self.month = Some(name(rest, MONTHS.iter().map(|name| &name[..3]))? + 1),
            Part::LongMonth => self.month = Some(name(rest, MONTHS.iter().copied())? + 1),
            Part::NumMonth | Part::ZeroMonth => {
                let month = number(rest, part == Part::ZeroMonth)?;
                in_range("month", 1..=12, month)?;
                self.month = Some(month);
            }
            Part::Weekday => {
                name(rest, WEEKDAYS.iter().map(|name| &name[..3]))?;
            }
            Part::LongWeekday => {
                name(rest, WEEKDAYS.iter().copied())?;
            }
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                if part == Part::UnderDay {
                    take_byte(rest, b' ');
                }
                self.day = Some(number(rest, part == Part::ZeroDay)?);
            }
            Part::UnderYearDay | Part::ZeroYearDay => {
                if part == Part::UnderYearDay {
                    take_byte(rest, b' ');
                    take_byte(rest, b' ');
                }
                let digits = rest.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
                if digits == 0 || (part == Part::ZeroYearDay && digits != 3) {
                    return Err(Wrong::Text);
                }
                self.year_day = Some(i64::from(fixed_digits(rest, digits)?));
            }
            Part::Hour => self.hour = in_range("hour", 0..=23, number(rest, false)?)?,
            Part::Hour12 | Part::ZeroHour12 => {
                self.hour = in_range("hour", 0..=12, number(rest, part == Part::ZeroHour12)?)?;
            }
            Part::Minute | Part::ZeroMinute => {
                self.minute = in_range("minute", 0..=59, number(rest, part == Part::ZeroMinute)?)?;
            }
            Part::Second | Part::ZeroSecond => {
                self.second = in_range("second", 0..=59, number(rest, part == Part::ZeroSecond)?)?;
                // A fraction may follow though the layout has none.
                let next = next_part(layout_after).map(|(_, part, ..)| part);
                if !matches!(next, Some(Part::Fraction { .. })) && starts_fraction(rest) {
                    self.nanos = fraction(rest, fraction_digits(rest))?;
                }
            }
            Part::UpperPm => self.afternoon = Some(half_day(rest, b"AM", b"PM")?),
            Part::LowerPm => self.afternoon = Some(half_day(rest, b"am", b"pm")?),
            Part::Offset { z: true, .. } if rest.first() == Some(&b'Z') => {
                *rest = &rest[1..];
                self.utc = true;
            }
            Part::Offset { style, .. } => self.offset = Some(offset(rest, style)?),
            Part::ZoneName if rest.starts_with(b"UTC") => {
                *rest = &rest[3..];
                self.utc = true;
            }
            Part::ZoneName => {
                let length = zone_name_length(rest).ok_or(Wrong::Text)?;
                let (name, after) = rest.split_at_checked(length).ok_or(Wrong::Text)?;
                self.zone_name = String::from_utf8_lossy(name).into_owned();
                *rest = after;
            }
            Part::Fraction { digits, trim: false, .. } => self.nanos = fraction(rest, digits)?,
            Part::Fraction { .. } => {
                if starts_fraction(rest) {
                    self.nanos = fraction(rest, fraction_digits(rest))?;
                }
            }
        }
        Ok(())
    }

    /// Settles month and day, from the day of the year where that is given.
    fn date(&mut self) -> Result<(), &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            if year_day < 1 || year_day > 365 + i64::from(is_leap(self.year)) {
                return Err("day-of-year out of range");
            }
            let days = days_from_civil(self.year, 1, year_day);
            let (_, month, day) = super::civil::civil_from_days(days);
            let (month, day) = (i64::from(month), i64::from(day));
            if self.month.is_some_and(|given| given != month) {
                return Err("day-of-year does not match month");
            }
            if self.day.is_some_and(|given| given != day) {
                return Err("day-of-year does not match day");
            }
            (self.month, self.day) = (Some(month), Some(day));
        }
        let month = *self.month.get_or_insert(1);
        let day = *self.day.get_or_insert(1);
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range");
        }
        Ok(())
    }

    fn time(&self, default: &Zone, local: &Zone) -> Time {
        let in_zone = |zone: Zone| {
            let time_of_day = self.hour * 3600 + self.minute * 60 + self.second;
            let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
            Time::from_civil(self.year, month, day, time_of_day, self.nanos, zone)
        };
        let shifted = |offset: i32| {
            let shown = in_zone(Zone::Utc);
            Time { seconds: shown.seconds - i64::from(offset), ..shown }
        };
        if self.utc {
            return in_zone(Zone::Utc);
        }
        if let Some(offset) = self.offset {
            let time = shifted(offset);
            let name_fits = self.zone_name.is_empty()
                || local.abbreviation_at(time.seconds) == self.zone_name.as_str();
            let zone = if local.offset_at(time.seconds) == offset && name_fits {
                local.clone()
            } else {
                Zone::Fixed { name: self.zone_name.as_str().into(), offset }
            };
            return time.in_zone(zone);
        }
        if !self.zone_name.is_empty() {
            let shown = in_zone(Zone::Utc);
            if let Some(offset) = local.offset_of(&self.zone_name, shown.seconds) {
                return shifted(offset).in_zone(local.clone());
            }
            let hours =
                self.zone_name.strip_prefix("GMT").and_then(|hours| hours.parse::<i32>().ok());
            let offset = hours.unwrap_or(0) * 3600;
            return shown.in_zone(Zone::Fixed { name: self.zone_name.as_str().into(), offset });
        }
        in_zone(default.clone())
    }
}

/// Quotes as the time package does: what is not ASCII becomes escaped bytes.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..0x80 => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Skips what stands between parts; spaces fit any number of spaces. Gives the place where it does not fit.
fn skip<'a>(rest: &mut &'a [u8], before: &str) -> Result<(), &'a [u8]> {
    let mut before = before.as_bytes();
    while let Some(byte) = before.first() {
        if *byte == b' ' {
            if rest.first().is_some_and(|byte| *byte != b' ') {
                return Err(rest);
            }
            before = without_spaces(before);
            *rest = without_spaces(rest);
        } else {
            if rest.first() != Some(byte) {
                return Err(rest);
            }
            before = &before[1..];
            *rest = &rest[1..];
        }
    }
    Ok(())
}

fn without_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

fn take_byte(rest: &mut &[u8], byte: u8) {
    if rest.first() == Some(&byte) {
        *rest = &rest[1..];
    }
}

/// Takes exactly so many digits.
fn fixed_digits(rest: &mut &[u8], count: usize) -> Result<u32, Wrong> {
    let (digits, after) = rest.split_at_checked(count).ok_or(Wrong::Text)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Wrong::Text);
    }
    *rest = after;
    Ok(digits
        .iter()
        .fold(0_u32, |number, b| number.wrapping_mul(10).wrapping_add(u32::from(b - b'0'))))
}

/// Takes one or two digits; both must be there when fixed.
fn number(rest: &mut &[u8], fixed: bool) -> Result<i64, Wrong> {
    let two = rest.get(1).is_some_and(u8::is_ascii_digit);
    if fixed && !two {
        return Err(Wrong::Text);
    }
    fixed_digits(rest, if two { 2 } else { 1 }).map(i64::from)
}

fn in_range(
    what: &'static str,
    range: std::ops::RangeInclusive<i64>,
    number: i64,
) -> Result<i64, Wrong> {
    if range.contains(&number) { Ok(number) } else { Err(Wrong::Range(what)) }
}

/// Takes one of some names, in any case; returns its index.
fn name<'a>(rest: &mut &[u8], names: impl Iterator<Item = &'a str>) -> Result<i64, Wrong> {
    for (index, name) in (0..).zip(names) {
        if let Some((head, after)) = rest.split_at_checked(name.len())
            && head.eq_ignore_ascii_case(name.as_bytes())
        {
            *rest = after;
            return Ok(index);
        }
    }
    Err(Wrong::Text)
}

fn half_day(rest: &mut &[u8], before: &[u8], after: &[u8]) -> Result<bool, Wrong> {
    let (text, behind) = rest.split_at_checked(2).ok_or(Wrong::Text)?;
    if text != before && text != after {
        return Err(Wrong::Text);
    }
    *rest = behind;
    Ok(text == after)
}

fn starts_fraction(rest: &[u8]) -> bool {
    matches!(rest, [b'.' | b',', digit, ..] if digit.is_ascii_digit())
}

fn fraction_digits(rest: &[u8]) -> usize {
    rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count()
}

/// Takes a mark and so many digits as nanoseconds; digits beyond the ninth are dropped.
fn fraction(rest: &mut &[u8], digits: usize) -> Result<u32, Wrong> {
    let (text, after) = rest.split_at_checked(1 + digits).ok_or(Wrong::Text)?;
    let mut kept = text.get(1..text.len().min(10)).unwrap_or_default();
    if !matches!(text.first(), Some(b'.' | b',')) {
        return Err(Wrong::Text);
    }
    let missing = u32::try_from(9 - kept.len()).unwrap_or(0);
    let length = kept.len();
    let number = fixed_digits(&mut kept, length)?;
    *rest = after;
    Ok(number * 10_u32.pow(missing))
}

fn offset(rest: &mut &[u8], style: OffsetStyle) -> Result<i32, Wrong> {
    let (minutes_at, seconds_at, length) = match style {
        OffsetStyle::Hours => (None, None, 3),
        OffsetStyle::Minutes => (Some(3), None, 5),
        OffsetStyle::ColonMinutes => (Some(4), None, 6),
        OffsetStyle::Seconds => (Some(3), Some(5), 7),
        OffsetStyle::ColonSeconds => (Some(4), Some(7), 9),
    };
    let (text, after) = rest.split_at_checked(length).ok_or(Wrong::Text)?;
    let colons = [3, 6].into_iter().filter(|at| style.has_colons() && *at < length);
    if colons.into_iter().any(|at| text.get(at) != Some(&b':')) {
        return Err(Wrong::Text);
    }
    let two = |at: Option<usize>| match at {
        None => Ok(0),
        Some(at) => {
            let digits =
                text.get(at..at + 2).filter(|digits| digits.iter().all(u8::is_ascii_digit));
            digits
                .map(|digits| i32::from(digits[0] - b'0') * 10 + i32::from(digits[1] - b'0'))
                .ok_or(Wrong::Text)
        }
    };
    let (hours, minutes, seconds) = (two(Some(1))?, two(minutes_at)?, two(seconds_at)?);
    in_range("time zone offset hour", 0..=24, i64::from(hours))?;
    in_range("time zone offset minute", 0..=60, i64::from(minutes))?;
    in_range("time zone offset second", 0..=60, i64::from(seconds))?;
    let total = (hours * 60 + minutes) * 60 + seconds;
    let signed = match text.first() {
        Some(b'+') => total,
        Some(b'-') => -total,
        _ => return Err(Wrong::Text),
    };
    *rest = after;
    Ok(signed)
}

/// The length of a short name of a zone at the start: three to five capitals, `GMT+3`, or an offset such as `+03`.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours_length(after));
    }
    if matches!(text[0], b'+' | b'-') {
        return Some(signed_hours_length(text)).filter(|length| *length > 0);
    }
    let capitals = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match capitals {
        5 if text[4] == b'T' => Some(5),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

fn signed_hours_length(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let digits: Vec<u8> = text.iter().skip(1).copied().take_while(u8::is_ascii_digit).collect();
    let hours = String::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<u32>().ok().map(|n| (n, digits.len())));
    hours.filter(|(hours, _)| *hours <= 23).map_or(0, |(_, length)| 1 + length)
}
