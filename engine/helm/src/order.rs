//! The order in which kinds are installed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use weir_model::SmolStr;

use crate::HelmVersion;

/// Returns a kind's place in Helm's installation order: known kinds by the table, then all others by name.
pub(crate) fn place(helm: HelmVersion, kind: &str) -> (usize, SmolStr) {
    rank(helm, kind).map_or_else(|| (usize::MAX, kind.into()), |rank| (rank, SmolStr::default()))
}

fn rank(helm: HelmVersion, kind: &str) -> Option<usize> {
    static RANKS: LazyLock<BTreeMap<&str, usize>> = LazyLock::new(|| {
        INSTALL_ORDER.iter().enumerate().map(|(rank, kind)| (*kind, rank)).collect()
    });
    if helm == HelmVersion::V3 && NEW_IN_V4.contains(&kind) {
        return None;
    }
    RANKS.get(kind).copied()
}

/// Kinds that Helm 3 does not know, so that they come last there.
const NEW_IN_V4: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kinds_come_last_by_name() {
        let mut kinds = ["Widget", "Service", "MutatingWebhookConfiguration", "Namespace", "Alert"];
        kinds.sort_by_cached_key(|kind| place(HelmVersion::V3, kind));
        assert_eq!(
            kinds,
            ["Namespace", "Service", "Alert", "MutatingWebhookConfiguration", "Widget"]
        );
        kinds.sort_by_cached_key(|kind| place(HelmVersion::V4, kind));
        assert_eq!(
            kinds,
            ["Namespace", "Service", "MutatingWebhookConfiguration", "Alert", "Widget"]
        );
    }
}
