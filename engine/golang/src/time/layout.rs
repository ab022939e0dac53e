//! Layouts: the parts of Go's reference time and where they stand.

/// A part of a layout, by what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    /// An offset; whether zero is `Z`, and how the rest is written.
    Offset {
        z: bool,
        style: OffsetStyle,
    },
    /// A fraction of so many digits behind a mark; whether zeros at its end are dropped.
    Fraction {
        mark: u8,
        digits: usize,
        trim: bool,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OffsetStyle {
    Hours,
    Minutes,
    ColonMinutes,
    Seconds,
    ColonSeconds,
}

impl OffsetStyle {
    pub(super) fn has_minutes(self) -> bool {
        self != Self::Hours
    }

    pub(super) fn has_seconds(self) -> bool {
        matches!(self, Self::Seconds | Self::ColonSeconds)
    }

    pub(super) fn has_colons(self) -> bool {
        matches!(self, Self::ColonMinutes | Self::ColonSeconds)
    }
}

/// The offsets behind `-` or `Z`, in the order in which they are tried.
const OFFSETS: &[(&str, OffsetStyle)] = &[
    ("070000", OffsetStyle::Seconds),
    ("07:00:00", OffsetStyle::ColonSeconds),
    ("0700", OffsetStyle::Minutes),
    ("07:00", OffsetStyle::ColonMinutes),
    ("07", OffsetStyle::Hours),
];

/// The parts with fixed texts, in the order in which they are tried.
const TEXTS: &[(&str, Part)] = &[
    ("January", Part::LongMonth),
    ("Monday", Part::LongWeekday),
    ("MST", Part::ZoneName),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("002", Part::ZeroYearDay),
    ("15", Part::Hour),
    ("1", Part::NumMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::UnderYearDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperPm),
    ("pm", Part::LowerPm),
];

/// The next part of a layout: what stands before it, the part and its text, and what follows. Nothing when there is none.
pub(super) fn next_part(layout: &str) -> Option<(&str, Part, &str, &str)> {
    for (index, _) in layout.char_indices() {
        let (before, here) = layout.split_at(index);
        if let Some((skip, part, length)) = part_at(here) {
            let (text, after) = (here.get(skip..length)?, here.get(length..)?);
            let before = layout.get(..before.len() + skip)?;
            return Some((before, part, text, after));
        }
    }
    None
}

/// The part that a text starts with: how much of it belongs to what stands before, the part, and where it ends.
fn part_at(text: &str) -> Option<(usize, Part, usize)> {
    let short = |name: &str, part| {
        let rest = text.strip_prefix(name)?;
        (!rest.starts_with(|c: char| c.is_ascii_lowercase())).then_some((0, part, name.len()))
    };
    match text.as_bytes().first()? {
        b'_' if text.starts_with("_2006") => return Some((1, Part::LongYear, 5)),
        b'_' if text.starts_with("_2") => return Some((0, Part::UnderDay, 2)),
        mark @ (b'-' | b'Z') => {
            let (offset, style) =
                OFFSETS.iter().find(|(offset, _)| text[1..].starts_with(offset))?;
            return Some((0, Part::Offset { z: *mark == b'Z', style: *style }, 1 + offset.len()));
        }
        mark @ (b'.' | b',') => {
            let digit = *text.as_bytes().get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
            let digits = text.bytes().skip(1).take_while(|b| *b == digit).count();
            let ends = !text.as_bytes().get(1 + digits).is_some_and(u8::is_ascii_digit);
            return ends.then_some((
                0,
                Part::Fraction { mark: *mark, digits, trim: digit == b'9' },
                1 + digits,
            ));
        }
        _ => {}
    }
    let fixed = TEXTS.iter().find(|(name, _)| text.starts_with(name));
    fixed
        .map(|(name, part)| (0, *part, name.len()))
        .or_else(|| short("Jan", Part::Month))
        .or_else(|| short("Mon", Part::Weekday))
}
