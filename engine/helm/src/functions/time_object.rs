//! Times and durations as templates see them: values with methods.

use std::any::Any;

use smol_str::{SmolStr, ToSmolStr};
use weir_golang::time::{Duration, MONTHS, Time, WEEKDAYS, Zone};
use weir_gotmpl::{Args, Error, Function, Object, Type, Value};

use super::NIL_POINTER;

const ANY: Type = Type::Any;
const INT: Type = Type::INT;
const TIME: Type = Type::Named("time.Time");

/// A `time.Time`.
pub struct TimeObject(
    /// The time.
    pub Time,
);

impl TimeObject {
    /// Makes a template's value of a time.
    pub fn value(time: Time) -> Value {
        Value::object(Self(time))
    }

    /// Finds the time in a value.
    pub fn of(value: &Value) -> Option<&Time> {
        let Value::Object(object) = value else { return None };
        object.as_any().downcast_ref::<Self>().map(|object| &object.0)
    }
}

impl Object for TimeObject {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        TIME_METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<SmolStr> {
        Some(self.0.to_smolstr())
    }
}

/// A `time.Duration`.
pub struct DurationObject(
    /// The duration.
    pub Duration,
);

impl DurationObject {
    /// Makes a template's value of a duration.
    pub fn value(duration: Duration) -> Value {
        Value::object(Self(duration))
    }

    /// Finds the duration in a value: one, or a number of nanoseconds.
    pub fn of(value: &Value) -> Option<Duration> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref::<Self>().map(|object| object.0),
            Value::Int(nanos, _) => Some(Duration(*nanos)),
            _ => None,
        }
    }
}

impl Object for DurationObject {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        DURATION_METHODS.iter().find(|method| method.name == name)
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int64(self.0.0))
    }

    fn string(&self) -> Option<SmolStr> {
        Some(self.0.to_smolstr())
    }
}

/// A number with a name: `time.Month` or `time.Weekday`.
struct Named {
    type_name: &'static str,
    number: i64,
    name: &'static str,
}

impl Object for Named {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    fn string(&self) -> Option<SmolStr> {
        Some(self.name.into())
    }
}

/// A `*time.Location`.
struct Location(Zone);

impl Object for Location {
    fn type_name(&self) -> &'static str {
        "*time.Location"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn string(&self) -> Option<SmolStr> {
        Some(self.0.name().into())
    }
}

const TIME_METHODS: &[Function] = &[
    Function::new("Format", &[Type::String], |_, args| {
        Ok(time(args)?.format(&args.text(0)).into())
    }),
    Function::new("String", &[], |_, args| Ok(time(args)?.to_string().into())),
    Function::new("Unix", &[], |_, args| Ok(Value::int64(time(args)?.unix_seconds()))),
    Function::new("UnixMilli", &[], |_, args| {
        let time = time(args)?;
        Ok(Value::int64(
            time.unix_seconds()
                .wrapping_mul(1000)
                .wrapping_add(i64::from(time.nanosecond() / 1_000_000)),
        ))
    }),
    Function::new("UnixNano", &[], |_, args| {
        let time = time(args)?;
        Ok(Value::int64(
            time.unix_seconds()
                .wrapping_mul(1_000_000_000)
                .wrapping_add(i64::from(time.nanosecond())),
        ))
    }),
    Function::new("Year", &[], |_, args| Ok(Value::int(time(args)?.civil().year))),
    Function::new("Month", &[], |_, args| {
        let month = time(args)?.civil().month;
        let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
        Ok(Value::object(Named { type_name: "time.Month", number: i64::from(month), name }))
    }),
    Function::new("Day", &[], |_, args| Ok(Value::int(time(args)?.civil().day.into()))),
    Function::new("Hour", &[], |_, args| Ok(Value::int(time(args)?.civil().hour.into()))),
    Function::new("Minute", &[], |_, args| Ok(Value::int(time(args)?.civil().minute.into()))),
    Function::new("Second", &[], |_, args| Ok(Value::int(time(args)?.civil().second.into()))),
    Function::new("Nanosecond", &[], |_, args| Ok(Value::int(time(args)?.nanosecond().into()))),
    Function::new("Weekday", &[], |_, args| {
        let day = time(args)?.weekday();
        let name = WEEKDAYS.get(day).copied().unwrap_or_default();
        Ok(Value::object(Named {
            type_name: "time.Weekday",
            number: i64::try_from(day).unwrap_or(0),
            name,
        }))
    }),
    Function::new("YearDay", &[], |_, args| Ok(Value::int(time(args)?.year_day()))),
    Function::new("UTC", &[], |_, args| Ok(TimeObject::value(time(args)?.in_zone(Zone::Utc)))),
    Function::new("Local", &[], |_, args| Ok(TimeObject::value(time(args)?.in_zone(Zone::Local)))),
    Function::new("Location", &[], |_, args| {
        Ok(Value::object(Location(time(args)?.zone().clone())))
    }),
    Function::new("Add", &[ANY], |_, args| {
        Ok(TimeObject::value(time(args)?.add(duration_given(args)?)))
    }),
    Function::new("AddDate", &[INT, INT, INT], |_, args| {
        Ok(TimeObject::value(time(args)?.add_date(args.int(0), args.int(1), args.int(2))))
    }),
    Function::new("Truncate", &[ANY], |_, args| {
        Ok(TimeObject::value(time(args)?.truncate(duration_given(args)?)))
    }),
    Function::new("Round", &[ANY], |_, args| {
        Ok(TimeObject::value(time(args)?.round(duration_given(args)?)))
    }),
    Function::new("Sub", &[TIME], |_, args| {
        Ok(DurationObject::value(time(args)?.since(time_given(args)?)))
    }),
    Function::new("After", &[TIME], |_, args| Ok((time(args)? > time_given(args)?).into())),
    Function::new("Before", &[TIME], |_, args| Ok((time(args)? < time_given(args)?).into())),
    Function::new("Equal", &[TIME], |_, args| Ok((time(args)? == time_given(args)?).into())),
    Function::new("Compare", &[TIME], |_, args| {
        Ok(Value::int(time(args)?.cmp(time_given(args)?) as i64))
    }),
    Function::new("IsZero", &[], |_, args| Ok(time(args)?.is_zero().into())),
];

const DURATION_METHODS: &[Function] = &[
    Function::new("String", &[], |_, args| Ok(duration(args)?.to_string().into())),
    Function::new("Hours", &[], |_, args| Ok(Value::float64(duration(args)?.hours()))),
    Function::new("Minutes", &[], |_, args| Ok(Value::float64(duration(args)?.minutes()))),
    Function::new("Seconds", &[], |_, args| Ok(Value::float64(duration(args)?.seconds()))),
    Function::new("Milliseconds", &[], |_, args| Ok(Value::int64(duration(args)?.0 / 1_000_000))),
    Function::new("Microseconds", &[], |_, args| Ok(Value::int64(duration(args)?.0 / 1_000))),
    Function::new("Nanoseconds", &[], |_, args| Ok(Value::int64(duration(args)?.0))),
    Function::new("Round", &[ANY], |_, args| {
        Ok(DurationObject::value(duration(args)?.round(duration_given(args)?)))
    }),
    Function::new("Truncate", &[ANY], |_, args| {
        Ok(DurationObject::value(duration(args)?.truncate(duration_given(args)?)))
    }),
    Function::new("Abs", &[], |_, args| {
        Ok(DurationObject::value(Duration(duration(args)?.0.saturating_abs())))
    }),
];

fn time<'a>(args: &'a Args<'_>) -> Result<&'a Time, Error> {
    args.receiver::<TimeObject>().map(|object| &object.0).ok_or_else(|| NIL_POINTER.into())
}

fn duration(args: &Args<'_>) -> Result<Duration, Error> {
    args.receiver::<DurationObject>().map(|object| object.0).ok_or_else(|| NIL_POINTER.into())
}

fn time_given<'a>(args: &'a Args<'_>) -> Result<&'a Time, Error> {
    TimeObject::of(args.value(0)).ok_or_else(|| NIL_POINTER.into())
}

fn duration_given(args: &Args<'_>) -> Result<Duration, Error> {
    let wrong = || {
        format!("wrong type for value; expected time.Duration; got {}", args.value(0).type_of())
            .into()
    };
    DurationObject::of(args.value(0)).ok_or_else(wrong)
}
