//! Dates and times.

use weir_golang::strconv;
use weir_golang::time::{self, Duration, Time, Zone};
use weir_gotmpl::{Args, Context, Error, Function, IntKind, Type, Value};

use super::{Outcome, TimeObject, sources};

const ANY: Type = Type::Any;
const STRING: Type = Type::String;
const TIME: Type = Type::Named("time.Time");

/// Sprig's functions for dates.
pub(super) const TABLE: &[Function] = &[
    Function::new("now", &[], |context, _| Ok(TimeObject::value(sources(context)?.now()))),
    Function::new("date", &[STRING, ANY], |context, args| {
        formatted(context, &args.text(0), args.value(1), "Local")
    }),
    Function::new("dateInZone", &[STRING, ANY, STRING], date_in_zone),
    Function::new("date_in_zone", &[STRING, ANY, STRING], date_in_zone),
    Function::new("htmlDate", &[ANY], |context, args| {
        formatted(context, "2006-01-02", args.value(0), "Local")
    }),
    Function::new("htmlDateInZone", &[ANY, STRING], |context, args| {
        formatted(context, "2006-01-02", args.value(0), &args.text(1))
    }),
    Function::new("dateModify", &[STRING, TIME], date_modify),
    Function::new("date_modify", &[STRING, TIME], date_modify),
    Function::new("mustDateModify", &[STRING, TIME], must_date_modify),
    Function::new("must_date_modify", &[STRING, TIME], must_date_modify),
    Function::new("toDate", &[STRING, STRING], |_, args| {
        let read = time::parse_in(&args.text(0), &args.text(1), &Zone::Local);
        Ok(TimeObject::value(read.unwrap_or_else(|_| Time::zero())))
    }),
    Function::new("mustToDate", &[STRING, STRING], |_, args| {
        Ok(TimeObject::value(time::parse_in(&args.text(0), &args.text(1), &Zone::Local)?))
    }),
    Function::new("unixEpoch", &[TIME], |_, args| {
        Ok(time_of(args.value(0))?.unix_seconds().to_string().into())
    }),
    Function::new("ago", &[ANY], ago),
    Function::new("duration", &[ANY], duration),
    Function::new("durationRound", &[ANY], duration_round),
];

/// Takes a value for a moment: a time, or seconds since 1970 of some integer types; anything else is the present.
fn moment(context: &Context<'_>, value: &Value) -> Result<Time, Error> {
    Ok(match value {
        Value::Int(seconds, IntKind::Int | IntKind::Int64 | IntKind::Int32) => {
            Time::unix(*seconds, 0).in_zone(Zone::Local)
        }
        value => match TimeObject::of(value) {
            Some(time) => time.clone(),
            None => sources(context)?.now(),
        },
    })
}

/// Writes a moment in a zone; one that there is not is UTC.
fn formatted(context: &Context<'_>, layout: &str, value: &Value, zone: &str) -> Outcome {
    let zone = Zone::load(zone).unwrap_or(Zone::Utc);
    Ok(moment(context, value)?.in_zone(zone).format(layout).into())
}

fn date_in_zone(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    formatted(context, &args.text(0), args.value(1), &args.text(2))
}

fn date_modify(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let time = time_of(args.value(1))?;
    let modified = Duration::parse(&args.text(0)).map(|duration| time.add(duration));
    Ok(TimeObject::value(modified.unwrap_or_else(|_| time.clone())))
}

fn must_date_modify(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    Ok(TimeObject::value(time_of(args.value(1))?.add(Duration::parse(&args.text(0))?)))
}

fn time_of(value: &Value) -> Result<&Time, Error> {
    TimeObject::of(value).ok_or_else(|| super::NIL_POINTER.into())
}

fn ago(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let since = sources(context)?.now().since(&moment(context, args.value(0))?);
    Ok(since.round(Duration::from_seconds(1)).to_string().into())
}

fn duration(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let seconds = match args.value(0) {
        Value::Int(seconds, IntKind::Int64) => *seconds,
        value => value.as_str().map_or(0, clamped),
    };
    Ok(Duration::from_seconds(seconds).to_string().into())
}

/// Reads seconds; out of range they are the nearest in range, and nothing else counts.
fn clamped(text: &str) -> i64 {
    strconv::parse_int(text, 10, 64).unwrap_or_else(|error| match error.kind {
        strconv::NumErrorKind::Range if text.starts_with('-') => i64::MIN,
        strconv::NumErrorKind::Range => i64::MAX,
        _ => 0,
    })
}

fn duration_round(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    const SECOND: u64 = 1_000_000_000;
    const UNITS: &[(u64, &str)] = &[
        (SECOND * 3600 * 24 * 365, "y"),
        (SECOND * 3600 * 24 * 30, "mo"),
        (SECOND * 3600 * 24, "d"),
        (SECOND * 3600, "h"),
        (SECOND * 60, "m"),
        (SECOND, "s"),
    ];
    let duration = match args.value(0) {
        Value::String(text) => Duration::parse(text).unwrap_or_default(),
        Value::Int(nanos, IntKind::Int64) => Duration(*nanos),
        value => match TimeObject::of(value) {
            Some(time) => sources(context)?.now().since(time),
            None => Duration::default(),
        },
    };
    let nanos = duration.0.unsigned_abs();
    let unit = UNITS.iter().find(|(unit, _)| nanos > *unit);
    Ok(unit.map_or_else(|| "0s".into(), |(unit, name)| format!("{}{name}", nanos / unit).into()))
}
