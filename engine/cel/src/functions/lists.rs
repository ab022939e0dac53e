//! What Kubernetes adds to lists.

use std::cmp::Ordering;

use super::{Call, Row, Who, int, no_overload};
use crate::ast::Operator;
use crate::{CelError, Val, compare, numeric};

pub(super) const ROWS: &[Row] = &[
    ("distinct", Who::Kubernetes, distinct),
    ("flatten", Who::Kubernetes, flatten),
    ("isSorted", Who::Kubernetes, is_sorted),
    ("lists.range", Who::Kubernetes, range),
    ("max", Who::Kubernetes, |call| extreme(call, Ordering::Greater)),
    ("min", Who::Kubernetes, |call| extreme(call, Ordering::Less)),
    ("slice", Who::Kubernetes, slice),
    ("sort", Who::Kubernetes, sort),
    ("sum", Who::Kubernetes, sum),
];

/// Returns the items of the only argument.
fn only(call: &Call<'_>) -> Result<Vec<Val>, CelError> {
    match call.values {
        [list] => list.items().map(Iterator::collect).ok_or_else(CelError::no_overload),
        _ => no_overload(),
    }
}

fn compared(one: &Val, other: &Val) -> Result<Ordering, CelError> {
    if one.type_name() != other.type_name() {
        return no_overload();
    }
    compare::order(one, other).ok_or_else(CelError::no_overload)
}

fn is_sorted(call: &Call<'_>) -> Result<Val, CelError> {
    for pair in only(call)?.windows(2) {
        if let [one, other] = pair
            && compared(one, other)? == Ordering::Greater
        {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn sum(call: &Call<'_>) -> Result<Val, CelError> {
    let items = only(call)?;
    let Some((first, rest)) = items.split_first() else { return Ok(Val::Int(0)) };
    if !matches!(first, Val::Int(_) | Val::Uint(_) | Val::Double(_) | Val::Duration(_)) {
        return no_overload();
    }
    rest.iter().try_fold(first.clone(), |sum, item| numeric::compute(Operator::Add, &sum, item))
}

fn extreme(call: &Call<'_>, wanted: Ordering) -> Result<Val, CelError> {
    let mut items = only(call)?.into_iter();
    let Some(mut best) = items.next() else {
        return Err(CelError::new(format!("{} called on empty list", call.name)));
    };
    for item in items {
        if compared(&item, &best)? == wanted {
            best = item;
        }
    }
    Ok(best)
}

pub(super) fn index_of(call: &Call<'_>, is_last: bool) -> Result<Val, CelError> {
    let [list, item] = call.values else { return no_overload() };
    let Some(items) = list.items() else { return no_overload() };
    let mut found = None;
    for (index, other) in items.enumerate() {
        if compare::equal(&other, item) {
            found = Some(index);
            if !is_last {
                break;
            }
        }
    }
    Ok(found.map_or(Val::Int(-1), int))
}

pub(super) fn reverse(call: &Call<'_>) -> Result<Val, CelError> {
    let mut items = only(call)?;
    items.reverse();
    Ok(Val::list(items))
}

fn distinct(call: &Call<'_>) -> Result<Val, CelError> {
    let items = only(call)?;
    if (items.len() as u64).saturating_mul(items.len() as u64) > call.steps_left {
        return Err(CelError::cost());
    }
    let mut kept: Vec<Val> = Vec::new();
    for item in items {
        if !kept.iter().any(|other| compare::equal(other, &item)) {
            kept.push(item);
        }
    }
    Ok(Val::list(kept))
}

fn flatten(call: &Call<'_>) -> Result<Val, CelError> {
    let (list, depth) = match call.values {
        [list] => (list, 1),
        [list, Val::Int(depth)] if (0..=200).contains(depth) => (list, *depth),
        _ => return no_overload(),
    };
    if list.list_len().is_none() {
        return no_overload();
    }
    let mut out = Vec::new();
    flatten_into(list, depth, &mut out);
    Ok(Val::list(out))
}

fn flatten_into(list: &Val, depth: i64, out: &mut Vec<Val>) {
    for item in list.items().into_iter().flatten() {
        if depth > 0 && item.list_len().is_some() {
            flatten_into(&item, depth - 1, out);
        } else {
            out.push(item);
        }
    }
}

fn slice(call: &Call<'_>) -> Result<Val, CelError> {
    let [list, Val::Int(start), Val::Int(end)] = call.values else { return no_overload() };
    let Some(items) = list.items() else { return no_overload() };
    let items: Vec<Val> = items.collect();
    let (start, end) = (usize::try_from(*start), usize::try_from(*end));
    match (start, end) {
        (Ok(start), Ok(end)) => {
            items.get(start..end).map(|part| Val::list(part.to_vec())).ok_or_else(|| {
                CelError::new(format!("cannot slice({start}, {end}), list has another length"))
            })
        }
        _ => Err(CelError::new("cannot slice with a negative index")),
    }
}

fn sort(call: &Call<'_>) -> Result<Val, CelError> {
    let mut items = only(call)?;
    if let Some((first, rest)) = items.split_first() {
        for item in rest {
            compared(first, item)?;
        }
    }
    items.sort_by(|one, other| compare::order(one, other).unwrap_or(Ordering::Equal));
    Ok(Val::list(items))
}

fn range(call: &Call<'_>) -> Result<Val, CelError> {
    match call.values {
        [Val::Int(count)] if u64::try_from(*count).unwrap_or_default() > call.steps_left => {
            Err(CelError::cost())
        }
        [Val::Int(count)] => Ok(Val::list((0..*count).map(Val::Int).collect())),
        _ => no_overload(),
    }
}
