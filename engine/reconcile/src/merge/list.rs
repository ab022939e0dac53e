//! Orders of lists.

use weir_model::{Data, Value};

use super::{MergeError, PATCH, fail};

/// Returns the kind of all elements; lists in lists, and elements of several kinds, are refused.
pub(super) fn element_kind<'a>(
    elements: impl Iterator<Item = &'a Value>,
) -> Result<&'static str, MergeError> {
    let mut kind = None;
    for element in elements {
        match (kind, element.kind()) {
            (_, "list") => return fail("lists of lists are not supported"),
            (None, found) => kind = Some(found),
            (Some(known), found) if known == found => {}
            _ => return fail("list element types are not identical"),
        }
    }
    Ok(kind.unwrap_or("string"))
}

/// Writes a value as Go's `%v` does.
pub(super) fn text(value: &Value) -> String {
    match &value.data {
        Data::Null => "<nil>".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::String(value) => value.to_string(),
        Data::List(_) | Data::Map(_) => weir_yaml::json::write(value),
    }
}

/// Sorts plain values by their text.
pub(super) fn sort_by_text(list: &[Value]) -> Vec<(String, &Value)> {
    let mut sorted: Vec<(String, &Value)> = list.iter().map(|value| (text(value), value)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

/// Finds the first element for which this holds.
pub(super) fn index_of(list: &[Value], fits: impl FnMut(&Value) -> bool) -> Option<usize> {
    list.iter().position(fits)
}

/// Returns what an element is told by: its key, or itself.
fn mark<'a>(element: &'a Value, key: &str) -> Option<&'a Value> {
    if key.is_empty() { Some(element) } else { element.get(key) }
}

/// Returns the place of an element with the same mark.
pub(super) fn place(list: &[Value], element: &Value, key: &str) -> Option<usize> {
    let wanted = mark(element, key);
    index_of(list, |other| mark(other, key) == wanted)
}

/// Tells whether the elements of both lists stand in the same order.
pub(super) fn same_order(a: &[Value], b: &[Value], key: &str) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| mark(a, key) == mark(b, key))
}

/// Tells whether an element of a patch is to be deleted.
pub(super) fn is_deletion(element: &Value) -> bool {
    element.get(PATCH).and_then(Value::as_str) == Some("delete")
}

/// Up to how many elements a list is sorted by insertion.
const SHORT: usize = 20;

/// Sorts as Go's own sort does with kubectl's comparison, which calls an element that the order lacks less than any other:
/// where such elements end up follows from how a short list is sorted, by insertion.
fn put_in_order(list: &mut [Value], order: &[Value], key: &str) {
    let places: Vec<Option<usize>> =
        list.iter().map(|element| place(order, element, key)).collect();
    let mut ranks: Vec<usize> = (0..list.len()).collect();
    let is_less = |a: usize, b: usize| match (
        places.get(a).copied().flatten(),
        places.get(b).copied().flatten(),
    ) {
        (Some(a), Some(b)) => a < b,
        _ => true,
    };
    if list.len() > SHORT {
        ranks.sort_by_key(|rank| places.get(*rank).copied().flatten());
    } else {
        for end in 1..ranks.len() {
            let mut at = end;
            while at > 0 && is_less(ranks[at], ranks[at - 1]) {
                ranks.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    let sorted: Vec<Value> = ranks.iter().filter_map(|rank| list.get(*rank).cloned()).collect();
    list.clone_from_slice(&sorted);
}

/// Sorts elements as another list has them; deletions come last.
pub(super) fn sort_like(
    list: Vec<Value>,
    order: &[Value],
    key: &str,
) -> Result<Vec<Value>, MergeError> {
    if !key.is_empty() && list.iter().chain(order).any(|element| element.get(key).is_none()) {
        return fail(format!("map does not contain declared merge key: {key}"));
    }
    let (deleted, mut kept): (Vec<Value>, Vec<Value>) =
        list.into_iter().partition(|element| !key.is_empty() && is_deletion(element));
    put_in_order(&mut kept, order, key);
    kept.extend(deleted);
    Ok(kept)
}

/// Merges two lists, each in its own order, so that what both orders know stands as the server has it.
pub(super) fn interleave(
    server_only: Vec<Value>,
    patched: Vec<Value>,
    server_order: &[Value],
    key: &str,
) -> Vec<Value> {
    let mut all = Vec::with_capacity(server_only.len() + patched.len());
    let (mut left, mut right) =
        (server_only.into_iter().peekable(), patched.into_iter().peekable());
    loop {
        let takes_left = match (left.peek(), right.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => {
                match (place(server_order, a, key), place(server_order, b, key)) {
                    (Some(a), Some(b)) => a < b,
                    _ => false,
                }
            }
        };
        all.extend(if takes_left { left.next() } else { right.next() });
    }
}
