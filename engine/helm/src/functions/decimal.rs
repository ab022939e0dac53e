//! Decimal arithmetic, which sprig uses for floats so that 0.1 + 0.2 is 0.3.

use num_bigint::{BigInt, Sign};
use weir_golang::strconv;
use weir_gotmpl::Error;

/// The places that a quotient is given to.
const PLACES: i32 = 16;

/// A decimal number: a whole number times a power of ten.
pub(super) struct Decimal {
    value: BigInt,
    exponent: i32,
}

/// Combines numbers from left to right, in decimals. Refuses what is no number.
pub(super) fn fold(
    start: f64,
    numbers: &[f64],
    combine: impl Fn(Decimal, Decimal) -> Result<Decimal, Error>,
) -> Result<f64, Error> {
    let mut result = Decimal::new(start)?;
    for number in numbers {
        result = combine(result, Decimal::new(*number)?)?;
    }
    Ok(result.to_float())
}

impl Decimal {
    /// Makes the decimal with the fewest digits that is read as this float.
    fn new(value: f64) -> Result<Self, Error> {
        if !value.is_finite() {
            let shown = strconv::format_float(value, b'g', -1, 64);
            return Err(format!("Cannot create a Decimal from {shown}").into());
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let value = digits.replace('.', "").parse().unwrap_or_default();
        Ok(Self { value, exponent: exponent - i32::try_from(fraction).unwrap_or(0) })
    }

    /// Adds.
    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { value: self.scaled(exponent) + other.scaled(exponent), exponent }
    }

    /// Subtracts.
    pub(super) fn subtract(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { value: self.scaled(exponent) - other.scaled(exponent), exponent }
    }

    /// Multiplies.
    pub(super) fn multiply(&self, other: &Self) -> Self {
        Self {
            value: &self.value * &other.value,
            exponent: self.exponent.saturating_add(other.exponent),
        }
    }

    /// Divides, rounding half away from zero. Refuses to divide by zero.
    pub(super) fn divide(&self, other: &Self) -> Result<Self, Error> {
        if other.value.sign() == Sign::NoSign {
            return Err("decimal division by 0".into());
        }
        let shift = self.exponent - other.exponent + PLACES;
        let power = ten_to(shift.unsigned_abs());
        let (dividend, divisor) = if shift < 0 {
            (self.value.clone(), &other.value * power)
        } else {
            (&self.value * power, other.value.clone())
        };
        let quotient = &dividend / &divisor;
        let rest: BigInt = &dividend - &quotient * &divisor;
        let half = rest.magnitude() * 2_u32 >= *divisor.magnitude();
        let step = match (half, dividend.sign() == divisor.sign()) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => -1,
        };
        Ok(Self { value: quotient + step, exponent: -PLACES })
    }

    fn to_float(&self) -> f64 {
        format!("{}e{}", self.value, self.exponent).parse().unwrap_or(0.0)
    }

    fn scaled(&self, exponent: i32) -> BigInt {
        &self.value * ten_to(self.exponent.abs_diff(exponent))
    }
}

fn ten_to(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(fold(0.1, &[0.2], |a, b| Ok(a.add(&b))).unwrap(), 0.3);
        assert_eq!(fold(1.1, &[1.1], |a, b| Ok(a.multiply(&b))).unwrap(), 1.21);
        assert_eq!(fold(2.0, &[3.0], |a, b| a.divide(&b)).unwrap(), 0.666_666_666_666_666_7);
        assert!(fold(1.0, &[0.0], |a, b| a.divide(&b)).is_err());
    }
}
