//! Writes a time by a layout.

use std::fmt::Write;

use super::layout::{OffsetStyle, Part, next_part};
use super::{MONTHS, Time, WEEKDAYS};

/// Writes a time by a layout.
pub(super) fn format(time: &Time, mut layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 16);
    while let Some((before, part, _, after)) = next_part(layout) {
        out.push_str(before);
        // Writing to a text never fails.
        let _: std::fmt::Result = write_part(&mut out, time, part);
        layout = after;
    }
    out.push_str(layout);
    out
}

fn write_part(out: &mut String, time: &Time, part: Part) -> std::fmt::Result {
    let civil = time.civil();
    let month = MONTHS.get(civil.month as usize - 1).copied().unwrap_or_default();
    let weekday = WEEKDAYS.get(time.weekday()).copied().unwrap_or_default();
    let hour12 = if civil.hour.is_multiple_of(12) { 12 } else { civil.hour % 12 };
    let offset = time.zone().offset_at(time.unix_seconds());
    match part {
        Part::LongMonth => out.write_str(month),
        Part::Month => out.write_str(month.get(..3).unwrap_or(month)),
        Part::NumMonth => write!(out, "{}", civil.month),
        Part::ZeroMonth => write!(out, "{:02}", civil.month),
        Part::LongWeekday => out.write_str(weekday),
        Part::Weekday => out.write_str(weekday.get(..3).unwrap_or(weekday)),
        Part::Day => write!(out, "{}", civil.day),
        Part::UnderDay => write!(out, "{:2}", civil.day),
        Part::ZeroDay => write!(out, "{:02}", civil.day),
        Part::UnderYearDay => write!(out, "{:3}", time.year_day()),
        Part::ZeroYearDay => write!(out, "{:03}", time.year_day()),
        Part::Hour => write!(out, "{:02}", civil.hour),
        Part::Hour12 => write!(out, "{hour12}"),
        Part::ZeroHour12 => write!(out, "{hour12:02}"),
        Part::Minute => write!(out, "{}", civil.minute),
        Part::ZeroMinute => write!(out, "{:02}", civil.minute),
        Part::Second => write!(out, "{}", civil.second),
        Part::ZeroSecond => write!(out, "{:02}", civil.second),
        Part::LongYear => {
            let sign = if civil.year < 0 { "-" } else { "" };
            write!(out, "{sign}{:04}", civil.year.unsigned_abs())
        }
        Part::Year => write!(out, "{:02}", civil.year.unsigned_abs() % 100),
        Part::UpperPm => out.write_str(if civil.hour >= 12 { "PM" } else { "AM" }),
        Part::LowerPm => out.write_str(if civil.hour >= 12 { "pm" } else { "am" }),
        Part::ZoneName => {
            let name = time.zone().abbreviation_at(time.unix_seconds());
            if name.is_empty() {
                write_offset(out, offset, OffsetStyle::Minutes)
            } else {
                out.write_str(&name)
            }
        }
        Part::Offset { z: true, .. } if offset == 0 => out.write_str("Z"),
        Part::Offset { style, .. } => write_offset(out, offset, style),
        Part::Fraction { mark, digits, trim } => {
            write_fraction(out, time.nanosecond(), mark, digits, trim);
            Ok(())
        }
    }
}

fn write_offset(out: &mut String, offset: i32, style: OffsetStyle) -> std::fmt::Result {
    // Less than a minute west counts as east.
    let sign = if offset / 60 < 0 { '-' } else { '+' };
    let seconds = offset.unsigned_abs();
    let colon = if style.has_colons() { ":" } else { "" };
    write!(out, "{sign}{:02}", seconds / 3600)?;
    if style.has_minutes() {
        write!(out, "{colon}{:02}", seconds / 60 % 60)?;
    }
    if style.has_seconds() {
        write!(out, "{colon}{:02}", seconds % 60)?;
    }
    Ok(())
}

fn write_fraction(out: &mut String, nanos: u32, mark: u8, digits: usize, trim: bool) {
    let mut fraction = format!("{nanos:09}");
    fraction.truncate(digits);
    while fraction.len() < digits.min(9) {
        fraction.push('0');
    }
    if trim {
        fraction.truncate(fraction.trim_end_matches('0').len());
        if fraction.is_empty() {
            return;
        }
    }
    out.push(char::from(mark));
    out.push_str(&fraction);
}
