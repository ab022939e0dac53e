//! What is only seen when all units are there: dependencies on nothing, circles, objects that two units make.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{Diagnostic, ObjectId};
use weir_plan::{Body, Unit, UnitId, UnitKind};

/// Checks the units against one another.
pub(crate) fn check(units: &[Unit]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    dependencies(units, &mut found);
    circles(units, &mut found);
    duplicates(units, &mut found);
    found
}

fn dependencies(units: &[Unit], found: &mut Vec<Diagnostic>) {
    let known: BTreeSet<&UnitId> = units.iter().map(|unit| &unit.id).collect();
    for unit in units {
        for after in unit.after.iter().filter(|after| !known.contains(after)) {
            let message = format!(
                "`{}` depends on `{after}`, which nothing in the repository makes",
                unit.id
            );
            let mut diagnostic =
                Diagnostic::warning("flux-dependency-missing", message).at(unit.origin);
            let same_name = known.iter().find(|id| id.kind == after.kind && id.name == after.name);
            if let Some(other) = same_name {
                diagnostic = diagnostic.hint(format!("there is `{other}` in another namespace"));
            }
            found.push(diagnostic);
        }
    }
}

/// Reports each circle of dependencies once, at its first unit. Takes units off as their dependencies are off; what stays
/// is in a circle or behind one.
fn circles(units: &[Unit], found: &mut Vec<Diagnostic>) {
    let after: BTreeMap<&UnitId, &[UnitId]> =
        units.iter().map(|unit| (&unit.id, unit.after.as_slice())).collect();
    let mut open: BTreeMap<&UnitId, usize> = BTreeMap::new();
    let mut dependants: BTreeMap<&UnitId, Vec<&UnitId>> = BTreeMap::new();
    for (id, after_ids) in &after {
        let known = after_ids.iter().filter(|id| after.contains_key(id));
        let mut count = 0;
        for dependency in known {
            dependants.entry(dependency).or_default().push(id);
            count += 1;
        }
        open.insert(id, count);
    }
    let mut free: Vec<&UnitId> =
        open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    while let Some(id) = free.pop() {
        open.remove(id);
        for dependant in dependants.get(id).into_iter().flatten() {
            if let Some(count) = open.get_mut(*dependant) {
                *count -= 1;
                if *count == 0 {
                    free.push(dependant);
                }
            }
        }
    }
    let mut seen: BTreeSet<&UnitId> = BTreeSet::new();
    for start in open.keys().copied() {
        let mut path: Vec<&UnitId> = Vec::new();
        let mut next = Some(start);
        while let Some(id) = next.filter(|id| !path.contains(id)) {
            path.push(id);
            let after_ids = after.get(id).copied().unwrap_or_default();
            next = after_ids.iter().find(|id| open.contains_key(id));
        }
        let Some(first) = next.and_then(|id| path.iter().position(|other| *other == id)) else {
            continue;
        };
        let circle = &path[first..];
        if circle.iter().any(|id| !seen.insert(id)) {
            continue;
        }
        let mut names: Vec<String> = circle.iter().map(|id| format!("`{id}`")).collect();
        names.extend(names.first().cloned());
        let message = format!("dependencies form a circle: {}", names.join(" after "));
        let origin = units.iter().find(|unit| unit.id == *circle[0]).map(|unit| unit.origin);
        let diagnostic = Diagnostic::error("flux-dependency-circle", message);
        found.push(diagnostic.at(origin.unwrap_or_default()));
    }
}

/// The kinds of objects without a namespace that charts make most.
const CLUSTER_KINDS: [&str; 9] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

fn duplicates(units: &[Unit], found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<&ObjectId, &UnitId> = BTreeMap::new();
    for unit in units {
        let Body::Ready(objects) = &unit.body else { continue };
        for object in objects.iter() {
            // What a chart leaves without a namespace goes to that of its release, unless it has none by nature.
            let placed = object.id.namespace.is_some()
                || unit.id.kind == UnitKind::Kustomization
                || CLUSTER_KINDS.contains(&object.id.kind.as_str());
            if !placed {
                continue;
            }
            match owners.get(&object.id) {
                Some(owner) if **owner != unit.id => {
                    let message =
                        format!("`{}` is made by `{owner}` and by `{}`", object.id, unit.id);
                    found.push(
                        Diagnostic::warning("flux-duplicate-object", message)
                            .at(object.provenance.origin)
                            .hint(
                                "they will overwrite each other's fields; keep it in one of them",
                            ),
                    );
                }
                Some(_) => {}
                None => {
                    owners.insert(&object.id, &unit.id);
                }
            }
        }
    }
}
