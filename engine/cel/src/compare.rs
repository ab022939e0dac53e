//! Equality and order of values.

use std::cmp::Ordering;

use crate::value::KubernetesVal;
use crate::{MapVal, Val};

/// Tells whether two values are equal. Numbers are compared by what they count; values of different kinds are unequal.
pub(crate) fn equal(one: &Val, other: &Val) -> bool {
    if let Some(order) = numbers(one, other) {
        return order == Some(Ordering::Equal);
    }
    match (one, other) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(one), Val::Bool(other)) => one == other,
        (Val::String(one), Val::String(other)) => one == other,
        (Val::Bytes(one), Val::Bytes(other)) => one == other,
        (Val::Timestamp(one, one_nanos), Val::Timestamp(other, other_nanos)) => {
            (one, one_nanos) == (other, other_nanos)
        }
        (Val::Duration(one), Val::Duration(other)) => one == other,
        (Val::Type(one), Val::Type(other)) => one == other,
        (Val::Optional(one), Val::Optional(other)) => match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => equal(one, other),
            (None, Some(_)) | (Some(_), None) => false,
        },
        (Val::Map(one), Val::Map(other)) => equal_maps(one, other),
        (Val::Kubernetes(one), Val::Kubernetes(other)) => match (&**one, &**other) {
            (KubernetesVal::Quantity(one), KubernetesVal::Quantity(other)) => {
                one.compare(other) == Ordering::Equal
            }
            (one, other) => one == other,
        },
        (Val::Data(one), Val::Data(other)) if std::sync::Arc::ptr_eq(one, other) => true,
        (Val::Data(_) | Val::List(_), Val::Data(_) | Val::List(_)) => {
            let (Some(mut one), Some(mut other)) = (one.items(), other.items()) else {
                return false;
            };
            one.len() == other.len()
                && one.all(|item| other.next().is_some_and(|other| equal(&item, &other)))
        }
        _ => false,
    }
}

fn equal_maps(one: &MapVal, other: &MapVal) -> bool {
    one.len() == other.len()
        && one
            .entries()
            .iter()
            .all(|(key, value)| other.get(key).is_some_and(|other| equal(value, &other)))
}

/// Compares two values; nothing when they have no order.
pub(crate) fn order(one: &Val, other: &Val) -> Option<Ordering> {
    if let Some(order) = numbers(one, other) {
        return order;
    }
    match (one, other) {
        (Val::Bool(one), Val::Bool(other)) => Some(one.cmp(other)),
        (Val::String(one), Val::String(other)) => Some(one.cmp(other)),
        (Val::Bytes(one), Val::Bytes(other)) => Some(one.cmp(other)),
        (Val::Timestamp(one, one_nanos), Val::Timestamp(other, other_nanos)) => {
            Some((one, one_nanos).cmp(&(other, other_nanos)))
        }
        (Val::Duration(one), Val::Duration(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// Tells whether two values have an order at all (which not-a-number has not, although it is a number).
pub(crate) fn are_comparable(one: &Val, other: &Val) -> bool {
    numbers(one, other).is_some() || order(one, other).is_some()
}

/// Compares two numbers of any kinds; nothing when one of them is none.
#[expect(clippy::option_option, reason = "not two numbers, or numbers without an order")]
fn numbers(one: &Val, other: &Val) -> Option<Option<Ordering>> {
    Some(match (one, other) {
        (Val::Int(one), Val::Int(other)) => Some(one.cmp(other)),
        (Val::Uint(one), Val::Uint(other)) => Some(one.cmp(other)),
        (Val::Int(one), Val::Uint(other)) => Some(i128::from(*one).cmp(&i128::from(*other))),
        (Val::Uint(one), Val::Int(other)) => Some(i128::from(*one).cmp(&i128::from(*other))),
        (Val::Double(one), Val::Double(other)) => one.partial_cmp(other),
        (Val::Double(one), Val::Int(other)) => with_whole(*one, i128::from(*other)),
        (Val::Double(one), Val::Uint(other)) => with_whole(*one, i128::from(*other)),
        (Val::Int(one), Val::Double(other)) => {
            with_whole(*other, i128::from(*one)).map(Ordering::reverse)
        }
        (Val::Uint(one), Val::Double(other)) => {
            with_whole(*other, i128::from(*one)).map(Ordering::reverse)
        }
        _ => return None,
    })
}

/// Compares exactly, without losing the last digits of large numbers.
fn with_whole(one: f64, other: i128) -> Option<Ordering> {
    if one.is_nan() {
        return None;
    }
    // Whatever is beyond this is beyond all whole numbers here.
    if one.abs() >= 1e30 {
        return Some(if one > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let floor = one.floor();
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit")]
    let whole = floor as i128;
    Some(whole.cmp(&other).then(if one > floor { Ordering::Greater } else { Ordering::Equal }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_what_they_count() {
        let large = Val::Int(9_007_199_254_740_993);
        assert!(!equal(&large, &Val::Double(9_007_199_254_740_992.0)));
        assert!(equal(&Val::Int(1), &Val::Double(1.0)));
        assert_eq!(order(&Val::Double(1.5), &Val::Int(1)), Some(Ordering::Greater));
        assert_eq!(order(&Val::Int(-1), &Val::Uint(u64::MAX)), Some(Ordering::Less));
        assert_eq!(order(&Val::Double(-1.5), &Val::Int(-1)), Some(Ordering::Less));
        assert!(!equal(&Val::Double(f64::NAN), &Val::Double(f64::NAN)));
    }
}
