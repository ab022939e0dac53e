//! Durations, which Helm 4 adds.

use weir_golang::strconv;
use weir_golang::time::Duration;
use weir_gotmpl::{Args, Context, Error, Function, Type, Value};

use super::{DurationObject, Outcome, cast};

const ANY: Type = Type::Any;

/// Helm 4's functions for durations.
pub(super) const TABLE: &[Function] = &[
    Function::new("mustToDuration", &[ANY], |_, args| {
        Ok(DurationObject::value(read(args.value(0))?))
    }),
    Function::new("durationSeconds", &[ANY], |_, args| Ok(Value::float64(or_zero(args).seconds()))),
    Function::new("durationMinutes", &[ANY], |_, args| Ok(Value::float64(or_zero(args).minutes()))),
    Function::new("durationHours", &[ANY], |_, args| Ok(Value::float64(or_zero(args).hours()))),
    Function::new("durationDays", &[ANY], |_, args| {
        Ok(Value::float64(or_zero(args).hours() / 24.0))
    }),
    Function::new("durationWeeks", &[ANY], |_, args| {
        Ok(Value::float64(or_zero(args).hours() / 24.0 / 7.0))
    }),
    Function::new("durationMilliseconds", &[ANY], |_, args| {
        Ok(Value::int64(or_zero(args).0 / 1_000_000))
    }),
    Function::new("durationMicroseconds", &[ANY], |_, args| {
        Ok(Value::int64(or_zero(args).0 / 1_000))
    }),
    Function::new("durationNanoseconds", &[ANY], |_, args| Ok(Value::int64(or_zero(args).0))),
    Function::new("durationRoundTo", &[ANY, ANY], |context, args| {
        to_multiple(context, args, Duration::round)
    }),
    Function::new("durationTruncateTo", &[ANY, ANY], |context, args| {
        to_multiple(context, args, Duration::truncate)
    }),
];

fn or_zero(args: &Args<'_>) -> Duration {
    read(args.value(0)).unwrap_or_default()
}

fn to_multiple(
    _: &mut Context<'_>,
    args: &Args<'_>,
    round: fn(Duration, Duration) -> Duration,
) -> Outcome {
    let Ok(duration) = read(args.value(0)) else {
        return Ok(DurationObject::value(Duration::default()));
    };
    let rounded = read(args.value(1)).map_or(duration, |by| round(duration, by));
    Ok(DurationObject::value(rounded))
}

/// Takes a value for a duration: a duration, a text such as `1h30m`, or seconds as a number or text.
fn read(value: &Value) -> Result<Duration, Error> {
    match value {
        Value::Nil | Value::NoValue => Err("invalid duration".into()),
        Value::String(text) => {
            let trimmed = text.trim();
            if trimmed.is_empty() {
                return Err("empty duration".into());
            }
            if let Ok(duration) = Duration::parse(trimmed) {
                return Ok(duration);
            }
            match strconv::parse_float(trimmed, 64) {
                Ok(seconds) => of_seconds(seconds),
                Err(_) => Err(format!("could not parse duration {}", strconv::quote(text)).into()),
            }
        }
        Value::Int(seconds, _) => whole(*seconds, &seconds.to_string()),
        Value::Uint(seconds, _) => {
            whole(i64::try_from(*seconds).unwrap_or(i64::MAX), &seconds.to_string())
        }
        Value::Float(seconds, _) => of_seconds(*seconds),
        value => match DurationObject::of(value) {
            Some(duration) => Ok(duration),
            None => Err(format!("unsupported duration type {}", value.type_of()).into()),
        },
    }
}

fn whole(seconds: i64, shown: &str) -> Result<Duration, Error> {
    let overflow = || format!("duration seconds overflow: {shown}").into();
    seconds.checked_mul(1_000_000_000).map(Duration).ok_or_else(overflow)
}

fn of_seconds(seconds: f64) -> Result<Duration, Error> {
    const MOST: f64 = 9_223_372_036.854_775;
    let shown = || strconv::format_float(seconds, b'g', -1, 64);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown()).into());
    }
    if seconds.abs() > MOST {
        return Err(format!("duration seconds overflow: {}", shown()).into());
    }
    Ok(Duration(cast::float_to_int(seconds * 1e9)))
}
