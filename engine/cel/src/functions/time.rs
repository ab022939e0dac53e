//! Parts of timestamps and durations.

use weir_golang::time::{Civil, Time, Zone};

use super::{Call, Row, Who, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("getDate", Who::Both, |call| part(call, |_, civil| i64::from(civil.day), None)),
    ("getDayOfMonth", Who::Both, |call| part(call, |_, civil| i64::from(civil.day) - 1, None)),
    ("getDayOfWeek", Who::Both, |call| {
        part(call, |time, _| i64::try_from(time.weekday()).unwrap_or_default(), None)
    }),
    ("getDayOfYear", Who::Both, |call| part(call, |time, _| time.year_day() - 1, None)),
    ("getFullYear", Who::Both, |call| part(call, |_, civil| civil.year, None)),
    ("getHours", Who::Both, |call| {
        part(call, |_, civil| i64::from(civil.hour), Some(3_600_000_000_000))
    }),
    ("getMilliseconds", Who::Both, |call| {
        part(call, |time, _| i64::from(time.nanosecond()) / 1_000_000, Some(1_000_000))
    }),
    ("getMinutes", Who::Both, |call| {
        part(call, |_, civil| i64::from(civil.minute), Some(60_000_000_000))
    }),
    ("getMonth", Who::Both, |call| part(call, |_, civil| i64::from(civil.month) - 1, None)),
    ("getSeconds", Who::Both, |call| {
        part(call, |_, civil| i64::from(civil.second), Some(1_000_000_000))
    }),
];

/// Returns a part of a timestamp, or how often a unit fits into a duration.
fn part(
    call: &Call<'_>,
    part: fn(&Time, &Civil) -> i64,
    unit: Option<i64>,
) -> Result<Val, CelError> {
    let (seconds, nanos, zone) = match (call.values, unit) {
        ([Val::Duration(nanos)], Some(unit)) => return Ok(Val::Int(nanos / unit)),
        ([Val::Timestamp(seconds, nanos)], _) => (*seconds, *nanos, Zone::Utc),
        ([Val::Timestamp(seconds, nanos), Val::String(name)], _) => {
            let (zone, shift) = zone(name)?;
            (seconds.saturating_add(shift), *nanos, zone)
        }
        _ => return no_overload(),
    };
    let time = Time::unix(seconds, nanos).in_zone(zone);
    Ok(Val::Int(part(&time, &time.civil())))
}

/// Reads the name of a zone, or an offset such as `+02:00`, which is a shift of the moment.
fn zone(name: &str) -> Result<(Zone, i64), CelError> {
    let Some((hours, minutes)) = name.split_once(':') else {
        let zone = Zone::load(name).map_err(CelError::new)?;
        return Ok((zone, 0));
    };
    let invalid = || CelError::new(format!("invalid time zone `{name}`"));
    let (sign, hours) = match hours.strip_prefix('-') {
        Some(hours) => (-1, hours),
        None => (1, hours.strip_prefix('+').unwrap_or(hours)),
    };
    let hours: i64 = hours.parse().map_err(|_| invalid())?;
    let minutes: i64 = minutes.parse().map_err(|_| invalid())?;
    if !(0..=23).contains(&hours) || !(0..=59).contains(&minutes) {
        return Err(invalid());
    }
    Ok((Zone::Utc, sign * (hours * 3600 + minutes * 60)))
}
