//! The order in which kinds are installed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::HelmVersion;

/// Compares two kinds by Helm's installation order: known kinds by the table, then all others by name.
pub(crate) fn compare(helm: HelmVersion, a: &str, b: &str) -> Ordering {
    match (rank(helm, a), rank(helm, b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
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
        kinds.sort_by(|a, b| compare(HelmVersion::V3, a, b));
        assert_eq!(
            kinds,
            ["Namespace", "Service", "Alert", "MutatingWebhookConfiguration", "Widget"]
        );
        kinds.sort_by(|a, b| compare(HelmVersion::V4, a, b));
        assert_eq!(
            kinds,
            ["Namespace", "Service", "MutatingWebhookConfiguration", "Alert", "Widget"]
        );
    }
}
