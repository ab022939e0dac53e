//! No finding quotes a secret: whatever an object holds that is marked as sensitive is taken out of what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use weir_flux::taint;
use weir_model::{Data, ObjectId, Value};
use weir_plan::{Body, Plan, UnitId};

use crate::report::Finding;

/// Takes the secrets of the objects of these plans out of the findings about them. The names of objects are no secrets:
/// who puts one there publishes it.
pub(crate) fn conceal<'a>(plans: impl Iterator<Item = &'a Plan>, findings: &mut [Finding]) {
    let mut told: BTreeMap<UnitId, BTreeMap<ObjectId, BTreeSet<&str>>> = BTreeMap::new();
    for finding in &*findings {
        if let (Some(unit), Some(object)) = (&finding.unit, &finding.object) {
            told.entry(unit.clone()).or_default().entry(object.clone()).or_default();
        }
    }
    for unit in plans.flat_map(|plan| &plan.units) {
        let (Some(told), Body::Ready(objects)) = (told.get_mut(&unit.id), &unit.body) else {
            continue;
        };
        for object in objects.iter() {
            if let Some(secrets) = told.get_mut(&object.id) {
                gather(object.manifest.value(), false, secrets);
            }
        }
    }
    for finding in findings {
        let (Some(unit), Some(object)) = (&finding.unit, &finding.object) else { continue };
        let Some(secrets) = told.get(unit).and_then(|objects| objects.get(object)) else {
            continue;
        };
        // The longest first: one secret may be a part of another.
        let mut longest: Vec<&str> = secrets.iter().copied().collect();
        longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let texts = [&mut finding.field, &mut finding.message].into_iter();
        for text in texts.chain(&mut finding.causes).chain(&mut finding.hints) {
            *text = taint::hide(std::mem::take(text), longest.iter().copied());
        }
    }
}

/// Gathers the texts and keys of what is marked as sensitive.
fn gather<'a>(value: &'a Value, is_inside: bool, into: &mut BTreeSet<&'a str>) {
    let is_secret = is_inside || value.sensitive;
    match &value.data {
        Data::String(text) if is_secret => drop(into.insert(text)),
        Data::Map(map) => {
            for (key, below) in map.iter() {
                if is_secret {
                    into.insert(key);
                }
                gather(below, is_secret, into);
            }
        }
        Data::List(items) => items.iter().for_each(|item| gather(item, is_secret, into)),
        _ => {}
    }
}
