//! The fields that the API server lets nobody change.

use weir_model::{Manifest, Value};

/// Which fields of a kind cannot be changed.
enum Fields {
    /// These, and all below them.
    These(&'static [&'static str]),
    /// All of `spec` but these.
    SpecBut(&'static [&'static str]),
}

/// The kinds with fields that cannot be changed, by group and kind.
const IMMUTABLE: &[(&str, &str, Fields)] = &[
    ("apps", "DaemonSet", Fields::These(&["spec.selector"])),
    ("apps", "Deployment", Fields::These(&["spec.selector"])),
    ("apps", "ReplicaSet", Fields::These(&["spec.selector"])),
    (
        "apps",
        "StatefulSet",
        Fields::SpecBut(&[
            "minReadySeconds",
            "ordinals",
            "persistentVolumeClaimRetentionPolicy",
            "replicas",
            "revisionHistoryLimit",
            "template",
            "updateStrategy",
        ]),
    ),
    ("batch", "Job", Fields::These(&["spec.completionMode", "spec.selector", "spec.template"])),
    ("", "PersistentVolumeClaim", Fields::SpecBut(&["resources", "volumeAttributesClassName"])),
    (
        "",
        "PersistentVolume",
        Fields::These(&["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.volumeMode"]),
    ),
    ("", "Secret", Fields::These(&["type"])),
    ("", "Service", Fields::These(&["spec.clusterIP", "spec.clusterIPs"])),
    (
        "",
        "Pod",
        Fields::SpecBut(&["activeDeadlineSeconds", "containers", "initContainers", "tolerations"]),
    ),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", Fields::These(&["roleRef"])),
    ("rbac.authorization.k8s.io", "RoleBinding", Fields::These(&["roleRef"])),
    (
        "storage.k8s.io",
        "StorageClass",
        Fields::These(&["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]),
    ),
    ("storage.k8s.io", "CSIDriver", Fields::These(&["spec.attachRequired", "spec.podInfoOnMount"])),
    ("scheduling.k8s.io", "PriorityClass", Fields::These(&["preemptionPolicy", "value"])),
    ("networking.k8s.io", "IngressClass", Fields::These(&["spec.controller"])),
    ("node.k8s.io", "RuntimeClass", Fields::These(&["handler"])),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        Fields::These(&["spec.group", "spec.names.kind", "spec.names.plural", "spec.scope"]),
    ),
];

/// Returns the paths of the fields that differ although they cannot be changed.
pub(super) fn changed_fields(before: &Manifest, after: &Manifest) -> Vec<String> {
    let mut found = Vec::new();
    let differs = |path: &str| {
        let keys: Vec<&str> = path.split('.').collect();
        before.value().pointer(&keys) != after.value().pointer(&keys)
    };
    let row =
        IMMUTABLE.iter().find(|(group, kind, _)| *group == after.group() && *kind == after.kind());
    match row.map(|(.., fields)| fields) {
        Some(Fields::These(paths)) => {
            found.extend(paths.iter().filter(|path| differs(path)).map(|path| (*path).to_owned()));
        }
        Some(Fields::SpecBut(free)) => {
            let keys = |manifest: &Manifest| -> Vec<String> {
                let spec = manifest.spec().and_then(Value::as_map);
                spec.map(|map| map.keys().map(ToString::to_string).collect()).unwrap_or_default()
            };
            let mut all = keys(before);
            all.extend(keys(after));
            all.sort();
            all.dedup();
            all.retain(|key| !free.contains(&key.as_str()));
            let paths = all.iter().map(|key| format!("spec.{key}"));
            found.extend(paths.filter(|path| differs(path)));
        }
        None => {}
    }
    // A field that the API server fills in may be left out at any time.
    found.retain(|path| {
        let keys: Vec<&str> = path.split('.').collect();
        after.value().pointer(&keys).is_some() && before.value().pointer(&keys).is_some()
    });
    if locked(before) && matches!(after.kind(), "ConfigMap" | "Secret") && after.group().is_empty()
    {
        let data = ["binaryData", "data", "immutable", "stringData"];
        found.extend(data.iter().filter(|path| differs(path)).map(|path| (*path).to_owned()));
    }
    found
}

/// Tells whether a ConfigMap or Secret says that it will never change.
fn locked(manifest: &Manifest) -> bool {
    manifest.value().get("immutable").and_then(Value::as_bool).unwrap_or_default()
}
