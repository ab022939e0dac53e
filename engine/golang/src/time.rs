//! Go's `time`: moments in zones, layouts such as `2006-01-02`, and durations such as `1h30m`.
//!
//! There is no clock here: the present is a fact that callers pass in. The zone data is bundled, and `Local` is UTC.

mod civil;
mod duration;
mod format;
mod layout;
mod parse;
mod zone;

use std::fmt;

pub use civil::{MONTHS, WEEKDAYS};
pub use duration::Duration;
pub use parse::{parse, parse_in};
pub use zone::Zone;

/// The layout of RFC 3339 with as many digits of the second as it takes.
pub const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// Seconds from Go's zero time, the start of year 1, to the start of 1970.
const ZERO_TO_UNIX: i64 = 62_135_596_800;
const NANOS: i128 = 1_000_000_000;

/// A moment, with the zone it is shown in.
#[derive(Clone, Debug)]
pub struct Time {
    seconds: i64,
    nanos: u32,
    zone: Zone,
}

/// A date and time of day as a calendar and clock in a zone show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year; 0 is the one before year 1.
    pub year: i64,
    /// The month from 1.
    pub month: u32,
    /// The day of the month from 1.
    pub day: u32,
    /// The hour from 0 to 23.
    pub hour: u32,
    /// The minute.
    pub minute: u32,
    /// The second.
    pub second: u32,
}

impl Time {
    /// Makes a moment of the seconds since the start of 1970 and the nanoseconds in that second, in UTC.
    pub fn unix(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos: nanos.min(999_999_999), zone: Zone::Utc }
    }

    /// Returns Go's zero time: the start of year 1 in UTC.
    pub fn zero() -> Self {
        Self::unix(-ZERO_TO_UNIX, 0)
    }

    /// Makes the moment that a clock in a zone shows so. Months and days beyond their range carry over.
    pub fn from_civil(
        year: i64,
        month: i64,
        day: i64,
        time_of_day: i64,
        nanos: u32,
        zone: Zone,
    ) -> Self {
        let days = civil::days_from_civil(year, month, day);
        let shown = days.saturating_mul(86_400).saturating_add(time_of_day);
        // As Go: the offset at the wrong moment leads to the right one but within a change of the clocks.
        let guess = i64::from(zone.offset_at(shown));
        let offset = i64::from(zone.offset_at(shown.saturating_sub(guess)));
        let seconds = if guess == 0 { shown } else { shown.saturating_sub(offset) };
        Self { seconds, nanos, zone }
    }

    /// Returns the same moment shown in another zone.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// Returns the zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the seconds since the start of 1970.
    pub fn unix_seconds(&self) -> i64 {
        self.seconds
    }

    /// Returns the nanoseconds in the second.
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// Tells whether this is Go's zero time.
    pub fn is_zero(&self) -> bool {
        self.seconds == -ZERO_TO_UNIX && self.nanos == 0
    }

    /// Returns what calendar and clock show.
    pub fn civil(&self) -> Civil {
        let shown = self.shown_seconds();
        let (year, month, day) = civil::civil_from_days(shown.div_euclid(86_400));
        let time = u32::try_from(shown.rem_euclid(86_400)).unwrap_or(0);
        Civil { year, month, day, hour: time / 3600, minute: time / 60 % 60, second: time % 60 }
    }

    /// Returns the day of the week, 0 for Sunday.
    pub fn weekday(&self) -> usize {
        // The first day of 1970 was a Thursday.
        usize::try_from((self.shown_seconds().div_euclid(86_400) + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// Returns the day of the year, from 1.
    pub fn year_day(&self) -> i64 {
        let civil = self.civil();
        civil::days_from_civil(civil.year, i64::from(civil.month), i64::from(civil.day))
            - civil::days_from_civil(civil.year, 1, 1)
            + 1
    }

    /// Returns the moment a duration later.
    #[must_use]
    pub fn add(&self, duration: Duration) -> Self {
        self.at_nanos(self.unix_nanos() + i128::from(duration.0))
    }

    /// Returns the moment so many years, months and days later on the calendar.
    #[must_use]
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let time = i64::from(civil.hour * 3600 + civil.minute * 60 + civil.second);
        Self::from_civil(
            civil.year.saturating_add(years),
            i64::from(civil.month).saturating_add(months),
            i64::from(civil.day).saturating_add(days),
            time,
            self.nanos,
            self.zone.clone(),
        )
    }

    /// Returns the duration since another moment, at most the longest there is.
    pub fn since(&self, other: &Self) -> Duration {
        let difference = self.unix_nanos() - other.unix_nanos();
        let bounded = difference.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Duration(i64::try_from(bounded).unwrap_or_default())
    }

    /// Returns the last multiple of a duration since the zero time that is not after this.
    #[must_use]
    pub fn truncate(&self, by: Duration) -> Self {
        self.at_nanos(self.unix_nanos() - self.rest(by))
    }

    /// Returns the nearest multiple of a duration since the zero time; the later of two as near.
    #[must_use]
    pub fn round(&self, by: Duration) -> Self {
        let rest = self.rest(by);
        let up = if rest * 2 < i128::from(by.0) || rest == 0 { 0 } else { i128::from(by.0) };
        self.at_nanos(self.unix_nanos() - rest + up)
    }

    /// Returns the text of a layout, in which parts of the reference time `Mon Jan 2 15:04:05 MST 2006` stand for those of this.
    pub fn format(&self, layout: &str) -> String {
        format::format(self, layout)
    }

    fn shown_seconds(&self) -> i64 {
        self.seconds.saturating_add(i64::from(self.zone.offset_at(self.seconds)))
    }

    fn unix_nanos(&self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    fn at_nanos(&self, nanos: i128) -> Self {
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).unwrap_or(i64::MAX);
        let nanos = u32::try_from(nanos.rem_euclid(NANOS)).unwrap_or(0);
        Self { seconds, nanos, zone: self.zone.clone() }
    }

    /// What is beyond the last multiple of a duration since the zero time.
    fn rest(&self, by: Duration) -> i128 {
        if by.0 <= 0 {
            return 0;
        }
        (self.unix_nanos() + i128::from(ZERO_TO_UNIX) * NANOS).rem_euclid(i128::from(by.0))
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

impl fmt::Display for Time {
    /// Writes the time as Go's `String` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_and_zones_work_together() {
        let time = parse(RFC3339_NANO, "2026-07-02T03:04:05.5Z").unwrap();
        let berlin = time.in_zone(Zone::load("Europe/Berlin").unwrap());
        assert_eq!(time.to_string(), "2026-07-02 03:04:05.5 +0000 UTC");
        assert_eq!(berlin.format("Mon, 02 Jan 2006 15:04 MST"), "Thu, 02 Jul 2026 05:04 CEST");
        assert_eq!(time.add_date(0, 8, 30).format("2006-1-2 __2"), "2027-4-1  91");
        assert_eq!(
            time.truncate(Duration::parse("1h").unwrap()).format("15:04:05.000"),
            "03:00:00.000"
        );
        assert!(Zone::load("europe/berlin").is_err());
    }
}
