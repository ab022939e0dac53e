//! Quantities such as `100Mi` or `0.5`.

use std::cmp::Ordering;

use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("add", Who::Kubernetes, |call| combined(call, i128::saturating_add)),
    ("asApproximateFloat", Who::Kubernetes, |call| {
        of(call, |quantity| Ok(Val::Double(quantity.approximate())))
    }),
    ("asInteger", Who::Kubernetes, |call| {
        of(call, |quantity| {
            quantity
                .whole()
                .map(Val::Int)
                .ok_or_else(|| CelError::new("cannot convert value to integer"))
        })
    }),
    ("compareTo", Who::Kubernetes, |call| super::semver::compared(call, |o| Val::Int(o as i64))),
    ("isGreaterThan", Who::Kubernetes, |call| {
        super::semver::compared(call, |order| Val::Bool(order.is_gt()))
    }),
    ("isInteger", Who::Kubernetes, |call| {
        of(call, |quantity| Ok(Val::Bool(quantity.whole().is_some())))
    }),
    ("isLessThan", Who::Kubernetes, |call| {
        super::semver::compared(call, |order| Val::Bool(order.is_lt()))
    }),
    ("isQuantity", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => Ok(Val::Bool(Quantity::parse(text).is_some())),
        _ => no_overload(),
    }),
    ("quantity", Who::Kubernetes, |call| match call.values {
        [Val::String(text)] => Quantity::parse(text)
            .map(|quantity| Val::kubernetes(KubernetesVal::Quantity(quantity)))
            .ok_or_else(|| CelError::new("quantities must match the regular expression")),
        _ => no_overload(),
    }),
    ("sign", Who::Kubernetes, |call| {
        of(call, |quantity| Ok(Val::Int(i64::try_from(quantity.0.signum()).unwrap_or_default())))
    }),
    ("sub", Who::Kubernetes, |call| combined(call, i128::saturating_sub)),
];

/// The suffixes with the power of ten or of two that they stand for.
const SUFFIXES: &[(&str, u32, u32)] = &[
    ("n", 10, 0),
    ("u", 10, 3),
    ("m", 10, 6),
    ("", 10, 9),
    ("k", 10, 12),
    ("M", 10, 15),
    ("G", 10, 18),
    ("T", 10, 21),
    ("P", 10, 24),
    ("E", 10, 27),
    ("Ki", 2, 10),
    ("Mi", 2, 20),
    ("Gi", 2, 30),
    ("Ti", 2, 40),
    ("Pi", 2, 50),
    ("Ei", 2, 60),
];

const NANO: i128 = 1_000_000_000;

/// The largest quantity there is, which larger ones are cut to.
const LARGEST: i128 = i64::MAX as i128 * NANO;

/// An amount in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity(i128);

impl Quantity {
    /// Reads a quantity as Kubernetes does: what is finer than a billionth is rounded up, what is too large is cut.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let amount = match SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
            Some((_, 2, power)) => scaled(whole, fraction, 1_i128.checked_shl(*power)?, 9),
            Some((_, _, power)) => scaled(whole, fraction, 1, i64::from(*power)),
            None => {
                let exponent = suffix.strip_prefix(['e', 'E'])?;
                let exponent: i64 = exponent.parse().ok()?;
                scaled(whole, fraction, 1, exponent.saturating_add(9))
            }
        };
        Some(Self(if is_negative { -amount } else { amount }))
    }

    /// Compares two quantities by what they amount to.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    /// Returns the whole number that this is, when it is one.
    pub fn whole(&self) -> Option<i64> {
        (self.0 % NANO == 0).then(|| i64::try_from(self.0 / NANO).ok()).flatten()
    }

    #[expect(clippy::cast_precision_loss, reason = "it is approximate by its name")]
    fn approximate(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

/// Computes `whole.fraction * factor * 10^power`, rounded up and cut.
fn scaled(whole: &str, fraction: &str, factor: i128, power: i64) -> i128 {
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{}{fraction}", whole.trim_start_matches('0'));
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return 0;
    }
    let power = power - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    // More digits than these are either cut at the top or lost at the bottom.
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    if length.saturating_add(power) > 30 {
        return LARGEST;
    }
    if length.saturating_add(power) < -20 {
        return 1;
    }
    let Ok(mut amount) = digits.get(..digits.len().min(30)).unwrap_or_default().parse::<i128>()
    else {
        return LARGEST;
    };
    let power = power + (length - 30).max(0);
    let mut is_rounded = length > 30;
    let ten = |power: u64| 10_i128.checked_pow(u32::try_from(power).unwrap_or(u32::MAX));
    if power >= 0 {
        let factor = ten(power.unsigned_abs()).and_then(|ten| ten.checked_mul(factor));
        amount = match factor.and_then(|factor| amount.checked_mul(factor)) {
            Some(amount) => amount,
            None => return LARGEST,
        };
    } else {
        let Some(multiplied) = amount.checked_mul(factor) else { return LARGEST };
        match ten(power.unsigned_abs()) {
            Some(divisor) => {
                is_rounded |= multiplied % divisor != 0;
                amount = multiplied / divisor;
            }
            None => {
                is_rounded = true;
                amount = 0;
            }
        }
    }
    amount.saturating_add(i128::from(is_rounded)).min(LARGEST)
}

fn of(call: &Call<'_>, body: fn(&Quantity) -> Result<Val, CelError>) -> Result<Val, CelError> {
    match call.values {
        [value] => body(&as_quantity(value).ok_or_else(CelError::no_overload)?),
        _ => no_overload(),
    }
}

pub(super) fn as_quantity(value: &Val) -> Option<Quantity> {
    let Val::Kubernetes(value) = value else { return None };
    if let KubernetesVal::Quantity(quantity) = &**value { Some(*quantity) } else { None }
}

fn combined(call: &Call<'_>, combine: fn(i128, i128) -> i128) -> Result<Val, CelError> {
    let [one, other] = call.values else { return no_overload() };
    let one = as_quantity(one).ok_or_else(CelError::no_overload)?;
    let other = match other {
        Val::Int(whole) => i128::from(*whole) * NANO,
        other => as_quantity(other).ok_or_else(CelError::no_overload)?.0,
    };
    Ok(Val::kubernetes(KubernetesVal::Quantity(Quantity(combine(one.0, other)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for (text, amount) in [
            ("1", Some(NANO)),
            ("100m", Some(NANO / 10)),
            ("0.5", Some(NANO / 2)),
            (".5", Some(NANO / 2)),
            ("1.", Some(NANO)),
            ("+1k", Some(1000 * NANO)),
            ("-1Ki", Some(-1024 * NANO)),
            ("1.5Gi", Some(1_610_612_736 * NANO)),
            ("1e3", Some(1000 * NANO)),
            ("1E-3", Some(NANO / 1000)),
            ("1E", Some(1_000_000_000_000_000_000 * NANO)),
            ("0.0000000001", Some(1)),
            ("100E", Some(LARGEST)),
            ("1e400", Some(LARGEST)),
            ("", None),
            ("-", None),
            (".", None),
            ("1.2.3", None),
            ("1 Gi", None),
            ("1gi", None),
            ("1K", None),
            ("one", None),
            ("1e", None),
        ] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.0), amount, "{text}");
        }
    }
}
