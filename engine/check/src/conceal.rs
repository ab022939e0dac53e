//! No finding quotes a secret: whatever an object holds that is marked as sensitive is taken out of what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use weir_flux::taint;
use weir_model::{Data, ObjectId, Value};
use weir_plan::{Body, Plan, UnitId};

use crate::report::Finding;

/// Takes the secrets of the objects of these plans out of the findings about them. The names of objects are no secrets:
/// who puts one there publishes it.
pub(crate) fn conceal<'a>(plans: impl Iterator<Item = &'a Plan>, findings: &mut [Finding]) {
    let told: BTreeSet<(UnitId, ObjectId)> = findings
        .iter()
        .filter_map(|finding| Some((finding.unit.clone()?, finding.object.clone()?)))
        .collect();
    let mut secrets: BTreeMap<(UnitId, ObjectId), BTreeSet<&str>> = BTreeMap::new();
    for unit in plans.flat_map(|plan| &plan.units) {
        let Body::Ready(objects) = &unit.body else { continue };
        for object in objects.iter() {
            let key = (unit.id.clone(), object.id.clone());
            if told.contains(&key) {
                gather(object.manifest.value(), false, secrets.entry(key).or_default());
            }
        }
    }
    for finding in findings {
        let (Some(unit), Some(object)) = (&finding.unit, &finding.object) else { continue };
        let Some(secrets) = secrets.get(&(unit.clone(), object.clone())) else { continue };
        if secrets.is_empty() {
            continue;
        }
        let texts = [&mut finding.field, &mut finding.message].into_iter();
        for text in texts.chain(&mut finding.causes).chain(&mut finding.hints) {
            // The longest first: one secret may be a part of another.
            let mut longest: Vec<&str> = secrets.iter().copied().collect();
            longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
            *text = taint::hide(std::mem::take(text), longest.into_iter());
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
