//! Units that must not be applied although they could be rendered: the values of their variables, or those that a release
//! takes from objects, are not known, so empty ones stand in their objects. That is good enough to be looked at, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_flux::data::{ObjectData, object_data};
use weir_flux::kinds::{HelmRelease, Kustomization};
use weir_model::{Manifest, ObjectId, SmolStr};
use weir_plan::{Body, Plan, UnitId, UnitKind};

/// Returns the objects from which units take variables or values and which the plan does not make: they may be in the cluster.
pub fn wanted(plan: &Plan) -> BTreeSet<ObjectId> {
    let made = made(plan);
    let references = references(&made).into_iter().map(|reference| reference.id);
    references.filter(|id| !made.contains_key(id)).collect()
}

/// Returns the units that take variables or values from an object that is not there or cannot be read, each with the reason.
///
/// `cluster` holds the objects that were looked up in the cluster because the plan lacks them.
pub fn withheld(
    plan: &Plan,
    cluster: &BTreeMap<ObjectId, Arc<Manifest>>,
) -> BTreeMap<UnitId, String> {
    let made = made(plan);
    let mut withheld = BTreeMap::new();
    for Reference { unit, id, key, optional } in references(&made) {
        let found = made.get(&id).copied().or_else(|| cluster.get(&id).map(|it| &**it));
        let problem = match found.map(object_data) {
            Some(ObjectData::Plain(data)) => match &key {
                Some(key) if !optional && !data.contains_key(key) => {
                    withheld.entry(unit).or_insert_with(|| {
                        format!("it takes values from `{id}`, which has no key `{key}`")
                    });
                    continue;
                }
                _ => continue,
            },
            Some(ObjectData::Encrypted) => "is encrypted",
            None if optional => continue,
            None => "is neither in the plan nor in the cluster",
        };
        let what = if key.is_some() { "values" } else { "variables" };
        withheld
            .entry(unit)
            .or_insert_with(|| format!("it takes {what} from `{id}`, which {problem}"));
    }
    withheld
}

fn made(plan: &Plan) -> BTreeMap<&ObjectId, &Manifest> {
    let bodies = plan.units.iter().filter_map(|unit| match &unit.body {
        Body::Ready(objects) => Some(objects),
        Body::Waiting(_) | Body::Broken(_) | Body::Same => None,
    });
    bodies.flat_map(|objects| objects.iter().map(|it| (&it.id, &*it.manifest))).collect()
}

/// An object from which a unit takes something.
struct Reference {
    unit: UnitId,
    id: ObjectId,
    /// The key of a release's values; none for variables, which are all taken.
    key: Option<SmolStr>,
    optional: bool,
}

/// Returns what units take from objects.
fn references(made: &BTreeMap<&ObjectId, &Manifest>) -> Vec<Reference> {
    let mut found = Vec::new();
    for manifest in made.values() {
        let namespace = manifest.namespace().unwrap_or_default();
        let unit =
            |kind| UnitId { kind, namespace: namespace.into(), name: manifest.name().into() };
        let id = |kind: &str, name: &str| ObjectId::new("", kind, Some(namespace), name);
        match (manifest.group(), manifest.kind()) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
                for reference in Kustomization::read(manifest).value.substitute_from {
                    found.push(Reference {
                        unit: unit(UnitKind::Kustomization),
                        id: id(&reference.kind, &reference.name),
                        key: None,
                        optional: reference.optional,
                    });
                }
            }
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                for reference in HelmRelease::read(manifest).value.values_from {
                    found.push(Reference {
                        unit: unit(UnitKind::HelmRelease),
                        id: id(&reference.kind, &reference.name),
                        key: Some(reference.key),
                        optional: reference.optional,
                    });
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use weir_model::{Digest, Origin};
    use weir_plan::{PlanObject, Unit};

    use super::*;
    use crate::tests::manifest;

    /// A plan whose only unit makes these objects.
    fn plan(objects: Vec<PlanObject>) -> Plan {
        let name = "flux-system";
        Plan::new(vec![Unit {
            id: UnitId { kind: UnitKind::Kustomization, namespace: name.into(), name: name.into() },
            parent: None,
            after: Vec::new(),
            source: None,
            origin: Origin::default(),
            suspended: false,
            input: Digest::of(b""),
            body: Body::Ready(Arc::new(objects)),
        }])
    }

    #[test]
    fn releases_without_their_values_are_withheld() {
        let release = manifest(
            "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web, namespace: apps}, spec: {valuesFrom: [{kind: ConfigMap, name: here, valuesKey: a}, {kind: Secret, name: gone, optional: true}]}}",
        );
        let plan = plan(vec![PlanObject::new(Arc::new(release))]);
        let ids: Vec<String> = wanted(&plan).iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["ConfigMap/apps/here", "Secret/apps/gone"]);
        for (data, expected) in [
            ("{a: 'x: 1'}", None),
            (
                "{b: 'x: 1'}",
                Some("it takes values from `ConfigMap/apps/here`, which has no key `a`"),
            ),
        ] {
            let text = format!(
                "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: here, namespace: apps}}, data: {data}}}"
            );
            let object = Arc::new(manifest(&text));
            let cluster = BTreeMap::from([(object.id(), object)]);
            let reasons: Vec<String> = withheld(&plan, &cluster).into_values().collect();
            assert_eq!(reasons.first().map(String::as_str), expected, "{data}");
        }
        assert_eq!(withheld(&plan, &BTreeMap::new()).len(), 1);
    }

    #[test]
    fn units_without_their_variables_are_withheld() {
        let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: vars, namespace: shop}, data: {a: b}}";
        let encrypted = "{apiVersion: v1, kind: Secret, metadata: {name: vars, namespace: shop}, data: {a: 'ENC[AES256_GCM,data:x]'}, sops: {mac: x}}";
        for (reference, objects, cluster, expected) in [
            ("{kind: ConfigMap, name: vars}", vec![map], vec![], None),
            ("{kind: ConfigMap, name: vars}", vec![], vec![map], None),
            ("{kind: ConfigMap, name: vars}", vec![], vec![], Some("neither in the plan")),
            ("{kind: ConfigMap, name: vars, optional: true}", vec![], vec![], None),
            ("{kind: Secret, name: vars}", vec![encrypted], vec![], Some("is encrypted")),
        ] {
            let unit = format!(
                "{{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {{name: app, namespace: shop}}, spec: {{sourceRef: {{kind: GitRepository, name: x}}, postBuild: {{substituteFrom: [{reference}]}}}}}}"
            );
            let objects = [unit.as_str()].into_iter().chain(objects);
            let objects = objects.map(|text| PlanObject::new(Arc::new(manifest(text)))).collect();
            let plan = plan(objects);
            let cluster = cluster
                .into_iter()
                .map(|text| Arc::new(manifest(text)))
                .map(|object| (object.id(), object))
                .collect();
            let reasons: Vec<String> = withheld(&plan, &cluster).into_values().collect();
            match expected {
                None => assert!(reasons.is_empty(), "{reference}: {reasons:?}"),
                Some(text) => assert!(reasons[0].contains(text), "{reference}: {reasons:?}"),
            }
        }
    }
}
