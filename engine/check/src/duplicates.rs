//! One object in two units.

use std::collections::BTreeMap;

use crate::index::{Index, Placed};
use crate::report::Finding;
use crate::rules;
use crate::schemas::Schemas;

/// Finds the objects that more than one unit makes.
pub(crate) fn check(index: &Index<'_>, schemas: &Schemas<'_>, found: &mut Vec<Finding>) {
    let mut owners: BTreeMap<(&str, &str, &str, &str), &Placed<'_>> = BTreeMap::new();
    for placed in &index.objects {
        // Of a kind that is not known, an object without a namespace may live in that of its release or in none.
        let is_known = placed.object.id.namespace.is_some()
            || schemas.is_namespaced(placed.manifest()).is_some();
        if !is_known {
            continue;
        }
        let id = &placed.object.id;
        let namespace = placed.namespace.unwrap_or_default();
        let key = (id.group.as_str(), id.kind.as_str(), namespace, id.name.as_str());
        match owners.get(&key) {
            Some(owner) if owner.unit.id != placed.unit.id => {
                let message = format!("is made by `{}` and by `{}`", owner.unit.id, placed.unit.id);
                found.push(
                    Finding::new(rules::DUPLICATE_OBJECT, message)
                        .in_unit(&placed.unit.id)
                        .of_object(&placed.object.id)
                        .at(placed.object.provenance.origin)
                        .hint("they will overwrite each other's fields; keep it in one of them"),
                );
            }
            Some(_) => {}
            None => {
                owners.insert(key, placed);
            }
        }
    }
}
