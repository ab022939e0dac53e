//! Differences without a meaning: defaults that are written or not, and lists whose order says nothing.

use weir_model::{Data, ObjectId, Value};

use super::cause::CauseKind;
use crate::fields::Difference;

/// Defaults of the API server: where the field stands, counted from the end, and its value as JSON writes it. A step
/// `[]` is an item of a list.
const DEFAULTS: &[(&[&str], &str)] = &[
    (&["[]", "dnsPolicy"], "ClusterFirst"),
    (&["[]", "readinessProbe", "failureThreshold"], "3"),
    (&["[]", "livenessProbe", "failureThreshold"], "3"),
    (&["[]", "readinessProbe", "periodSeconds"], "10"),
    (&["[]", "livenessProbe", "periodSeconds"], "10"),
    (&["[]", "readinessProbe", "successThreshold"], "1"),
    (&["[]", "livenessProbe", "successThreshold"], "1"),
    (&["[]", "readinessProbe", "timeoutSeconds"], "1"),
    (&["[]", "livenessProbe", "timeoutSeconds"], "1"),
    (&["[]", "terminationMessagePath"], "/dev/termination-log"),
    (&["[]", "terminationMessagePolicy"], "File"),
    (&["ports", "[]", "protocol"], "TCP"),
    (&["httpGet", "scheme"], "HTTP"),
    (&["template", "spec", "dnsPolicy"], "ClusterFirst"),
    (&["template", "spec", "enableServiceLinks"], "true"),
    (&["template", "spec", "hostIPC"], "false"),
    (&["template", "spec", "hostNetwork"], "false"),
    (&["template", "spec", "hostPID"], "false"),
    (&["template", "spec", "schedulerName"], "default-scheduler"),
    (&["template", "spec", "terminationGracePeriodSeconds"], "30"),
    (&["spec", "progressDeadlineSeconds"], "600"),
    (&["spec", "revisionHistoryLimit"], "10"),
    (&["spec", "podManagementPolicy"], "OrderedReady"),
    (&["spec", "sessionAffinity"], "None"),
    (&["spec", "internalTrafficPolicy"], "Cluster"),
    (&["spec", "concurrencyPolicy"], "Allow"),
    (&["spec", "successfulJobsHistoryLimit"], "3"),
    (&["spec", "failedJobsHistoryLimit"], "1"),
    (&["spec", "suspend"], "false"),
];

/// Defaults of one kind.
const KIND_DEFAULTS: &[(&str, &[&str], &str)] = &[
    ("Deployment", &["spec", "replicas"], "1"),
    ("StatefulSet", &["spec", "replicas"], "1"),
    ("Service", &["spec", "type"], "ClusterIP"),
    ("Deployment", &["strategy", "type"], "RollingUpdate"),
    ("StatefulSet", &["updateStrategy", "type"], "RollingUpdate"),
    ("DaemonSet", &["updateStrategy", "type"], "RollingUpdate"),
    ("Deployment", &["template", "spec", "restartPolicy"], "Always"),
    ("StatefulSet", &["template", "spec", "restartPolicy"], "Always"),
    ("DaemonSet", &["template", "spec", "restartPolicy"], "Always"),
    ("PersistentVolumeClaim", &["spec", "volumeMode"], "Filesystem"),
    ("Secret", &["type"], "Opaque"),
];

/// Fields that mean the same empty as absent.
const EMPTY: [&str; 18] = [
    "affinity",
    "annotations",
    "args",
    "command",
    "env",
    "envFrom",
    "imagePullSecrets",
    "initContainers",
    "labels",
    "nodeSelector",
    "ports",
    "resources",
    "securityContext",
    "tolerations",
    "topologySpreadConstraints",
    "volumeDevices",
    "volumeMounts",
    "volumes",
];

/// Lists of the built-in kinds whose order means nothing.
const SETS: [&str; 15] = [
    "accessModes",
    "apiGroups",
    "imagePullSecrets",
    "nonResourceURLs",
    "policyTypes",
    "ports",
    "resourceNames",
    "resources",
    "rules",
    "secrets",
    "subjects",
    "tolerations",
    "verbs",
    "volumeMounts",
    "volumes",
];

/// Groups of the API server's own kinds; what a definition's kinds mean by an order or a default is not known.
const BUILT_IN: [&str; 11] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Says whether a difference means nothing to the API server.
pub(super) fn reason(id: &ObjectId, difference: &Difference<'_>) -> Option<CauseKind> {
    if !BUILT_IN.contains(&id.group.as_str()) {
        return None;
    }
    let keys = difference.keys;
    let last = keys.last()?.as_str();
    // In a ConfigMap every entry counts.
    if keys.first().is_some_and(|first| first == "data" || first == "stringData") {
        return None;
    }
    if difference.only_order {
        return SETS.contains(&last).then_some(CauseKind::Order);
    }
    let (before, after) = (difference.before, difference.after);
    let ((None, Some(written)) | (Some(written), None)) = (before, after) else { return None };
    let ends_with = |path: &[&str]| {
        path.len() <= keys.len()
            && path.iter().rev().zip(keys.iter().rev()).all(|(step, key)| step == key)
    };
    let text = plain(written);
    let is_default = |default: &str| text.as_deref() == Some(default);
    let known = DEFAULTS.iter().any(|(path, value)| is_default(value) && ends_with(path))
        || KIND_DEFAULTS
            .iter()
            .any(|(kind, path, value)| id.kind == *kind && is_default(value) && ends_with(path));
    let empty = EMPTY.contains(&last) && is_empty(written);
    (known || empty || written.is_null()).then_some(CauseKind::Default)
}

fn plain(value: &Value) -> Option<String> {
    match &value.data {
        Data::Bool(value) => Some(value.to_string()),
        Data::String(text) => Some(text.to_string()),
        _ => value.as_int().map(|number| number.to_string()),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_map().is_some_and(weir_model::Map::is_empty)
        || value.as_list().is_some_and(<[Value]>::is_empty)
}
