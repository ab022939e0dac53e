//! API versions that are not served any more, not yet, or not much longer.

use weir_model::Manifest;

use crate::report::Finding;
use crate::rules;
use crate::schema::kubernetes::Kubernetes;
use crate::schemas::Schemas;

/// API versions of Kubernetes that went before the oldest version in the table: kinds (all when empty), the version that
/// first lacks them, and what is there instead.
const REMOVED: &[(&str, &[&str], &str, &str)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "1.22",
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", &[], "1.22", "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &[], "1.22", "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", &[], "1.16", "apps/v1"),
    ("apps/v1beta2", &[], "1.16", "apps/v1"),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], "1.22", "authentication.k8s.io/v1"),
    ("autoscaling/v2beta1", &[], "1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", &[], "1.26", "autoscaling/v2"),
    ("batch/v1beta1", &[], "1.25", "batch/v1"),
    ("batch/v2alpha1", &[], "1.21", "batch/v1"),
    (
        "certificates.k8s.io/v1beta1",
        &["CertificateSigningRequest"],
        "1.22",
        "certificates.k8s.io/v1",
    ),
    ("coordination.k8s.io/v1beta1", &["Lease"], "1.22", "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &[], "1.25", "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &[], "1.25", "events.k8s.io/v1"),
    ("extensions/v1beta1", &["Ingress"], "1.22", "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["NetworkPolicy"], "1.16", "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["PodSecurityPolicy"], "1.16", "Pod Security Admission"),
    ("extensions/v1beta1", &[], "1.16", "apps/v1"),
    ("flowcontrol.apiserver.k8s.io/v1alpha1", &[], "1.24", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "1.26", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "1.29", "flowcontrol.apiserver.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "1.22", "networking.k8s.io/v1"),
    ("node.k8s.io/v1alpha1", &[], "1.22", "node.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &[], "1.25", "node.k8s.io/v1"),
    ("policy/v1beta1", &["PodDisruptionBudget"], "1.25", "policy/v1"),
    ("policy/v1beta1", &["PodSecurityPolicy"], "1.25", "Pod Security Admission"),
    ("rbac.authorization.k8s.io/v1alpha1", &[], "1.22", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "1.22", "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "1.22", "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "1.22", "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "1.22",
        "storage.k8s.io/v1",
    ),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "1.27", "storage.k8s.io/v1"),
];

/// API versions that are served and will go.
const DEPRECATED: &[(&str, &str, &str, &str)] = &[
    ("v1", "Endpoints", "Kubernetes 1.33", "EndpointSlice of discovery.k8s.io/v1"),
    ("v1", "ComponentStatus", "Kubernetes 1.19", "the health endpoints of the components"),
];

/// The version of Flux that the table below is about.
const FLUX: &str = "2.9";

/// API versions that Flux served once and does not serve any more.
const REMOVED_OF_FLUX: &[(&str, &str)] = &[
    ("helm.toolkit.fluxcd.io/v2beta1", "helm.toolkit.fluxcd.io/v2"),
    ("helm.toolkit.fluxcd.io/v2beta2", "helm.toolkit.fluxcd.io/v2"),
    ("image.toolkit.fluxcd.io/v1alpha1", "image.toolkit.fluxcd.io/v1"),
    ("image.toolkit.fluxcd.io/v1alpha2", "image.toolkit.fluxcd.io/v1"),
    ("image.toolkit.fluxcd.io/v1beta1", "image.toolkit.fluxcd.io/v1"),
    ("image.toolkit.fluxcd.io/v1beta2", "image.toolkit.fluxcd.io/v1"),
    ("kustomize.toolkit.fluxcd.io/v1beta1", "kustomize.toolkit.fluxcd.io/v1"),
    ("kustomize.toolkit.fluxcd.io/v1beta2", "kustomize.toolkit.fluxcd.io/v1"),
    ("notification.toolkit.fluxcd.io/v1beta1", "notification.toolkit.fluxcd.io/v1beta3"),
    ("notification.toolkit.fluxcd.io/v1beta2", "notification.toolkit.fluxcd.io/v1beta3"),
    ("source.toolkit.fluxcd.io/v1beta1", "source.toolkit.fluxcd.io/v1"),
    ("source.toolkit.fluxcd.io/v1beta2", "source.toolkit.fluxcd.io/v1"),
];

/// Checks whether the API version of an object is served.
pub(crate) fn check(manifest: &Manifest, schemas: &Schemas<'_>, found: &mut Vec<Finding>) {
    let (api_version, kind) = (manifest.api_version(), manifest.kind());
    let at = manifest.value().get("apiVersion").map(|value| value.origin);
    let mut add = |finding: Finding| {
        found.push(finding.field("apiVersion").at(at.unwrap_or_default()));
    };
    let version = schemas.kubernetes.version;
    if let Some(served) = schemas.kubernetes(manifest) {
        let deprecated = DEPRECATED.iter().find(|(a, k, ..)| *a == api_version && *k == kind);
        if let Some((_, _, since, instead)) = deprecated {
            let message = format!("`{kind}` of `{api_version}` is deprecated since {since}");
            add(Finding::new(rules::DEPRECATED_API, message).hint(format!("use {instead}")));
        }
        let span = Kubernetes::span(served);
        if let (None, Some((first, last))) = (served.node, span) {
            let message = format!(
                "`{kind}` of `{api_version}` is not served by Kubernetes {version}; {first} to {last} serve it"
            );
            add(Finding::new(rules::REMOVED_API, message).hint(
                "use a version that is served, or check against another one with `--kube-version`",
            ));
        }
        return;
    }
    if schemas.is_defined(api_version, kind) {
        return;
    }
    let removed = REMOVED
        .iter()
        .find(|(a, kinds, ..)| *a == api_version && (kinds.is_empty() || kinds.contains(&kind)));
    if let Some((_, _, since, instead)) = removed {
        let message = format!("`{kind}` of `{api_version}` is gone since Kubernetes {since}");
        let hint = format!(
            "use `{instead}`; a chart that chooses by what the cluster serves is told with `--api-versions`"
        );
        add(Finding::new(rules::REMOVED_API, message).hint(hint));
    }
    let removed = REMOVED_OF_FLUX.iter().find(|(other, _)| *other == api_version);
    if let Some((_, instead)) = removed {
        let message = format!("`{api_version}` is not served by Flux {FLUX}");
        add(Finding::new(rules::REMOVED_API, message).hint(format!("use `{instead}`")));
    }
}
