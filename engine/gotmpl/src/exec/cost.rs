//! What arguments cost, in steps of the meter.

use weir_model::{Exhausted, Meter};

use crate::Value;

/// Values nested deeper are counted no further: whatever prints or copies them stops before.
const DEPTH: u32 = 1_000;

/// Returns what a function costs that looks at each byte of its texts and each item of its lists once: next to nothing,
/// but not nothing when they are long and the call stands in a loop.
pub(super) fn linear(arguments: &[Value]) -> u64 {
    let cost = |value: &Value| match value {
        Value::String(text) => text.len() / 64,
        Value::RawString(bytes) | Value::Bytes(bytes) => bytes.len() / 64,
        Value::List(list) => list.len() / 16,
        _ => 0,
    };
    arguments.iter().map(|value| cost(value) as u64).sum()
}

/// Returns how many bytes a function's result takes that may be new.
pub(super) fn made(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::RawString(bytes) | Value::Bytes(bytes) => bytes.len(),
        Value::List(list) if list.is_unshared() => list.len().saturating_mul(size_of::<Value>()),
        Value::Map(map) if map.is_unshared() => map.len().saturating_mul(2 * size_of::<Value>()),
        _ => 0,
    }
}

/// Counts a step for each value inside one, and for each 64 bytes of text.
pub(super) fn deep(meter: &mut Meter, value: &Value) -> Result<(), Exhausted> {
    if matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_)) {
        return stacker::maybe_grow(64 << 10, 1 << 20, || inside(meter, value, DEPTH));
    }
    Ok(())
}

fn inside(meter: &mut Meter, value: &Value, depth: u32) -> Result<(), Exhausted> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    let step = |meter: &mut Meter, value: &Value| match value {
        Value::List(_) | Value::Map(_) | Value::Object(_) => {
            stacker::maybe_grow(32 << 10, 1 << 20, || inside(meter, value, depth))
        }
        Value::String(text) if text.len() >= 64 => meter.step(text.len() as u64 / 64),
        _ => Ok(()),
    };
    match value {
        Value::List(list) => {
            meter.step(list.len() as u64)?;
            list.iter().try_for_each(|item| step(meter, item))
        }
        Value::Map(map) => {
            let entries = map.entries();
            meter.step(entries.len() as u64)?;
            entries.iter().try_for_each(|(_, item)| step(meter, item))
        }
        Value::Object(object) => match object.underlying() {
            Some(under) => step(meter, &under),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
