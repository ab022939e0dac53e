//! Objects that go in one place and come in another: between units, between namespaces, under a generated name.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{Data, Digest, DigestBuilder, Manifest, ObjectId, SmolStr};

use crate::{Action, ObjectChange, UnitChange};

/// Where a change stands: the unit and the object, by their places.
type Place = (usize, usize);

/// Turns pairs of an object that goes and one that comes into one change each: of the same identity into a move, of the
/// same generated name, or of the same content in another namespace, into a replacement.
pub(crate) fn find_moves(units: &mut [UnitChange]) {
    let mut gone: BTreeSet<Place> = BTreeSet::new();
    pair(units, &mut gone, &same_identity, &|unit, _| Action::Move { from: unit.id.clone() });
    let replaced = |unit: &UnitChange, object: &ObjectChange| Action::Replace {
        from: object.id.clone(),
        unit: unit.id.clone(),
    };
    pair(units, &mut gone, &same_generated_name, &replaced);
    pair(units, &mut gone, &same_content_elsewhere, &replaced);
    for (unit_index, unit) in units.iter_mut().enumerate() {
        let mut index = 0;
        unit.objects.retain(|_| {
            index += 1;
            !gone.contains(&(unit_index, index - 1))
        });
    }
}

/// Joins each object that comes with one that goes of the same key, in their order.
fn pair<Key: Ord>(
    units: &mut [UnitChange],
    gone: &mut BTreeSet<Place>,
    key: &dyn Fn(&UnitChange, &ObjectChange) -> Option<Key>,
    action: &dyn Fn(&UnitChange, &ObjectChange) -> Action,
) {
    let mut pairs: BTreeMap<Key, (Vec<Place>, Vec<Place>)> = BTreeMap::new();
    for (unit_index, unit) in units.iter().enumerate() {
        for (index, object) in unit.objects.iter().enumerate() {
            let place = (unit_index, index);
            let adds = match object.action {
                Action::Add => true,
                Action::Remove if !gone.contains(&place) => false,
                Action::Remove | Action::Change | Action::Move { .. } | Action::Replace { .. } => {
                    continue;
                }
            };
            if let Some(key) = key(unit, object) {
                let (removed, added) = pairs.entry(key).or_default();
                if adds { added } else { removed }.push(place);
            }
        }
    }
    for (removed, added) in pairs.into_values() {
        for (from, to) in removed.into_iter().zip(added) {
            let Some(unit) = units.get(from.0) else { continue };
            let Some(object) = unit.objects.get(from.1) else { continue };
            let (action, before) = (action(unit, object), object.before.clone());
            if let Some(target) = units.get_mut(to.0).and_then(|unit| unit.objects.get_mut(to.1)) {
                target.action = action;
                target.before = before;
                gone.insert(from);
            }
        }
    }
}

fn same_identity(_: &UnitChange, object: &ObjectChange) -> Option<ObjectId> {
    Some(object.id.clone())
}

/// Returns the name without kustomize's hash, of the kinds that have one, in their unit.
fn same_generated_name(unit: &UnitChange, object: &ObjectChange) -> Option<(SmolStr, ObjectId)> {
    let base = generated_base(&object.id)?;
    let id = ObjectId { name: base.into(), ..object.id.clone() };
    Some((unit.id.to_string().into(), id))
}

/// Returns a ConfigMap's or Secret's name without the hash that kustomize puts at its end.
pub(crate) fn generated_base(id: &ObjectId) -> Option<&str> {
    // kustomize writes no vowels and no digits that look like letters.
    const LETTERS: &str = "bcdfghkmt2456789";
    if !id.group.is_empty() || !matches!(id.kind.as_str(), "ConfigMap" | "Secret") {
        return None;
    }
    let (base, hash) = id.name.rsplit_once('-')?;
    let hashed = hash.len() == 10 && hash.chars().all(|c| LETTERS.contains(c));
    hashed.then_some(base)
}

/// Returns what an object is without its namespace and Flux's owner labels.
fn same_content_elsewhere(
    _: &UnitChange,
    object: &ObjectChange,
) -> Option<(SmolStr, SmolStr, SmolStr, Digest)> {
    object.id.namespace.as_ref()?;
    let manifest = object.after.as_ref().or(object.before.as_ref())?;
    let id = &object.id;
    Some((id.group.clone(), id.kind.clone(), id.name.clone(), content(manifest)))
}

fn content(manifest: &Manifest) -> Digest {
    let mut value = manifest.value().clone();
    if let Some(metadata) =
        value.as_map_mut().map(|map| map.entry("metadata")).and_then(|value| value.as_map_mut())
    {
        metadata.remove("namespace");
        if let Some(Data::Map(_)) = metadata.get("labels").map(|labels| &labels.data)
            && let Some(labels) = metadata.entry("labels").as_map_mut()
        {
            labels.retain(|key, _| !key.contains("toolkit.fluxcd.io/"));
        }
    }
    let mut digest = DigestBuilder::new("content");
    value.digest_into(&mut digest);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kustomizes_own_hashes_are_taken_off() {
        for (kind, name, base) in [
            ("ConfigMap", "app-79f9h82h97", Some("app")),
            ("ConfigMap", "my-app-m85dk9g4hd", Some("my-app")),
            ("ConfigMap", "app-settings", None),
            ("ConfigMap", "app-1234567890", None),
            ("Deployment", "app-79f9h82h97", None),
        ] {
            assert_eq!(generated_base(&ObjectId::new("", kind, None, name)), base, "{name}");
        }
    }
}
