//! Which items of two lists belong together.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use weir_model::{Digest, DigestBuilder, Value};

/// Above this product of lengths items are matched by their place: searching would take too long.
const MAX_SEARCH: usize = 4_000_000;

/// The matched items of two lists: an index on each side, or none where an item has no partner.
pub(crate) struct Alignment {
    /// The pairs, in the order of the old list; new items stand where they were put in.
    pub(crate) pairs: Vec<(Option<usize>, Option<usize>)>,
    /// The names, when the items were matched by their names.
    pub(crate) named: bool,
    /// Whether the items that both lists have stand in another order.
    pub(crate) reordered: bool,
}

/// Matches the items of two lists: by `name` when every item on both sides has one of its own, otherwise equal items in
/// their order, and what lies between them by its place.
pub(crate) fn align(old: &[Value], new: &[Value]) -> Alignment {
    match (names(old), names(new)) {
        (Some(old), Some(new)) => by_name(&old, &new),
        _ => Alignment { pairs: by_content(old, new), named: false, reordered: false },
    }
}

/// Returns the items' names when each has one and no two are equal.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> =
        items.iter().map(|item| item.get("name")?.as_str()).collect::<Option<_>>()?;
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == names.len()).then_some(names)
}

fn by_name(old: &[&str], new: &[&str]) -> Alignment {
    let mut places: Vec<(&str, usize)> =
        new.iter().enumerate().map(|(index, name)| (*name, index)).collect();
    places.sort_unstable();
    let find = |name: &str| {
        let found = places.binary_search_by(|(other, _)| (*other).cmp(name)).ok()?;
        places.get(found).map(|(_, index)| *index)
    };
    let mut taken = vec![false; new.len()];
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let mut reordered = false;
    let mut last = None;
    for (index, name) in old.iter().enumerate() {
        let partner = find(name);
        if let Some(place) = partner {
            taken[place] = true;
            reordered |= last.is_some_and(|last| last > place);
            last = Some(place);
        }
        pairs.push((Some(index), partner));
    }
    pairs.extend((0..new.len()).filter(|index| !taken[*index]).map(|index| (None, Some(index))));
    Alignment { pairs, named: true, reordered }
}

fn by_content(old: &[Value], new: &[Value]) -> Vec<(Option<usize>, Option<usize>)> {
    let by_place = |old: std::ops::Range<usize>, new: std::ops::Range<usize>| {
        let length = old.len().max(new.len());
        (0..length).map(move |step| {
            let of = |range: &std::ops::Range<usize>| {
                Some(range.start + step).filter(|index| *index < range.end)
            };
            (of(&old), of(&new))
        })
    };
    if old.len() == new.len() || old.len().saturating_mul(new.len()) > MAX_SEARCH {
        return by_place(0..old.len(), 0..new.len()).collect();
    }
    let mut pairs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &digests(old), &digests(new)) {
        match operation {
            DiffOp::Equal { .. }
            | DiffOp::Delete { .. }
            | DiffOp::Insert { .. }
            | DiffOp::Replace { .. } => {
                pairs.extend(by_place(operation.old_range(), operation.new_range()));
            }
        }
    }
    pairs
}

/// Hashes each item, so that items can be compared and put in order.
pub(crate) fn digests(items: &[Value]) -> Vec<Digest> {
    let digest = |item: &Value| {
        let mut digest = DigestBuilder::new("item");
        item.digest_into(&mut digest);
        digest.finish()
    };
    items.iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<Value> {
        items.iter().map(|item| Value::from(*item)).collect()
    }

    fn named(items: &[&str]) -> Vec<Value> {
        let item =
            |name: &&str| Value::map([("name".into(), Value::from(*name))].into_iter().collect());
        items.iter().map(item).collect()
    }

    #[test]
    fn an_item_put_in_front_moves_no_other() {
        let pairs = align(&list(&["a", "b"]), &list(&["x", "a", "b"])).pairs;
        assert_eq!(pairs, [(None, Some(0)), (Some(0), Some(1)), (Some(1), Some(2))]);
    }

    #[test]
    fn names_are_matched_wherever_they_stand() {
        let found = align(&named(&["a", "b", "c"]), &named(&["c", "a", "d"]));
        assert_eq!(
            found.pairs,
            [(Some(0), Some(1)), (Some(1), None), (Some(2), Some(0)), (None, Some(2))]
        );
        assert!(found.named && found.reordered);
        assert!(!align(&named(&["a", "b"]), &named(&["a", "x", "b"])).reordered);
    }
}
