//! Objects of a kind that change in the very same way: the first stands for all.

use std::collections::BTreeMap;

use weir_model::{Digest, DigestBuilder, SmolStr, Value};

use super::UnitReview;
use crate::Action;

/// How many objects there must be; two are as quickly read as told.
const ENOUGH: usize = 3;

/// Marks all but the first of the objects that change in the same way.
pub(super) fn find(units: &mut [UnitReview<'_>]) {
    let mut groups: BTreeMap<(SmolStr, SmolStr, Digest), Vec<(usize, usize)>> = BTreeMap::new();
    for (unit_index, unit) in units.iter().enumerate() {
        for (index, object) in unit.objects.iter().enumerate() {
            if object.change.action != Action::Change || object.own.is_empty() {
                continue;
            }
            let mut digest = DigestBuilder::new("same");
            digest.number(object.own.len() as u64);
            for field in &object.own {
                digest.text(&field.path);
                add(&mut digest, field.before.as_ref());
                add(&mut digest, field.after.as_ref());
            }
            let id = &object.change.id;
            let key = (id.group.clone(), id.kind.clone(), digest.finish());
            groups.entry(key).or_default().push((unit_index, index));
        }
    }
    for places in groups.into_values().filter(|places| places.len() >= ENOUGH) {
        let Some((first, others)) = places.split_first() else { continue };
        for place in &places {
            let unit = units.get_mut(place.0);
            let Some(object) = unit.and_then(|unit| unit.objects.get_mut(place.1)) else {
                continue;
            };
            if place == first {
                object.same = others.len();
            } else {
                object.same_as = Some(*first);
            }
        }
    }
}

fn add(digest: &mut DigestBuilder, value: Option<&Value>) {
    digest.number(u64::from(value.is_some()));
    if let Some(value) = value {
        value.digest_into(digest);
    }
}
