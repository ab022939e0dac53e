//! Parts of texts by regular expressions.

use weir_golang::regexp::Regexp;

use super::{Call, Row, Who, no_overload};
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] =
    &[("find", Who::Kubernetes, find), ("findAll", Who::Kubernetes, find_all)];

fn compiled(pattern: &str) -> Result<Regexp, CelError> {
    Regexp::compile(pattern).map_err(|error| CelError::new(format!("Illegal regex: {error}")))
}

fn find(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(text), Val::String(pattern)] = call.values else { return no_overload() };
    Ok(Val::string(compiled(pattern)?.find(text).unwrap_or_default()))
}

fn find_all(call: &Call<'_>) -> Result<Val, CelError> {
    let (text, pattern, most) = match call.values {
        [Val::String(text), Val::String(pattern)] => (text, pattern, None),
        [Val::String(text), Val::String(pattern), Val::Int(most)] => {
            (text, pattern, usize::try_from(*most).ok())
        }
        _ => return no_overload(),
    };
    let found = compiled(pattern)?.find_all(text, most).into_iter().map(Val::string);
    Ok(Val::list(found.collect()))
}
