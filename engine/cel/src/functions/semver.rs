//! Semantic versions, and the comparisons that quantities have under the same names.

use std::cmp::Ordering;

use weir_golang::semver::Version;

use super::quantity::as_quantity;
use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("isSemver", Who::Kubernetes, |call| parse(call).map(|found| Val::Bool(found.is_some()))),
    ("major", Who::Kubernetes, |call| part(call, |version| version.major)),
    ("minor", Who::Kubernetes, |call| part(call, |version| version.minor)),
    ("patch", Who::Kubernetes, |call| part(call, |version| version.patch)),
    ("semver", Who::Kubernetes, |call| {
        parse(call)?
            .map(|version| Val::kubernetes(KubernetesVal::Semver(version)))
            .ok_or_else(|| CelError::new("invalid semver"))
    }),
];

/// A semantic version; two are equal when neither comes before the other.
#[derive(Clone, Debug)]
pub struct Semver(Version);

impl PartialEq for Semver {
    fn eq(&self, other: &Self) -> bool {
        self.0.cmp(&other.0) == Ordering::Equal
    }
}

fn parse(call: &Call<'_>) -> Result<Option<Semver>, CelError> {
    let version = match call.values {
        [Val::String(text)] | [Val::String(text), Val::Bool(false)] => Version::parse_strict(text),
        [Val::String(text), Val::Bool(true)] => Version::parse(text),
        _ => return no_overload(),
    };
    Ok(version.ok().map(Semver))
}

fn as_semver(value: &Val) -> Option<&Semver> {
    let Val::Kubernetes(value) = value else { return None };
    if let KubernetesVal::Semver(version) = &**value { Some(version) } else { None }
}

fn part(call: &Call<'_>, part: fn(&Version) -> u64) -> Result<Val, CelError> {
    let [value] = call.values else { return no_overload() };
    let version = as_semver(value).ok_or_else(CelError::no_overload)?;
    Ok(Val::Int(i64::try_from(part(&version.0)).unwrap_or(i64::MAX)))
}

/// Compares two versions or two quantities.
pub(super) fn compared(call: &Call<'_>, result: fn(Ordering) -> Val) -> Result<Val, CelError> {
    let [one, other] = call.values else { return no_overload() };
    if let (Some(one), Some(other)) = (as_quantity(one), as_quantity(other)) {
        return Ok(result(one.compare(&other)));
    }
    match (as_semver(one), as_semver(other)) {
        (Some(one), Some(other)) => Ok(result(one.0.cmp(&other.0))),
        _ => no_overload(),
    }
}
