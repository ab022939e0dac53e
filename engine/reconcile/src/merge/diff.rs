//! The differences of two objects, as a patch.

use weir_model::{Data, Map, SmolStr, Value, format_smolstr};

use super::list::{element_kind, index_of, same_order, sort_by_text, sort_like};
use super::rules::Rules;
use super::{DELETE, DEPTH, MergeError, ORDER, PATCH, RETAIN, fail, same_kind};

/// Which differences are wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    changes: bool,
    deletions: bool,
    /// Whether the order of elements is written down.
    order: bool,
}

impl Wanted {
    pub(super) const CHANGES: Self = Self { changes: true, deletions: false, order: true };
    pub(super) const DELETIONS: Self = Self { changes: false, deletions: true, order: true };
    pub(super) const ALL: Self = Self { changes: true, deletions: true, order: false };
}

/// Returns the differences from one map to another.
pub(super) fn diff(
    original: &Value,
    modified: &Value,
    rules: &Rules<'_>,
    wanted: Wanted,
    depth: u32,
) -> Result<Map, MergeError> {
    maps((original, modified), rules, wanted, false, depth)
}

fn maps(
    (original, modified): (&Value, &Value),
    rules: &Rules<'_>,
    wanted: Wanted,
    retains: bool,
    depth: u32,
) -> Result<Map, MergeError> {
    if depth > DEPTH {
        return fail(format!("the objects are nested deeper than {DEPTH} levels"));
    }
    let (Some(original), Some(modified)) = (original.as_map(), modified.as_map()) else {
        return fail("an object is no map");
    };
    let mut patch = Map::new();
    for (key, after) in modified.iter() {
        let Some(before) = original.get(key) else {
            if wanted.changes {
                patch.insert(key.clone(), after.clone());
            }
            continue;
        };
        if key == PATCH {
            if before != after {
                patch.insert(key.clone(), after.clone());
            }
            continue;
        }
        if !same_kind(before, after) {
            if wanted.changes {
                patch.insert(key.clone(), after.clone());
            }
            continue;
        }
        let is_nested = matches!(after.data, Data::Map(_) | Data::List(_));
        if let Some(of) = rules.lacks(key).filter(|_| is_nested && before != after) {
            return fail(format!(
                "unable to find api field in struct {of} for the json field \"{key}\""
            ));
        }
        match (&before.data, &after.data) {
            (Data::Map(_), Data::Map(_)) => {
                let field = rules.field(key);
                let below = maps((before, after), &field.below, wanted, field.retains, depth + 1)?;
                if !below.is_empty() {
                    patch.insert(key.clone(), Value::map(below));
                }
            }
            (Data::List(before_items), Data::List(after_items)) => {
                let field = rules.field(key);
                match &field.key {
                    Some(merge_key) => {
                        let lists = Lists {
                            rules: &field.below,
                            key: merge_key,
                            retains: field.retains,
                            wanted,
                            depth: depth + 1,
                        };
                        let (list, deleted, order) = lists.diff(before_items, after_items)?;
                        for (name, items) in [
                            (key.clone(), list),
                            (format_smolstr!("{DELETE}{key}"), deleted),
                            (format_smolstr!("{ORDER}{key}"), order),
                        ] {
                            if !items.is_empty() {
                                patch.insert(name, Value::list(items));
                            }
                        }
                    }
                    None => replace(key, before, after, wanted, &mut patch),
                }
            }
            _ => replace(key, before, after, wanted, &mut patch),
        }
    }
    if wanted.deletions {
        for (key, _) in original.iter().filter(|(key, _)| !modified.contains_key(key)) {
            patch.insert(key.clone(), Value::null());
        }
    }
    if retains {
        let kept: Vec<Value> = modified
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, _)| Value::string(key.clone()))
            .collect();
        let has_more =
            original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
        if !kept.is_empty() && (!patch.is_empty() || has_more) {
            patch.insert(RETAIN, Value::list(kept));
        }
    }
    Ok(patch)
}

fn replace(key: &SmolStr, before: &Value, after: &Value, wanted: Wanted, patch: &mut Map) {
    if wanted.changes && !crate::held::is_same(before, after) {
        patch.insert(key.clone(), after.clone());
    }
}

/// The elements to add or change, the values to take out, and the order.
type ListPatch = (Vec<Value>, Vec<Value>, Vec<Value>);

/// Two lists that are merged.
struct Lists<'a> {
    rules: &'a Rules<'a>,
    key: &'a str,
    retains: bool,
    wanted: Wanted,
    depth: u32,
}

impl Lists<'_> {
    /// Returns the elements to add or change, the values to take out, and the order.
    fn diff(&self, original: &[Value], modified: &[Value]) -> Result<ListPatch, MergeError> {
        if original.is_empty() {
            let added = if self.wanted.changes { modified.to_vec() } else { Vec::new() };
            return Ok((added, Vec::new(), Vec::new()));
        }
        if element_kind(original.iter().chain(modified))? == "map" {
            return self.of_maps(original, modified);
        }
        let (added, deleted) = self.of_scalars(original, modified);
        let added = sort_like(added, modified, "")?;
        let is_ordered = self.wanted.order
            && ((self.wanted.deletions && !deleted.is_empty())
                || (self.wanted.changes && original != modified));
        let order = if is_ordered { modified.to_vec() } else { Vec::new() };
        Ok((added, deleted, order))
    }

    fn of_scalars(&self, original: &[Value], modified: &[Value]) -> (Vec<Value>, Vec<Value>) {
        let (before, after) = (sort_by_text(original), sort_by_text(modified));
        let (mut added, mut deleted): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return (added, deleted),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            match order {
                std::cmp::Ordering::Equal => {
                    left.next();
                    right.next();
                }
                std::cmp::Ordering::Less => {
                    if let Some((_, value)) = left.next()
                        && self.wanted.deletions
                        && !deleted.contains(value)
                    {
                        deleted.push((*value).clone());
                    }
                }
                std::cmp::Ordering::Greater => {
                    if let Some((_, value)) = right.next()
                        && self.wanted.changes
                    {
                        added.push((*value).clone());
                    }
                }
            }
        }
    }

    fn of_maps(&self, original: &[Value], modified: &[Value]) -> Result<ListPatch, MergeError> {
        let (before, after) = (self.sorted(original)?, self.sorted(modified)?);
        let (mut patch, mut deleted) = (Vec::new(), Vec::new());
        let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            match order {
                std::cmp::Ordering::Equal => {
                    if let (Some((_, before)), Some((_, after))) = (left.next(), right.next()) {
                        let mut changed = maps(
                            (before, after),
                            self.rules,
                            self.wanted,
                            self.retains,
                            self.depth + 1,
                        )?;
                        if !changed.is_empty() {
                            let key = after.get(self.key).cloned().unwrap_or_default();
                            changed.insert(self.key, key);
                            patch.push(Value::map(changed));
                        }
                    }
                }
                std::cmp::Ordering::Less => {
                    if let Some((_, element)) = left.next()
                        && self.wanted.deletions
                    {
                        let key = element.get(self.key).cloned().unwrap_or_default();
                        deleted.push(Value::map(Map::from_iter([
                            (SmolStr::new(self.key), key),
                            (PATCH.into(), "delete".into()),
                        ])));
                    }
                }
                std::cmp::Ordering::Greater => {
                    if let Some((_, element)) = right.next()
                        && self.wanted.changes
                    {
                        patch.push((*element).clone());
                    }
                }
            }
        }
        let mut patch = sort_like(patch, modified, self.key)?;
        let is_same = same_order(original, modified, self.key);
        patch.extend(deleted);
        let is_ordered = self.wanted.order
            && ((self.wanted.changes && (!patch.is_empty() || !is_same))
                || (self.wanted.deletions && !patch.is_empty()));
        let order = if is_ordered {
            let key = |element: &Value| {
                let key = element.get(self.key).cloned().unwrap_or_default();
                Value::map(Map::from_iter([(SmolStr::new(self.key), key)]))
            };
            modified.iter().map(key).collect()
        } else {
            Vec::new()
        };
        Ok((patch, Vec::new(), order))
    }

    /// Sorts elements by the text of their key; those of one key end up in reverse order, as with kubectl's comparison.
    fn sorted<'v>(&self, list: &'v [Value]) -> Result<Vec<(String, &'v Value)>, MergeError> {
        if index_of(list, |element| element.get(self.key).is_none()).is_some() {
            return fail(format!("map does not contain declared merge key: {}", self.key));
        }
        let text =
            |element: &Value| element.get(self.key).map(super::list::text).unwrap_or_default();
        let mut sorted: Vec<(String, &Value)> =
            list.iter().rev().map(|element| (text(element), element)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(sorted)
    }
}
