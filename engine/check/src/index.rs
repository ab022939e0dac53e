//! All objects of a plan with the namespace they end up in, found by what they are.

use std::collections::BTreeMap;

use weir_flux::names::{HELM_GROUP, KUSTOMIZE_GROUP};
use weir_model::{Manifest, SmolStr, Value};
use weir_plan::{Body, Plan, PlanObject, Unit, UnitId, UnitKind};

use crate::schemas::Schemas;

/// One object of a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) unit: &'a Unit,
    pub(crate) object: &'a PlanObject,
    /// The namespace it names, or that its release gives it; none also for what lives in none.
    pub(crate) namespace: Option<&'a str>,
}

impl<'a> Placed<'a> {
    pub(crate) fn manifest(&self) -> &'a Manifest {
        &self.object.manifest
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.object.manifest.value()
    }

    /// Tells whether this is of a group and kind.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.object.id.group == group && self.object.id.kind == kind
    }
}

/// What an object is called: group, kind, namespace and name.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// All objects of a plan.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) objects: Vec<Placed<'a>>,
    by_name: BTreeMap<Key<'a>, usize>,
    /// The Flux objects of the units.
    flux: BTreeMap<UnitId, usize>,
}

impl<'a> Index<'a> {
    /// Places the objects of all units that are ready.
    pub(crate) fn new(plan: &'a Plan, schemas: &Schemas<'_>) -> Self {
        let releases = release_namespaces(plan);
        let mut index =
            Self { plan, objects: Vec::new(), by_name: BTreeMap::new(), flux: BTreeMap::new() };
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                let in_none = schemas.is_namespaced(&object.manifest) == Some(false);
                let of_release = releases.get(&unit.id).copied();
                let own = object.id.namespace.as_deref();
                let namespace = if in_none { None } else { own.or(of_release) };
                index.add(Placed { unit, object, namespace });
            }
        }
        index
    }

    fn add(&mut self, placed: Placed<'a>) {
        let id = &placed.object.id;
        let place = self.objects.len();
        let key = (
            id.group.as_str(),
            id.kind.as_str(),
            placed.namespace.unwrap_or_default(),
            id.name.as_str(),
        );
        self.by_name.entry(key).or_insert(place);
        if let (Some(kind), Some(namespace)) = (unit_kind(&id.group, &id.kind), placed.namespace) {
            let id = UnitId { kind, namespace: SmolStr::new(namespace), name: id.name.clone() };
            self.flux.entry(id).or_insert(place);
        }
        self.objects.push(placed);
    }

    /// Returns the object of this name; an empty namespace stands for none.
    pub(crate) fn find(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&Placed<'a>> {
        self.by_name.get(&(group, kind, namespace, name)).and_then(|place| self.objects.get(*place))
    }

    /// Returns the objects of a group and kind.
    pub(crate) fn of_kind<'s>(
        &'s self,
        group: &'s str,
        kind: &'s str,
    ) -> impl Iterator<Item = &'s Placed<'a>> {
        let from = (group, kind, "", "");
        let rows = self.by_name.range(from..);
        rows.take_while(move |((g, k, ..), _)| *g == group && *k == kind)
            .filter_map(|(_, place)| self.objects.get(*place))
    }

    /// Returns the Flux object of a unit.
    pub(crate) fn flux_object(&self, id: &UnitId) -> Option<&Placed<'a>> {
        self.flux.get(id).and_then(|place| self.objects.get(*place))
    }
}

/// Returns the kind of unit that a Flux object stands for.
pub(crate) fn unit_kind(group: &str, kind: &str) -> Option<UnitKind> {
    match (group, kind) {
        (KUSTOMIZE_GROUP, "Kustomization") => Some(UnitKind::Kustomization),
        (HELM_GROUP, "HelmRelease") => Some(UnitKind::HelmRelease),
        _ => None,
    }
}

/// Returns the namespaces that releases are installed into.
fn release_namespaces(plan: &Plan) -> BTreeMap<UnitId, &str> {
    let mut found = BTreeMap::new();
    for unit in &plan.units {
        let Body::Ready(objects) = &unit.body else { continue };
        let releases = objects
            .iter()
            .filter(|object| object.id.group == HELM_GROUP && object.id.kind == "HelmRelease");
        for object in releases {
            let Some(own) = object.id.namespace.as_deref() else { continue };
            let target = object.manifest.spec().and_then(|spec| spec.get("targetNamespace"));
            let id = UnitId {
                kind: UnitKind::HelmRelease,
                namespace: own.into(),
                name: object.id.name.clone(),
            };
            found.insert(id, target.and_then(Value::as_str).unwrap_or(own));
        }
    }
    found
}
