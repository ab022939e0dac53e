//! Arithmetic.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::ast::Operator;
use crate::{CelError, Val};

/// The seconds of the years 1 and 10000, between which timestamps lie.
const EARLIEST: i64 = -62_135_596_800;
const LATEST: i64 = 253_402_300_799;
const NANOS: i128 = 1_000_000_000;

/// Computes `one operator other`; operands must be of one kind.
pub(crate) fn compute(operator: Operator, one: &Val, other: &Val) -> Result<Val, CelError> {
    let result = match (one, other) {
        (Val::Int(one), Val::Int(other)) => return ints(operator, *one, *other).map(Val::Int),
        (Val::Uint(one), Val::Uint(other)) => return uints(operator, *one, *other).map(Val::Uint),
        (Val::Double(one), Val::Double(other)) => match operator {
            Operator::Add => Val::Double(one + other),
            Operator::Subtract => Val::Double(one - other),
            Operator::Multiply => Val::Double(one * other),
            Operator::Divide => Val::Double(one / other),
            _ => return Err(CelError::no_overload()),
        },
        _ if operator == Operator::Add => return add(one, other),
        _ if operator == Operator::Subtract => return subtract(one, other),
        _ => return Err(CelError::no_overload()),
    };
    Ok(result)
}

/// Computes `-value`.
pub(crate) fn negate(value: &Val) -> Result<Val, CelError> {
    match value {
        Val::Int(value) => value.checked_neg().map(Val::Int).ok_or_else(overflow),
        Val::Double(value) => Ok(Val::Double(-value)),
        Val::Duration(nanos) => nanos.checked_neg().map(Val::Duration).ok_or_else(overflow),
        _ => Err(CelError::no_overload()),
    }
}

fn overflow() -> CelError {
    CelError::new("integer overflow")
}

fn ints(operator: Operator, one: i64, other: i64) -> Result<i64, CelError> {
    match operator {
        Operator::Add => one.checked_add(other),
        Operator::Subtract => one.checked_sub(other),
        Operator::Multiply => one.checked_mul(other),
        Operator::Divide if other == 0 => return Err(CelError::new("division by zero")),
        Operator::Divide => one.checked_div(other),
        Operator::Remainder if other == 0 => return Err(CelError::new("modulus by zero")),
        Operator::Remainder => one.checked_rem(other),
        _ => return Err(CelError::no_overload()),
    }
    .ok_or_else(overflow)
}

fn uints(operator: Operator, one: u64, other: u64) -> Result<u64, CelError> {
    match operator {
        Operator::Add => one.checked_add(other),
        Operator::Subtract => one.checked_sub(other),
        Operator::Multiply => one.checked_mul(other),
        Operator::Divide if other == 0 => return Err(CelError::new("division by zero")),
        Operator::Divide => one.checked_div(other),
        Operator::Remainder if other == 0 => return Err(CelError::new("modulus by zero")),
        Operator::Remainder => one.checked_rem(other),
        _ => return Err(CelError::no_overload()),
    }
    .ok_or_else(|| CelError::new("unsigned integer overflow"))
}

fn add(one: &Val, other: &Val) -> Result<Val, CelError> {
    match (one, other) {
        (Val::String(one), Val::String(other)) => {
            Ok(Val::String(SmolStr::from(format!("{one}{other}"))))
        }
        (Val::Bytes(one), Val::Bytes(other)) => Ok(Val::Bytes(Arc::from([&**one, other].concat()))),
        (Val::Duration(one), Val::Duration(other)) => {
            one.checked_add(*other).map(Val::Duration).ok_or_else(overflow)
        }
        (Val::Timestamp(seconds, nanos), Val::Duration(duration))
        | (Val::Duration(duration), Val::Timestamp(seconds, nanos)) => {
            moment(*seconds, *nanos, i128::from(*duration))
        }
        _ => match (one.items(), other.items()) {
            (Some(one), Some(other)) => Ok(Val::list(one.chain(other).collect())),
            _ => Err(CelError::no_overload()),
        },
    }
}

fn subtract(one: &Val, other: &Val) -> Result<Val, CelError> {
    match (one, other) {
        (Val::Duration(one), Val::Duration(other)) => {
            one.checked_sub(*other).map(Val::Duration).ok_or_else(overflow)
        }
        (Val::Timestamp(seconds, nanos), Val::Duration(duration)) => {
            moment(*seconds, *nanos, -i128::from(*duration))
        }
        (Val::Timestamp(one, one_nanos), Val::Timestamp(other, other_nanos)) => {
            let nanos = (i128::from(*one) - i128::from(*other)) * NANOS + i128::from(*one_nanos)
                - i128::from(*other_nanos);
            i64::try_from(nanos).map(Val::Duration).map_err(|_| overflow())
        }
        _ => Err(CelError::no_overload()),
    }
}

fn moment(seconds: i64, nanos: u32, after: i128) -> Result<Val, CelError> {
    let all = i128::from(seconds) * NANOS + i128::from(nanos) + after;
    let seconds = i64::try_from(all.div_euclid(NANOS)).map_err(|_| overflow())?;
    let nanos = u32::try_from(all.rem_euclid(NANOS)).map_err(|_| overflow())?;
    timestamp(seconds, nanos)
}

/// Makes a timestamp; refuses one outside the years 1 to 9999.
pub(crate) fn timestamp(seconds: i64, nanos: u32) -> Result<Val, CelError> {
    if (EARLIEST..=LATEST).contains(&seconds) {
        Ok(Val::Timestamp(seconds, nanos))
    } else {
        Err(CelError::new("timestamp overflow"))
    }
}
