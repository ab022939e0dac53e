//! kyaml's formatter: the order of fields that people write.

use weir_yaml::{Content, Node, Pair};

/// Fields in the order in which they are written; others follow, sorted by name.
#[rustfmt::skip]
const ORDER: &[&str] = &[
    // every object
    "name", "generateName", "namespace", "clusterName", "apiVersion", "kind", "metadata", "type", "labels",
    "annotations", "spec", "status",
    // Secret, ConfigMap
    "stringData", "data", "binaryData",
    // workloads
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "replicas", "selector", "manualSelector",
    "template", "ttlSecondsAfterFinished", "volumeClaimTemplates", "service", "serviceName", "podManagementPolicy",
    "updateStrategy", "strategy", "minReadySeconds", "revision", "revisionHistoryLimit", "paused",
    "progressDeadlineSeconds",
    // pods
    "restartPolicy", "terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "serviceAccountName",
    "serviceAccount", "automountServiceAccountToken", "nodeName", "hostNetwork", "hostPID", "hostIPC",
    "shareProcessNamespace", "hostname", "subdomain", "schedulerName", "priorityClassName", "priority",
    "runtimeClassName", "enableServiceLinks", "nodeSelector", "hostAliases", "initContainers", "containers",
    "volumes", "securityContext", "imagePullSecrets", "affinity", "tolerations", "dnsConfig", "readinessGates",
    // containers
    "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources", "volumeMounts",
    "volumeDevices", "livenessProbe", "readinessProbe", "lifecycle", "terminationMessagePath",
    "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce", "tty",
    // Service
    "clusterIP", "externalIPs", "loadBalancerIP", "loadBalancerSourceRanges", "externalName",
    "externalTrafficPolicy", "sessionAffinity",
    // ports
    "protocol", "port", "targetPort", "hostPort", "containerPort", "hostIP",
    // volume mounts
    "readOnly", "mountPath", "subPath", "subPathExpr", "mountPropagation",
    // environment
    "value", "valueFrom", "fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "prefix",
    "configMapRef", "secretRef",
];

/// The annotation that says whether an object is formatted.
const ANNOTATION: &str = "config.kubernetes.io/formatting";

/// The lists whose order means nothing, with the field by which they are sorted; empty for scalars.
const SORTED_LISTS: &[(&str, &str)] =
    &[(".spec.template.spec.containers", "name"), (".webhooks.rules.operations", "")];

/// The kinds whose lists are sorted.
#[rustfmt::skip]
const SORTED_KINDS: &[&str] = &[
    "CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet", "ValidatingWebhookConfiguration",
];

/// The API versions whose lists are sorted.
#[rustfmt::skip]
const SORTED_VERSIONS: &[&str] = &[
    "apps/v1", "apps/v1beta1", "apps/v1beta2", "batch/v1", "batch/v1beta1", "extensions/v1beta1", "v1",
    "admissionregistration.k8s.io/v1",
];

/// Why an object could not be formatted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("formatting annotation has illegal value {0}")]
pub struct FormatError(pub String);

/// Orders the fields of an object as people write them, and the elements of the few lists whose order means nothing.
/// An object without `kind` or `apiVersion`, or one that says so by annotation, stays as it is.
pub fn format(object: &mut Node) -> Result<(), FormatError> {
    match object.pointer(&["metadata", "annotations", ANNOTATION]).and_then(Node::text) {
        None | Some("standard") => {}
        Some("none") => return Ok(()),
        Some(other) => return Err(FormatError(other.into())),
    }
    let text = |key| object.get(key).map(|node: &Node| node.text().unwrap_or_default());
    let (Some(kind), Some(api_version)) = (text("kind"), text("apiVersion")) else { return Ok(()) };
    let sorts = SORTED_KINDS.contains(&kind) && SORTED_VERSIONS.contains(&api_version);
    order(object, &mut String::new(), sorts);
    Ok(())
}

fn order(node: &mut Node, path: &mut String, sorts: bool) {
    match &mut node.content {
        Content::Mapping(pairs) => {
            pairs.sort_by_cached_key(rank);
            for Pair { key, value } in pairs {
                let length = path.len();
                path.push('.');
                path.push_str(key.text().unwrap_or_default());
                order(value, path, sorts);
                path.truncate(length);
            }
        }
        Content::Sequence(items) => {
            if let (true, Some((_, by))) =
                (sorts, SORTED_LISTS.iter().find(|(list, _)| list == path))
            {
                items.sort_by_cached_key(|item| {
                    let field = if by.is_empty() { Some(item) } else { item.get(by) };
                    field.and_then(Node::text).unwrap_or_default().to_owned()
                });
            }
            items.iter_mut().for_each(|item| order(item, path, sorts));
        }
        Content::Scalar(..) | Content::Alias(_) => {}
    }
}

/// Returns the place of a field. Of a name that stands twice in the order, the later place counts.
fn rank(pair: &Pair) -> (usize, String) {
    let name = pair.key.text().unwrap_or_default();
    match ORDER.iter().rposition(|known| *known == name) {
        Some(place) => (place, String::new()),
        None => (ORDER.len(), name.to_owned()),
    }
}
