//! The built-in tables: which fields of which kinds each transformer changes.
//!
//! A kind is written `Kind`, `Kind@version`, `Kind/group` or `Kind@version/group`; empty means any.

use super::{BackReference, TransformerConfig};
use crate::fields::FieldSpec;

/// A kind, a path, and whether a missing field is made.
type Row = (&'static str, &'static str, bool);

const NAME: &[Row] = &[("", "metadata/name", false)];

const NAMESPACE: &[Row] = &[
    ("Namespace", "metadata/name", true),
    ("APIService/apiregistration.k8s.io", "spec/service/namespace", true),
    (
        "CustomResourceDefinition/apiextensions.k8s.io",
        "spec/conversion/webhook/clientConfig/service/namespace",
        false,
    ),
];

/// The selectors of `commonLabels`; the labels of [`METADATA_LABELS`] and [`CLAIM_LABELS`] come on top.
const SELECTORS: &[Row] = &[
    ("Service@v1", "spec/selector", true),
    ("ReplicationController@v1", "spec/selector", true),
    ("Deployment", "spec/selector/matchLabels", true),
    ("ReplicaSet", "spec/selector/matchLabels", true),
    ("DaemonSet", "spec/selector/matchLabels", true),
    ("StatefulSet/apps", "spec/selector/matchLabels", true),
    ("Job/batch", "spec/selector/matchLabels", false),
    ("CronJob/batch", "spec/jobTemplate/spec/selector/matchLabels", false),
    ("PodDisruptionBudget/policy", "spec/selector/matchLabels", false),
    ("NetworkPolicy/networking.k8s.io", "spec/podSelector/matchLabels", false),
    ("NetworkPolicy/networking.k8s.io", "spec/ingress/from/podSelector/matchLabels", false),
    ("NetworkPolicy/networking.k8s.io", "spec/egress/to/podSelector/matchLabels", false),
];

/// The selectors in the pod templates of Deployments and StatefulSets.
const TEMPLATE_SELECTORS: &[&str] = &[
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
];

const METADATA_LABELS: &[Row] = &[
    ("", "metadata/labels", true),
    ("ReplicationController@v1", "spec/template/metadata/labels", true),
    ("Deployment", "spec/template/metadata/labels", true),
    ("ReplicaSet", "spec/template/metadata/labels", true),
    ("DaemonSet", "spec/template/metadata/labels", true),
    ("StatefulSet/apps", "spec/template/metadata/labels", true),
    ("Job/batch", "spec/template/metadata/labels", true),
    ("CronJob/batch", "spec/jobTemplate/metadata/labels", true),
    ("CronJob/batch", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const CLAIM_LABELS: &[Row] =
    &[("StatefulSet/apps", "spec/volumeClaimTemplates[]/metadata/labels", true)];

const ANNOTATIONS: &[Row] = &[
    ("", "metadata/annotations", true),
    ("ReplicationController@v1", "spec/template/metadata/annotations", true),
    ("Deployment", "spec/template/metadata/annotations", true),
    ("ReplicaSet", "spec/template/metadata/annotations", true),
    ("DaemonSet", "spec/template/metadata/annotations", true),
    ("StatefulSet", "spec/template/metadata/annotations", true),
    ("Job/batch", "spec/template/metadata/annotations", true),
    ("CronJob/batch", "spec/jobTemplate/metadata/annotations", true),
    ("CronJob/batch", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

const IMAGES: &[Row] = &[
    ("", "spec/containers[]/image", true),
    ("", "spec/initContainers[]/image", true),
    ("", "spec/volumes[]/image/reference", true),
    ("", "spec/template/spec/containers[]/image", true),
    ("", "spec/template/spec/initContainers[]/image", true),
    ("", "spec/template/spec/volumes[]/image/reference", true),
    ("", "spec/jobTemplate/spec/template/spec/volumes[]/image/reference", true),
];

const REPLICAS: &[Row] = &[
    ("Deployment", "spec/replicas", true),
    ("ReplicationController", "spec/replicas", true),
    ("ReplicaSet", "spec/replicas", true),
    ("StatefulSet", "spec/replicas", true),
];

/// Kinds with a pod in them, and where its spec stands.
const POD_SPECS: &[(&str, &str)] = &[
    ("Pod@v1", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// The kinds with a pod in which service accounts, claims and priorities are looked for.
const RUNNING_POD_SPECS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

/// The kinds with a pod in which vars are looked for.
const VAR_POD_SPECS: &[(&str, &str)] = &[
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("Pod", "spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
];

const VAR_POD_FIELDS: &[&str] = &[
    "containers/args",
    "containers/command",
    "containers/env/value",
    "containers/volumeMounts/mountPath",
    "initContainers/args",
    "initContainers/command",
    "initContainers/env/value",
    "initContainers/volumeMounts/mountPath",
];

const VARS: &[Row] = &[
    ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server", false),
    ("DaemonSet", "spec/template/spec/volumes/nfs/server", false),
    ("Deployment", "spec/template/spec/volumes/nfs/server", false),
    ("Job", "spec/template/spec/volumes/nfs/server", false),
    ("Pod", "spec/volumes/nfs/server", false),
    ("ReplicaSet", "spec/template/spec/volumes/nfs/server", false),
    ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server", false),
    ("Deployment", "spec/template/metadata/annotations", false),
    ("Ingress", "spec/rules/host", false),
    ("Ingress", "spec/tls/hosts", false),
    ("Ingress", "spec/tls/secretName", false),
    ("Service", "spec/ports/port", false),
    ("Service", "spec/ports/targetPort", false),
    ("PersistentVolume", "spec/nfs/server", false),
    ("", "metadata/labels", false),
    ("", "metadata/annotations", false),
];

/// A kind whose name others hold: in these fields of pods of those kinds, and in these other fields.
struct Target {
    kind: &'static str,
    pods: &'static [(&'static str, &'static str)],
    pod_fields: &'static [&'static str],
    others: &'static [(&'static str, &'static str)],
}

const SCALED: &[(&str, &str)] = &[("HorizontalPodAutoscaler", "spec/scaleTargetRef/name")];

const TARGETS: &[Target] = &[
    Target { kind: "Deployment", pods: &[], pod_fields: &[], others: SCALED },
    Target { kind: "ReplicationController", pods: &[], pod_fields: &[], others: SCALED },
    Target { kind: "ReplicaSet", pods: &[], pod_fields: &[], others: SCALED },
    Target { kind: "StatefulSet", pods: &[], pod_fields: &[], others: SCALED },
    Target {
        kind: "ConfigMap@v1",
        pods: POD_SPECS,
        pod_fields: &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
        others: &[
            ("Node", "spec/configSource/configMap"),
            ("Role", "rules/resourceNames"),
            ("ClusterRole", "rules/resourceNames"),
            (
                "Ingress",
                "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
            ),
        ],
    },
    Target {
        kind: "Secret@v1",
        pods: POD_SPECS,
        pod_fields: &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
        others: &[
            ("Ingress", "spec/tls/secretName"),
            ("Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
            ("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
            ("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
            ("ServiceAccount", "imagePullSecrets/name"),
            ("StorageClass", "parameters/secretName"),
            ("StorageClass", "parameters/adminSecretName"),
            ("StorageClass", "parameters/userSecretName"),
            ("StorageClass", "parameters/secretRef"),
            ("Role", "rules/resourceNames"),
            ("ClusterRole", "rules/resourceNames"),
            (
                "Service@v1/serving.knative.dev",
                "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            ),
            ("PersistentVolume", "spec/azureFile/secretName"),
        ],
    },
    Target {
        kind: "Service@v1",
        pods: &[],
        pod_fields: &[],
        others: &[
            ("StatefulSet/apps", "spec/serviceName"),
            ("Ingress", "spec/rules/http/paths/backend/serviceName"),
            ("Ingress", "spec/backend/serviceName"),
            ("Ingress", "spec/rules/http/paths/backend/service/name"),
            ("Ingress", "spec/defaultBackend/service/name"),
            ("APIService/apiregistration.k8s.io", "spec/service/name"),
            (
                "ValidatingWebhookConfiguration/admissionregistration.k8s.io",
                "webhooks/clientConfig/service",
            ),
            (
                "MutatingWebhookConfiguration/admissionregistration.k8s.io",
                "webhooks/clientConfig/service",
            ),
        ],
    },
    Target {
        kind: "Role/rbac.authorization.k8s.io",
        pods: &[],
        pod_fields: &[],
        others: &[("RoleBinding/rbac.authorization.k8s.io", "roleRef/name")],
    },
    Target {
        kind: "ClusterRole/rbac.authorization.k8s.io",
        pods: &[],
        pod_fields: &[],
        others: &[
            ("RoleBinding/rbac.authorization.k8s.io", "roleRef/name"),
            ("ClusterRoleBinding/rbac.authorization.k8s.io", "roleRef/name"),
        ],
    },
    Target {
        kind: "ServiceAccount@v1",
        pods: RUNNING_POD_SPECS,
        pod_fields: &["serviceAccountName"],
        others: &[
            ("RoleBinding/rbac.authorization.k8s.io", "subjects"),
            ("ClusterRoleBinding/rbac.authorization.k8s.io", "subjects"),
        ],
    },
    Target {
        kind: "PersistentVolumeClaim@v1",
        pods: RUNNING_POD_SPECS,
        pod_fields: &["volumes/persistentVolumeClaim/claimName"],
        others: &[],
    },
    Target {
        kind: "PersistentVolume@v1",
        pods: &[],
        pod_fields: &[],
        others: &[
            ("PersistentVolumeClaim", "spec/volumeName"),
            ("ClusterRole", "rules/resourceNames"),
        ],
    },
    Target {
        kind: "StorageClass@v1/storage.k8s.io",
        pods: &[],
        pod_fields: &[],
        others: &[
            ("PersistentVolume", "spec/storageClassName"),
            ("PersistentVolumeClaim", "spec/storageClassName"),
            ("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
        ],
    },
    Target {
        kind: "PriorityClass@v1/scheduling.k8s.io",
        pods: RUNNING_POD_SPECS,
        pod_fields: &["priorityClassName"],
        others: &[],
    },
    // The group is written so upstream, and matches nothing.
    Target {
        kind: "IngressClass@v1/networking.k8s.io/v1",
        pods: &[],
        pod_fields: &[],
        others: &[("Ingress", "spec/ingressClassName")],
    },
    Target {
        kind: "ValidatingAdmissionPolicy/admissionregistration.k8s.io",
        pods: &[],
        pod_fields: &[],
        others: &[(
            "ValidatingAdmissionPolicyBinding/admissionregistration.k8s.io",
            "spec/policyName",
        )],
    },
];

/// Builds the configuration from the tables.
pub(super) fn builtin() -> TransformerConfig {
    let mut config = TransformerConfig {
        name_prefix: specs(NAME),
        name_suffix: specs(NAME),
        namespace: specs(NAMESPACE),
        common_labels: specs(SELECTORS),
        labels: Vec::new(),
        template_labels: specs(METADATA_LABELS),
        volume_claim_template_labels: specs(CLAIM_LABELS),
        common_annotations: specs(ANNOTATIONS),
        name_reference: TARGETS.iter().map(back_reference).collect(),
        var_reference: Vec::new(),
        images: specs(IMAGES),
        replicas: specs(REPLICAS),
    };
    for kind in ["Deployment/apps", "StatefulSet/apps"] {
        for field in TEMPLATE_SELECTORS {
            config.common_labels.push(spec(kind, format!("spec/template/spec/{field}"), false));
        }
    }
    config.common_labels.extend(specs(METADATA_LABELS));
    config.common_labels.extend(specs(CLAIM_LABELS));
    config.var_reference = in_pods(VAR_POD_SPECS, VAR_POD_FIELDS);
    config.var_reference.extend(specs(VARS));
    config.sort();
    config
}

fn back_reference(target: &Target) -> BackReference {
    let FieldSpec { group, version, kind, .. } = spec(target.kind, String::new(), false);
    let mut referrers = in_pods(target.pods, target.pod_fields);
    referrers.extend(target.others.iter().map(|(kind, path)| spec(kind, (*path).into(), false)));
    BackReference { group, version, kind, referrers }
}

fn in_pods(pods: &[(&str, &str)], fields: &[&str]) -> Vec<FieldSpec> {
    pods.iter()
        .flat_map(|(kind, pod)| {
            fields.iter().map(move |field| spec(kind, format!("{pod}/{field}"), false))
        })
        .collect()
}

fn specs(rows: &[Row]) -> Vec<FieldSpec> {
    rows.iter().map(|(kind, path, create)| spec(kind, (*path).into(), *create)).collect()
}

fn spec(kind: &str, path: String, create: bool) -> FieldSpec {
    let (kind, group) = kind.split_once('/').unwrap_or((kind, ""));
    let (kind, version) = kind.split_once('@').unwrap_or((kind, ""));
    FieldSpec { group: group.into(), version: version.into(), kind: kind.into(), path, create }
}
