//! What a unit's Flux object says about its changes.

use weir_model::{Manifest, Value};

use crate::{Body, Plan, UnitId, UnitKind};

/// What a unit's Flux object says about its changes.
pub(super) struct Policy {
    /// Whether objects that the unit no longer makes are deleted.
    pub(super) prunes: bool,
    /// Whether objects are made anew when a field cannot be changed.
    pub(super) forces: bool,
    /// Whether nothing happens until the unit is resumed.
    pub(super) suspended: bool,
}

impl Policy {
    /// Reads it from the Flux object: as it will be, or, for a unit that goes, as it was.
    pub(super) fn of(id: &UnitId, before: &Plan, after: &Plan) -> Self {
        let plan = if after.unit(id).is_some() { after } else { before };
        let suspended = plan.unit(id).is_some_and(|unit| unit.suspended);
        let manifest = flux_object(id, plan);
        let flag = |keys: &[&str]| {
            let value = manifest.and_then(|manifest| manifest.value().pointer(keys));
            value.and_then(Value::as_bool)
        };
        match id.kind {
            // The entry's own object need not be in the repository; it prunes as `flux bootstrap` makes it.
            UnitKind::Kustomization => Self {
                prunes: flag(&["spec", "prune"]).unwrap_or(manifest.is_none()),
                forces: flag(&["spec", "force"]).unwrap_or_default(),
                suspended,
            },
            UnitKind::HelmRelease => Self {
                prunes: true,
                forces: flag(&["spec", "upgrade", "force"]).unwrap_or_default(),
                suspended,
            },
        }
    }
}

fn flux_object<'plan>(id: &UnitId, plan: &'plan Plan) -> Option<&'plan Manifest> {
    let parent = plan.unit(plan.unit(id)?.parent.as_ref()?)?;
    let Body::Ready(objects) = &parent.body else { return None };
    let found = objects.iter().find(|object| {
        object.id.name == id.name
            && object.id.kind == id.kind.as_str()
            && object.id.namespace.as_ref().is_none_or(|namespace| *namespace == id.namespace)
            && object.id.group.ends_with("toolkit.fluxcd.io")
    });
    found.map(|object| &*object.manifest)
}
