//! Whether two patches change the same thing in different ways.

use weir_model::{Data, Value};

use super::list::{element_kind, sort_by_text};
use super::rules::Rules;
use super::{DEPTH, MergeError, PATCH, RETAIN, fail};

/// Tells whether two patches contradict each other. `key` is the one by which lists are merged, when they are.
pub(super) fn have_conflicts(
    left: &Value,
    right: &Value,
    rules: &Rules<'_>,
    key: Option<&str>,
    depth: u32,
) -> Result<bool, MergeError> {
    if depth > DEPTH {
        return fail(format!("the patch is nested deeper than {DEPTH} levels"));
    }
    match (&left.data, &right.data) {
        (Data::Map(a), Data::Map(b)) => {
            if a.get(PATCH) != b.get(PATCH) {
                return Ok(true);
            }
            for (name, left) in a.iter().filter(|(name, _)| *name != PATCH && *name != RETAIN) {
                let Some(right) = b.get(name) else { continue };
                let field = rules.field(name);
                if have_conflicts(left, right, &field.below, field.key.as_deref(), depth + 1)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Data::List(a), Data::List(b)) => {
            let is_of_maps = element_kind(a.iter().chain(b.iter()))? == "map";
            match key {
                Some(_) if !is_of_maps => Ok(false),
                Some(key) => {
                    for left in a.iter() {
                        let right = b.iter().find(|right| right.get(key) == left.get(key));
                        let Some(right) = right else { continue };
                        if have_conflicts(left, right, rules, None, depth + 1)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
                None if !is_of_maps => {
                    let texts = |list: &[Value]| {
                        sort_by_text(list).into_iter().map(|(text, _)| text).collect::<Vec<_>>()
                    };
                    Ok(texts(a) != texts(b))
                }
                None => Ok(a != b),
            }
        }
        _ => Ok(!crate::held::is_same(left, right)),
    }
}
