//! Merging a patch into an object, or into another patch.

use weir_model::{Data, Map, SmolStr, Value};

use super::list::{element_kind, interleave, is_deletion, place, sort_like};
use super::rules::{Field, Rules};
use super::{DELETE, DEPTH, MergeError, ORDER, PATCH, RETAIN, fail, same_kind};

/// What is merged into what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A patch into another: directives are kept.
    Combine,
    /// A patch into an object: directives are obeyed.
    Apply,
}

/// Merges a patch.
pub(super) fn merge(
    mut original: Map,
    mut patch: Map,
    rules: &Rules<'_>,
    mode: Mode,
    depth: u32,
) -> Result<Map, MergeError> {
    if depth > DEPTH {
        return fail(format!("the patch is nested deeper than {DEPTH} levels"));
    }
    if let Some(directive) = patch.remove(PATCH) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => fail(format!("unknown patch type `{}`", super::list::text(&directive))),
        };
    }
    retain(&mut original, &mut patch, mode)?;
    order(&mut original, &mut patch, rules, mode, depth)?;
    for (key, value) in patch {
        let (name, is_deleting) = match key.strip_prefix(DELETE) {
            Some(_) if mode == Mode::Combine => {
                original.insert(key, value);
                continue;
            }
            Some(name) => (SmolStr::new(name), true),
            None => (key, false),
        };
        if value.is_null() {
            original.remove(&name);
            if mode == Mode::Apply {
                continue;
            }
        }
        let there = original.get(&name).filter(|there| same_kind(there, &value)).cloned();
        let merged = match there {
            None if is_deleting => continue,
            None => without_directives(value, mode == Mode::Apply, depth)?,
            Some(there) => match (there.data, value.data) {
                (Data::Map(there), Data::Map(value)) => {
                    let below = rules.field(&name).below;
                    let (there, value) = ((*there).clone(), (*value).clone());
                    Some(Value::map(merge(there, value, &below, mode, depth + 1)?))
                }
                (Data::List(there), Data::List(value)) => {
                    let field = rules.field(&name);
                    let merged = if field.key.is_some() || is_deleting {
                        lists(&there, &value, &field, is_deleting, mode, depth)?
                    } else {
                        value.to_vec()
                    };
                    Some(Value::list(merged))
                }
                (_, data) => Some(Value::new(data)),
            },
        };
        match merged {
            Some(merged) => original.insert(name, merged),
            None => original.remove(&name),
        };
    }
    Ok(original)
}

/// Obeys `$retainKeys`, or keeps it.
fn retain(original: &mut Map, patch: &mut Map, mode: Mode) -> Result<(), MergeError> {
    let Some(kept) = patch.remove(RETAIN) else { return Ok(()) };
    if mode == Mode::Combine {
        return match original.get(RETAIN) {
            Some(known) if *known != kept => fail("two patches retain different keys"),
            _ => {
                original.insert(RETAIN, kept);
                Ok(())
            }
        };
    }
    let Some(kept) = kept.as_list() else { return fail("`$retainKeys` is no list") };
    let is_kept = |key: &str| kept.iter().any(|name| name.as_str() == Some(key));
    let is_stray = |(key, value): (&SmolStr, &Value)| {
        !value.is_null() && !key.starts_with(DELETE) && !key.starts_with(ORDER) && !is_kept(key)
    };
    if patch.iter().any(is_stray) {
        return fail("`$retainKeys` lacks a key that the patch sets");
    }
    original.retain(|key, _| is_kept(key));
    Ok(())
}

/// Obeys `$setElementOrder`: merges the lists it names and puts them in order.
fn order(
    original: &mut Map,
    patch: &mut Map,
    rules: &Rules<'_>,
    mode: Mode,
    depth: u32,
) -> Result<(), MergeError> {
    let names: Vec<SmolStr> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in names {
        let Some(order) = patch.remove(&directive) else { continue };
        if mode == Mode::Combine {
            match original.get(&directive) {
                Some(known) if *known != order => {
                    return fail("two patches put the elements of a list in different orders");
                }
                _ => {
                    original.insert(directive.clone(), order.clone());
                }
            }
        }
        let Some(order) = order.as_list() else { return fail(format!("`{directive}` is no list")) };
        let name = directive.strip_prefix(ORDER).unwrap_or_default();
        let field = rules.field(name);
        let key = field.key.clone().unwrap_or_default();
        let list = |map: &Map| match map.get(name).map(|value| &value.data) {
            None => Ok(None),
            Some(Data::List(items)) => Ok(Some(items.to_vec())),
            Some(_) => fail(format!("`{name}` is no list")),
        };
        let (there, patched) = (list(original)?, list(patch)?);
        let merged = match (&there, &patched) {
            (None, None) => continue,
            (Some(there), None) => there.clone(),
            (None, Some(patched)) => {
                let kept = patched.iter().map(|it| without_directives(it.clone(), false, depth));
                kept.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
            }
            (Some(there), Some(patched)) if field.key.is_some() => {
                lists(there, patched, &field, false, mode, depth)?
            }
            (Some(_), Some(patched)) => patched.clone(),
        };
        let there = after_merge(there.unwrap_or_default(), &patched.unwrap_or_default(), &key);
        original.insert(name, Value::list(ordered(merged, order, &there, &key)?));
        patch.remove(name);
    }
    Ok(())
}

/// Returns the list by whose order the server's own elements stand: the list as it was, but elements that were deleted
/// have given their places to those that were added. Go's slices make it so, and users know it so.
fn after_merge(there: Vec<Value>, patch: &[Value], key: &str) -> Vec<Value> {
    if key.is_empty() {
        return there;
    }
    let (length, mut left) = (there.len(), there);
    for deleted in patch.iter().filter(|element| is_deletion(element)) {
        left.retain(|element| element.get(key) != deleted.get(key));
    }
    for added in patch.iter().filter(|element| element.get(PATCH).is_none()) {
        if left.len() < length && place(&left, added, key).is_none() {
            left.push(added.clone());
        }
    }
    left
}

/// Puts elements in order: those that `order` names as it has them, the others as the server has them.
fn ordered(
    merged: Vec<Value>,
    order: &[Value],
    there: &[Value],
    key: &str,
) -> Result<Vec<Value>, MergeError> {
    let (patched, server_only): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|element| place(order, element, key).is_some());
    let patched = sort_like(patched, order, key)?;
    let server_only = sort_like(server_only, there, key)?;
    Ok(interleave(server_only, patched, there, key))
}

fn lists(
    there: &[Value],
    patch: &[Value],
    field: &Field<'_>,
    is_deleting: bool,
    mode: Mode,
    depth: u32,
) -> Result<Vec<Value>, MergeError> {
    if there.is_empty() && patch.is_empty() {
        return Ok(Vec::new());
    }
    let key = field.key.as_deref().unwrap_or_default();
    let is_of_maps = element_kind(there.iter().chain(patch))? == "map";
    if !is_of_maps {
        if is_deleting && mode == Mode::Apply {
            return Ok(there.iter().filter(|value| !patch.contains(value)).cloned().collect());
        }
        let mut merged: Vec<Value> = Vec::with_capacity(there.len() + patch.len());
        for value in there.iter().chain(patch) {
            if !merged.contains(value) {
                merged.push(value.clone());
            }
        }
        return ordered(merged, patch, there, key);
    }
    if key.is_empty() {
        return fail("lists of maps cannot be merged without a key");
    }
    let (mut merged, mut wanted, mut replaces) = (there.to_vec(), Vec::new(), false);
    for element in patch {
        match element.get(PATCH).map(|directive| directive.as_str()) {
            None => wanted.push(element.clone()),
            Some(Some("delete")) => {
                let Some(mark) = element.get(key) else {
                    return fail(format!("map does not contain declared merge key: {key}"));
                };
                merged.retain(|other| other.get(key) != Some(mark));
            }
            Some(Some("replace")) => replaces = true,
            Some(_) => return fail("unknown patch type of an element"),
        }
    }
    let there_now = if replaces { wanted.clone() } else { merged.clone() };
    if replaces {
        merged = std::mem::take(&mut wanted);
    }
    for element in &wanted {
        let Some(mark) = element.get(key) else {
            return fail(format!("map does not contain declared merge key: {key}"));
        };
        let found = merged.iter().position(|other| other.get(key) == Some(mark));
        match found.and_then(|at| merged.get_mut(at)) {
            Some(there) => {
                let map = |value: &Value| value.as_map().cloned().unwrap_or_default();
                *there =
                    Value::map(merge(map(there), map(element), &field.below, mode, depth + 1)?);
            }
            None => merged.push(element.clone()),
        }
    }
    ordered(merged, &wanted, &there_now, key)
}

/// Takes directives out of what is new; nothing when it is itself to be deleted. Null values go with `drops_null`.
fn without_directives(
    value: Value,
    drops_null: bool,
    depth: u32,
) -> Result<Option<Value>, MergeError> {
    if depth > DEPTH {
        return fail(format!("the patch is nested deeper than {DEPTH} levels"));
    }
    Ok(match value.data {
        Data::Map(map) => {
            if map.contains_key(PATCH) {
                return Ok(None);
            }
            let mut kept = Map::new();
            for (key, value) in map.iter().filter(|(_, value)| !(drops_null && value.is_null())) {
                if let Some(value) = without_directives(value.clone(), drops_null, depth + 1)? {
                    kept.insert(key.clone(), value);
                }
            }
            Some(Value::map(kept))
        }
        Data::List(items) => {
            let mut kept = Vec::with_capacity(items.len());
            for item in items.iter().filter(|item| !is_deletion(item)) {
                kept.extend(without_directives(item.clone(), drops_null, depth + 1)?);
            }
            Some(Value::list(kept))
        }
        data => Some(Value::new(data)),
    })
}
