//! Lists as sets.

use super::{Call, Row, Who, no_overload};
use crate::{CelError, Val, compare};

pub(super) const ROWS: &[Row] = &[
    ("sets.contains", Who::Both, |call| test(call, |all, some| some.iter().all(|s| has(all, s)))),
    ("sets.equivalent", Who::Both, |call| {
        test(call, |one, other| {
            one.iter().all(|item| has(other, item)) && other.iter().all(|item| has(one, item))
        })
    }),
    ("sets.intersects", Who::Both, |call| {
        test(call, |one, other| one.iter().any(|item| has(other, item)))
    }),
];

fn has(list: &[Val], item: &Val) -> bool {
    list.iter().any(|other| compare::equal(other, item))
}

fn test(call: &Call<'_>, test: fn(&[Val], &[Val]) -> bool) -> Result<Val, CelError> {
    let [one, other] = call.values else { return no_overload() };
    let (Some(one), Some(other)) = (one.items(), other.items()) else { return no_overload() };
    // Each item of one is compared with each of the other.
    if (one.len() as u64).saturating_mul(other.len() as u64) > call.steps_left {
        return Err(CelError::cost());
    }
    let (one, other): (Vec<Val>, Vec<Val>) = (one.collect(), other.collect());
    Ok(Val::Bool(test(&one, &other)))
}
