//! The objects that units have made so far, as other units may refer to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_flux::names::{EXTENSIONS_GROUP, HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP};
use weir_model::{Manifest, ObjectId, SmolStr};
use weir_plan::{PlanObject, UnitId, UnitKind};

/// An object with the unit that made it.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) unit: UnitId,
    pub(crate) manifest: Arc<Manifest>,
}

/// What units have made so far. Of one object in several units, the one of the first unit counts.
#[derive(Debug, Default)]
pub(crate) struct World {
    referable: BTreeMap<ObjectId, Placed>,
    units: BTreeMap<UnitId, Placed>,
    generators: Vec<(SmolStr, Placed)>,
}

impl World {
    /// Takes up the objects of a unit; units come in the order of their ids.
    pub(crate) fn add(&mut self, unit: &UnitId, default_namespace: &str, objects: &[PlanObject]) {
        for object in objects {
            let group = object.id.group.as_str();
            let kind = object.id.kind.as_str();
            let is_referable = match group {
                "" => matches!(kind, "ConfigMap" | "Secret"),
                SOURCE_GROUP => true,
                EXTENSIONS_GROUP | KUSTOMIZE_GROUP | HELM_GROUP => false,
                _ => continue,
            };
            let namespace = object.id.namespace.as_deref().unwrap_or(default_namespace);
            let placed = || Placed { unit: unit.clone(), manifest: Arc::clone(&object.manifest) };
            if is_referable {
                let id = ObjectId::new(group, kind, Some(namespace), &object.id.name);
                self.referable.entry(id).or_insert_with(placed);
            } else if group == EXTENSIONS_GROUP && kind == "ArtifactGenerator" {
                self.generators.push((namespace.into(), placed()));
            } else if let Some(kind) = unit_kind(group, kind) {
                let id = UnitId { kind, namespace: namespace.into(), name: object.id.name.clone() };
                self.units.entry(id).or_insert_with(placed);
            }
        }
    }

    /// Returns an object that units may refer to.
    pub(crate) fn find(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&Placed> {
        self.referable.get(&ObjectId::new(group, kind, Some(namespace), name))
    }

    /// Returns the Kustomizations and HelmReleases.
    pub(crate) fn units(&self) -> &BTreeMap<UnitId, Placed> {
        &self.units
    }

    /// Returns the ArtifactGenerators of a namespace.
    pub(crate) fn generators<'a>(
        &'a self,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Placed> + 'a {
        self.generators.iter().filter(move |(own, _)| own == namespace).map(|(_, placed)| placed)
    }
}

fn unit_kind(group: &str, kind: &str) -> Option<UnitKind> {
    match (group, kind) {
        (KUSTOMIZE_GROUP, "Kustomization") => Some(UnitKind::Kustomization),
        (HELM_GROUP, "HelmRelease") => Some(UnitKind::HelmRelease),
        _ => None,
    }
}
