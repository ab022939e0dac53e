//! Numbers: integer and decimal arithmetic, rounding, ranges.

use weir_golang::strconv;
use weir_gotmpl::{Args, Context, Error, Function, List, Type, Value};

use super::decimal::{self, Decimal};
use super::{Outcome, cast};

const ANY: Type = Type::Any;
const INT: Type = Type::INT;

/// Sprig's functions for numbers.
pub(super) const TABLE: &[Function] = &[
    Function::new("atoi", &[Type::String], |_, args| {
        let text = args.text(0);
        // A number out of range becomes the nearest in range.
        let nearest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
        Ok(Value::int(strconv::atoi(&text).unwrap_or_else(|error| match error.kind {
            strconv::NumErrorKind::Range => nearest,
            _ => 0,
        })))
    }),
    Function::new("int", &[ANY], |_, args| Ok(Value::int(cast::to_int64(args.value(0))))),
    Function::new("int64", &[ANY], |_, args| Ok(Value::int64(cast::to_int64(args.value(0))))),
    Function::new("float64", &[ANY], |_, args| Ok(Value::float64(cast::to_float64(args.value(0))))),
    Function::new("toDecimal", &[ANY], |_, args| {
        let text = String::from_utf8_lossy(&cast::printed(args.value(0))).into_owned();
        Ok(Value::int64(strconv::parse_int(&text, 8, 64).unwrap_or(0)))
    }),
    Function::new("add1", &[ANY], |_, args| {
        Ok(Value::int64(cast::to_int64(args.value(0)).wrapping_add(1)))
    }),
    Function::variadic("add", &[ANY], |_, args| Ok(fold(0, args, i64::wrapping_add))),
    Function::new("sub", &[ANY, ANY], |_, args| {
        Ok(fold(first(args), args.rest(1), i64::wrapping_sub))
    }),
    Function::variadic("mul", &[ANY, ANY], |_, args| {
        Ok(fold(first(args), args.rest(1), i64::wrapping_mul))
    }),
    Function::new("div", &[ANY, ANY], |_, args| divide(args, i64::wrapping_div)),
    Function::new("mod", &[ANY, ANY], |_, args| divide(args, i64::wrapping_rem)),
    Function::variadic("max", &[ANY, ANY], |_, args| Ok(fold(first(args), args.rest(1), i64::max))),
    Function::variadic("biggest", &[ANY, ANY], |_, args| {
        Ok(fold(first(args), args.rest(1), i64::max))
    }),
    Function::variadic("min", &[ANY, ANY], |_, args| Ok(fold(first(args), args.rest(1), i64::min))),
    Function::variadic("maxf", &[ANY, ANY], |_, args| {
        Ok(fold_floats(args, |a, b| larger(a, b, false)))
    }),
    Function::variadic("minf", &[ANY, ANY], |_, args| {
        Ok(fold_floats(args, |a, b| larger(a, b, true)))
    }),
    Function::new("add1f", &[ANY], |_, args| {
        decimal::fold(cast::to_float64(args.value(0)), &[1.0], |a, b| Ok(a.add(&b)))
            .map(Value::float64)
    }),
    Function::variadic("addf", &[ANY], |_, args| {
        decimal::fold(0.0, &floats(args), |a, b| Ok(a.add(&b))).map(Value::float64)
    }),
    Function::variadic("subf", &[ANY, ANY], |_, args| decimals(args, |a, b| Ok(a.subtract(&b)))),
    Function::variadic("mulf", &[ANY, ANY], |_, args| decimals(args, |a, b| Ok(a.multiply(&b)))),
    Function::variadic("divf", &[ANY, ANY], |_, args| decimals(args, |a, b| a.divide(&b))),
    Function::new("floor", &[ANY], |_, args| {
        Ok(Value::float64(cast::to_float64(args.value(0)).floor()))
    }),
    Function::new("ceil", &[ANY], |_, args| {
        Ok(Value::float64(cast::to_float64(args.value(0)).ceil()))
    }),
    Function::variadic("round", &[ANY, INT, Type::FLOAT64], |_, args| {
        let on = if args.len() > 2 { args.float(2) } else { 0.5 };
        Ok(Value::float64(rounded(cast::to_float64(args.value(0)), args.int(1), on)))
    }),
    Function::new("until", &[INT], |context, args| {
        let step = if args.int(0) < 0 { -1 } else { 1 };
        range(context, 0, args.int(0), step).map(ints)
    }),
    Function::new("untilStep", &[INT, INT, INT], |context, args| {
        range(context, args.int(0), args.int(1), args.int(2)).map(ints)
    }),
    Function::variadic("seq", &[INT], sequence),
];

fn first(args: &Args<'_>) -> i64 {
    cast::to_int64(args.value(0))
}

fn fold(start: i64, values: &[Value], combine: impl Fn(i64, i64) -> i64) -> Value {
    Value::int64(values.iter().map(cast::to_int64).fold(start, combine))
}

fn divide(args: &Args<'_>, combine: impl Fn(i64, i64) -> i64) -> Outcome {
    let divisor = cast::to_int64(args.value(1));
    if divisor == 0 {
        return Err("runtime error: integer divide by zero".into());
    }
    Ok(Value::int64(combine(first(args), divisor)))
}

fn floats(values: &[Value]) -> Vec<f64> {
    values.iter().map(cast::to_float64).collect()
}

fn fold_floats(args: &Args<'_>, combine: impl Fn(f64, f64) -> f64) -> Value {
    Value::float64(floats(args.rest(1)).into_iter().fold(cast::to_float64(args.value(0)), combine))
}

/// The larger or the smaller of two, as Go's `math` does: what is no number wins, and -0 is below 0.
fn larger(a: f64, b: f64, smaller: bool) -> f64 {
    if a.is_nan() || b.is_nan() {
        // An infinity in the wanted direction wins even over that.
        let infinity = if smaller { f64::NEG_INFINITY } else { f64::INFINITY };
        return if a == infinity || b == infinity { infinity } else { f64::NAN };
    }
    let first = a.total_cmp(&b).is_lt() == smaller;
    if first { a } else { b }
}

fn decimals(
    args: &Args<'_>,
    combine: impl Fn(Decimal, Decimal) -> Result<Decimal, Error>,
) -> Outcome {
    decimal::fold(cast::to_float64(args.value(0)), &floats(args.rest(1)), combine)
        .map(Value::float64)
}

/// Rounds to so many places; a fraction from `on` upwards goes up.
fn rounded(value: f64, places: i64, on: f64) -> f64 {
    let places = i32::try_from(places.clamp(-400, 400)).unwrap_or(0);
    // Read from text the power is exact where it can be.
    let power: f64 = format!("1e{}", places.abs()).parse().unwrap_or(f64::INFINITY);
    let power = if places < 0 { 1.0 / power } else { power };
    let digit = power * value;
    let fraction = digit - digit.trunc();
    let whole = if fraction >= on { digit.ceil() } else { digit.floor() };
    whole / power
}

/// Counts from a start to before a stop; nothing when the step leads away.
fn range(context: &mut Context<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Error> {
    let down = stop < start;
    if (down && step >= 0) || (!down && step <= 0) {
        return Ok(Vec::new());
    }
    let (mut numbers, mut current) = (Vec::new(), start);
    while if down { current > stop } else { current < stop } {
        context.meter().step(1)?;
        context.meter().bytes(std::mem::size_of::<Value>())?;
        numbers.push(current);
        let Some(next) = current.checked_add(step) else { break };
        current = next;
    }
    Ok(numbers)
}

fn ints(numbers: Vec<i64>) -> Value {
    List::typed(&Type::INT, numbers.into_iter().map(Value::int).collect()).into()
}

fn sequence(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let numbers: Vec<i64> = (0..args.len()).map(|index| args.int(index)).collect();
    let (start, end, step) = match *numbers.as_slice() {
        [end] => (1, end, None),
        [start, end] => (start, end, None),
        [start, step, end] => (start, end, Some(step)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let numbers = range(context, start, end.saturating_add(direction), step.unwrap_or(direction))?;
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Ok(texts.join(" ").into())
}
