//! The order in which kinds are installed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use weir_model::SmolStr;

use crate::HelmVersion;

/// Returns a kind's place in Helm's installation order: known kinds by the table, then all others by name.
pub(crate) fn place(helm: HelmVersion, kind: &str) -> (usize, SmolStr) {
    rank(helm, kind).map_or_else(|| (usize::MAX, kind.into()), |rank| (rank, SmolStr::default()))
}

/// Compares two kinds by the order in which Helm 4 deletes them: the other way round than they are installed, but for
/// services, which go before what is behind them. Unknown kinds come last, by name.
pub fn compare_for_deletion(a: &str, b: &str) -> Ordering {
    let place = |kind: &str| {
        let installed = |kind| rank(HelmVersion::V4, kind).map(std::cmp::Reverse);
        match kind {
            "Service" => (installed("IngressClass"), 1),
            _ => (installed(kind), 0),
        }
    };
    match (place(a), place(b)) {
        ((None, _), (None, _)) => a.cmp(b),
        ((None, _), _) => Ordering::Greater,
        (_, (None, _)) => Ordering::Less,
        (a, b) => a.cmp(&b),
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
    fn services_are_deleted_before_what_is_behind_them() {
        let mut kinds = [
            "Widget",
            "Namespace",
            "ConfigMap",
            "Deployment",
            "Service",
            "Ingress",
            "CronJob",
            "Alert",
        ];
        kinds.sort_by(|a, b| compare_for_deletion(a, b));
        assert_eq!(
            kinds,
            [
                "Ingress",
                "Service",
                "CronJob",
                "Deployment",
                "ConfigMap",
                "Namespace",
                "Alert",
                "Widget"
            ]
        );
    }

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
