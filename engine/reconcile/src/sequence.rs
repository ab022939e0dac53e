//! In which order units are applied: a unit comes after the one that holds its Flux object and after those it depends on.

use std::collections::{BTreeMap, BTreeSet};

use weir_plan::{Plan, Unit, UnitId};

/// Returns the units in the order in which they are applied. Units that wait for one another in a circle come last, in the
/// order of their ids; what such a unit waits for is then never done before it.
pub fn sequence(plan: &Plan) -> Vec<&Unit> {
    let mut waiting: BTreeMap<&UnitId, usize> = BTreeMap::new();
    let mut followers: BTreeMap<&UnitId, Vec<&UnitId>> = BTreeMap::new();
    for unit in &plan.units {
        let needs: BTreeSet<&UnitId> = needs(unit).filter(|id| plan.unit(id).is_some()).collect();
        waiting.insert(&unit.id, needs.len());
        for need in needs {
            followers.entry(need).or_default().push(&unit.id);
        }
    }
    let mut free: BTreeSet<&UnitId> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut ordered = Vec::with_capacity(plan.units.len());
    while let Some(id) = free.pop_first() {
        waiting.remove(id);
        ordered.extend(plan.unit(id));
        for follower in followers.get(id).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(follower) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.insert(follower);
                }
            }
        }
    }
    ordered.extend(waiting.keys().filter_map(|id| plan.unit(id)));
    ordered
}

/// Returns the units that must be applied before this one.
pub fn needs(unit: &Unit) -> impl Iterator<Item = &UnitId> {
    unit.parent.iter().chain(&unit.after).filter(|id| **id != unit.id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_model::{Digest, Origin};
    use weir_plan::{Body, UnitKind};

    use super::*;

    #[test]
    fn units_come_after_what_they_need() {
        let id = |name: &str| UnitId {
            kind: UnitKind::Kustomization,
            namespace: "n".into(),
            name: name.into(),
        };
        let unit = |name: &str, parent: Option<&str>, after: &[&str]| Unit {
            id: id(name),
            parent: parent.map(id),
            after: after.iter().map(|name| id(name)).collect(),
            source: None,
            origin: Origin::default(),
            suspended: false,
            input: Digest::of(b""),
            body: Body::Ready(Arc::default()),
        };
        for (units, expected) in [
            (
                vec![unit("a", Some("z"), &["m"]), unit("m", Some("z"), &[]), unit("z", None, &[])],
                "z m a",
            ),
            (vec![unit("a", None, &["b"]), unit("b", None, &["a"]), unit("c", None, &[])], "c a b"),
            (vec![unit("a", None, &["absent"]), unit("b", None, &["b"])], "a b"),
        ] {
            let plan = Plan::new(units);
            let names: Vec<&str> =
                sequence(&plan).iter().map(|unit| unit.id.name.as_str()).collect();
            assert_eq!(names.join(" "), expected);
        }
    }
}
