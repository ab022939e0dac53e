//! In which order objects are applied: stages, and the order inside a stage. Both are Flux's.

use std::cmp::Ordering;

use weir_model::{Manifest, ObjectId, SmolStr};

/// The stages. Each is applied as a whole, and the first two are waited for, before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Definitions, namespaces and cluster roles.
    Definitions,
    /// Storage classes, ingress classes and the like.
    Classes,
    /// Kinds that the settings name.
    Custom,
    /// Everything else.
    Rest,
}

impl Stage {
    /// Tells whether the objects of this stage must be ready before the next begins.
    pub fn is_waited_for(self) -> bool {
        matches!(self, Self::Definitions | Self::Classes)
    }
}

/// Returns an object's stage; `custom` holds groups and kinds.
pub fn stage(manifest: &Manifest, custom: &[(SmolStr, SmolStr)]) -> Stage {
    let (group, kind) = (manifest.group(), manifest.kind());
    let is_definition = match group {
        "" => kind.eq_ignore_ascii_case("Namespace"),
        "apiextensions.k8s.io" => kind.eq_ignore_ascii_case("CustomResourceDefinition"),
        "rbac.authorization.k8s.io" => kind.eq_ignore_ascii_case("ClusterRole"),
        _ => false,
    };
    if is_definition {
        Stage::Definitions
    } else if kind.ends_with("Class") {
        Stage::Classes
    } else if custom.iter().any(|(of, name)| of == group && name == kind) {
        Stage::Custom
    } else {
        Stage::Rest
    }
}

/// Kinds that come before all others, in this order.
const FIRST: &[&str] = &[
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others, in this order.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Compares two objects by the order in which they are applied; deleting goes the other way.
pub fn compare(a: &ObjectId, b: &ObjectId) -> Ordering {
    let key = |id: &ObjectId| (rank(&id.kind), id.group.clone(), id.kind.clone());
    key(a).cmp(&key(b)).then_with(|| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)))
}

fn rank(kind: &str) -> usize {
    let place = |kinds: &[&str]| kinds.iter().position(|known| *known == kind);
    place(FIRST).or_else(|| place(LAST).map(|place| FIRST.len() + 1 + place)).unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::manifest;

    #[test]
    fn objects_stand_in_the_order_of_flux() {
        let mut ids: Vec<ObjectId> = [
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", None, "v"),
            ("example.com", "Widget", Some("b"), "w"),
            ("apps", "Deployment", Some("b"), "web"),
            ("", "ConfigMap", Some("b"), "c"),
            ("", "ConfigMap", Some("a"), "d"),
            ("", "Namespace", None, "b"),
            ("a.example.com", "Gadget", Some("b"), "g"),
            ("apiextensions.k8s.io", "CustomResourceDefinition", None, "x"),
        ]
        .map(|(group, kind, namespace, name)| ObjectId::new(group, kind, namespace, name))
        .into();
        ids.sort_by(compare);
        let shown: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "CustomResourceDefinition/x",
                "Namespace/b",
                "ConfigMap/a/d",
                "ConfigMap/b/c",
                "Deployment/b/web",
                "Gadget/b/g",
                "Widget/b/w",
                "ValidatingWebhookConfiguration/v",
            ]
        );
    }

    #[test]
    fn stages_are_those_of_flux() {
        let custom = [("example.com".into(), "Policy".into())];
        for (api_version, kind, expected) in [
            ("v1", "Namespace", Stage::Definitions),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition", Stage::Definitions),
            ("rbac.authorization.k8s.io/v1", "ClusterRole", Stage::Definitions),
            ("example.com/v1", "Namespace", Stage::Rest),
            ("storage.k8s.io/v1", "StorageClass", Stage::Classes),
            ("example.com/v1", "Policy", Stage::Custom),
            ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", Stage::Rest),
            ("v1", "ConfigMap", Stage::Rest),
        ] {
            let object = manifest(&format!(
                "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: x}}}}"
            ));
            assert_eq!(stage(&object, &custom), expected, "{kind}");
        }
    }
}
