//! Fields that the API server never lets change, compared with a base.

use std::collections::BTreeMap;

use weir_flux::names::{HELM_GROUP, KUSTOMIZE_GROUP};
use weir_model::{Origin, Value};
use weir_plan::{Body, Plan, PlanObject, UnitKind};

use crate::index::{Index, Placed};
use crate::report::Finding;
use crate::rules;
use crate::schema::validate::validate;
use crate::schemas::Schemas;

/// What of a kind may not change.
enum Fixed {
    /// These fields, when they are set before and after.
    Fields(&'static [&'static str]),
    /// Everything under the first field but what is under the others.
    AllBut(&'static str, &'static [&'static str]),
}

#[rustfmt::skip]
const ROWS: &[(&str, &str, Fixed)] = &[
    ("", "PersistentVolume", Fixed::Fields(&["spec.csi", "spec.nfs", "spec.hostPath", "spec.local", "spec.volumeMode"])),
    ("", "PersistentVolumeClaim", Fixed::AllBut("spec", &["resources", "volumeAttributesClassName", "volumeName"])),
    ("", "Pod", Fixed::Fields(&["spec.nodeName", "spec.serviceAccountName", "spec.restartPolicy", "spec.volumes"])),
    ("", "Secret", Fixed::Fields(&["type"])),
    ("", "Service", Fixed::Fields(&["spec.clusterIP", "spec.clusterIPs"])),
    ("apiextensions.k8s.io", "CustomResourceDefinition", Fixed::Fields(&["spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"])),
    ("apps", "DaemonSet", Fixed::Fields(&["spec.selector"])),
    ("apps", "Deployment", Fixed::Fields(&["spec.selector"])),
    ("apps", "ReplicaSet", Fixed::Fields(&["spec.selector"])),
    ("apps", "StatefulSet", Fixed::AllBut("spec", &["replicas", "ordinals", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds", "revisionHistoryLimit"])),
    ("batch", "Job", Fixed::Fields(&["spec.template", "spec.selector", "spec.completionMode"])),
    ("discovery.k8s.io", "EndpointSlice", Fixed::Fields(&["addressType"])),
    ("networking.k8s.io", "IngressClass", Fixed::Fields(&["spec.controller"])),
    ("node.k8s.io", "RuntimeClass", Fixed::Fields(&["handler"])),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", Fixed::Fields(&["roleRef"])),
    ("rbac.authorization.k8s.io", "RoleBinding", Fixed::Fields(&["roleRef"])),
    ("scheduling.k8s.io", "PriorityClass", Fixed::Fields(&["value", "preemptionPolicy"])),
    ("storage.k8s.io", "CSIDriver", Fixed::Fields(&["spec.attachRequired", "spec.fsGroupPolicy", "spec.volumeLifecycleModes"])),
    ("storage.k8s.io", "StorageClass", Fixed::Fields(&["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"])),
    ("storage.k8s.io", "VolumeAttributesClass", Fixed::Fields(&["driverName", "parameters"])),
];

/// Compares the objects of a plan with those of its base.
pub(crate) fn check(
    base: &Plan,
    index: &Index<'_>,
    schemas: &Schemas<'_>,
    found: &mut Vec<Finding>,
) {
    let mut before: BTreeMap<_, &PlanObject> = BTreeMap::new();
    for unit in &base.units {
        let Body::Ready(objects) = &unit.body else { continue };
        for object in objects.iter() {
            before.entry((&unit.id, &object.id)).or_insert(object);
        }
    }
    // For those that move to another unit.
    let by_id: BTreeMap<_, &PlanObject> =
        before.iter().map(|((_, id), object)| (*id, *object)).collect();
    for placed in &index.objects {
        let key = (&placed.unit.id, &placed.object.id);
        let Some(old) = before.get(&key).or_else(|| by_id.get(&placed.object.id)) else { continue };
        if old.digest == placed.object.digest || is_hook(placed) {
            continue;
        }
        let mut changed = Vec::new();
        compare(placed, old.manifest.value(), &mut changed);
        transitions(placed, old.manifest.value(), schemas, &mut changed);
        for (field, at, message) in changed {
            found.push(finding(index, placed, field, at, message));
        }
    }
}

type Changed = (String, Origin, String);

fn compare(placed: &Placed<'_>, old: &Value, changed: &mut Vec<Changed>) {
    let new = placed.value();
    let mut add = |field: String, one: Option<&Value>, other: Option<&Value>| {
        if one.map(normal) != other.map(normal) {
            let at = other.map_or(new.origin, |value| value.origin);
            changed.push((field, at, "cannot be changed".to_owned()));
        }
    };
    if let Some((.., fixed)) = ROWS.iter().find(|(group, kind, _)| placed.is(group, kind)) {
        match fixed {
            Fixed::Fields(fields) => {
                for field in *fields {
                    let way: Vec<&str> = field.split('.').collect();
                    let (one, other) = (old.pointer(&way), new.pointer(&way));
                    // What one side leaves out the API server fills in.
                    if one.is_some() && other.is_some() {
                        add((*field).to_owned(), one, other);
                    }
                }
            }
            Fixed::AllBut(field, free) => {
                let map = |value: &Value| value.get(field).and_then(Value::as_map).cloned();
                let (one, other) = (map(old).unwrap_or_default(), map(new).unwrap_or_default());
                for key in one.keys().filter(|key| !free.contains(&key.as_str())) {
                    if let (Some(a), Some(b)) = (one.get(key), other.get(key)) {
                        add(format!("{field}.{key}"), Some(a), Some(b));
                    }
                }
            }
        }
    }
    let is_fixed = old.get("immutable").and_then(Value::as_bool) == Some(true);
    if is_fixed && (placed.is("", "ConfigMap") || placed.is("", "Secret")) {
        for field in ["data", "binaryData", "stringData", "immutable"] {
            add(field.to_owned(), old.get(field), new.get(field));
        }
    }
}

/// Returns a value without what the API server sets itself in the templates of claims.
fn normal(value: &Value) -> Value {
    let mut value = value.clone();
    for item in value.as_list_mut().into_iter().flatten() {
        if let Some(map) = item.as_map_mut() {
            map.remove("status");
        }
    }
    value
}

/// Checks the rules of a CRD about changes.
fn transitions(
    placed: &Placed<'_>,
    old: &Value,
    schemas: &Schemas<'_>,
    changed: &mut Vec<Changed>,
) {
    let Some(custom) = schemas.custom(placed.manifest()) else { return };
    let found = validate(&custom.schema, custom.root, placed.value(), Some(old), false);
    changed.extend(
        found
            .into_iter()
            .filter(|finding| finding.rule == rules::IMMUTABLE_FIELD.name)
            .map(|finding| (finding.field, finding.at, finding.message)),
    );
}

/// Hooks are deleted and made anew by Helm.
fn is_hook(placed: &Placed<'_>) -> bool {
    placed.manifest().annotation("helm.sh/hook").is_some()
}

fn finding(
    index: &Index<'_>,
    placed: &Placed<'_>,
    field: String,
    at: Origin,
    message: String,
) -> Finding {
    let finding = if is_forced(index, placed) {
        Finding::new(
            rules::RECREATED,
            format!("{message}, so the object will be deleted and made anew"),
        )
    } else {
        let group = match placed.unit.id.kind {
            UnitKind::Kustomization => KUSTOMIZE_GROUP,
            UnitKind::HelmRelease => HELM_GROUP,
        };
        let hint = match placed.unit.id.kind {
            UnitKind::Kustomization => format!(
                "give the object another name, or allow it to be made anew with the annotation `{group}/force: enabled`"
            ),
            UnitKind::HelmRelease => {
                "give the object another name, or set `spec.upgrade.force` of the HelmRelease"
                    .to_owned()
            }
        };
        Finding::new(rules::IMMUTABLE_FIELD, message).hint(hint)
    };
    let finding = finding.in_unit(&placed.unit.id).of_object(&placed.object.id).field(field);
    finding.at(if at.is_known() { at } else { placed.object.provenance.origin })
}

/// Tells whether Flux makes an object anew when it cannot be changed.
fn is_forced(index: &Index<'_>, placed: &Placed<'_>) -> bool {
    let force = placed.manifest().annotation("kustomize.toolkit.fluxcd.io/force");
    if force.is_some_and(|word| word.eq_ignore_ascii_case("enabled")) {
        return true;
    }
    let Some(spec) = index.flux_object(&placed.unit.id).and_then(|flux| flux.manifest().spec())
    else {
        return false;
    };
    let way: &[&str] = match placed.unit.id.kind {
        UnitKind::Kustomization => &["force"],
        UnitKind::HelmRelease => &["upgrade", "force"],
    };
    spec.pointer(way).and_then(Value::as_bool) == Some(true)
}
