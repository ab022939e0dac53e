//! Which fields of which kinds refer to what, apart from pods.

use weir_flux::names::{HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP};
use weir_model::Value;

use super::Reference;
use crate::index::Placed;

const IMAGE: &str = "image.toolkit.fluxcd.io";
const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";

/// What a field refers to.
#[derive(Clone, Copy)]
enum To {
    /// An object of this group and kind in the same namespace, by a name alone.
    Name(&'static str, &'static str),
    /// An object of this group and kind by a map with `name`, and with `namespace` where it may be another.
    Ref(&'static str, &'static str),
    /// An object by a map that also has the kind, of this group.
    Kind(&'static str),
}

/// The group and kind, the way to the field (`*` goes into lists), and what it refers to.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &[&str], To)] = &[
    ("networking.k8s.io", "Ingress", &["spec", "rules", "*", "http", "paths", "*", "backend", "service"], To::Ref("", "Service")),
    ("networking.k8s.io", "Ingress", &["spec", "defaultBackend", "service"], To::Ref("", "Service")),
    ("networking.k8s.io", "Ingress", &["spec", "tls", "*", "secretName"], To::Name("", "Secret")),
    ("autoscaling", "HorizontalPodAutoscaler", &["spec", "scaleTargetRef"], To::Kind("apps")),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"], To::Kind("rbac.authorization.k8s.io")),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"], To::Kind("rbac.authorization.k8s.io")),
    (KUSTOMIZE_GROUP, "Kustomization", &["spec", "decryption", "secretRef"], To::Ref("", "Secret")),
    (KUSTOMIZE_GROUP, "Kustomization", &["spec", "kubeConfig", "secretRef"], To::Ref("", "Secret")),
    (HELM_GROUP, "HelmRelease", &["spec", "kubeConfig", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "GitRepository", &["spec", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "GitRepository", &["spec", "verify", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "OCIRepository", &["spec", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "OCIRepository", &["spec", "certSecretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "OCIRepository", &["spec", "verify", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "HelmRepository", &["spec", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "HelmRepository", &["spec", "certSecretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "Bucket", &["spec", "secretRef"], To::Ref("", "Secret")),
    (SOURCE_GROUP, "HelmChart", &["spec", "sourceRef"], To::Kind(SOURCE_GROUP)),
    (IMAGE, "ImageRepository", &["spec", "secretRef"], To::Ref("", "Secret")),
    (IMAGE, "ImagePolicy", &["spec", "imageRepositoryRef"], To::Ref(IMAGE, "ImageRepository")),
    (IMAGE, "ImageUpdateAutomation", &["spec", "sourceRef"], To::Kind(SOURCE_GROUP)),
    (NOTIFICATION, "Alert", &["spec", "providerRef"], To::Ref(NOTIFICATION, "Provider")),
    (NOTIFICATION, "Provider", &["spec", "secretRef"], To::Ref("", "Secret")),
    (NOTIFICATION, "Receiver", &["spec", "secretRef"], To::Ref("", "Secret")),
    ("cert-manager.io", "Certificate", &["spec", "issuerRef"], To::Kind("cert-manager.io")),
    ("external-secrets.io", "ExternalSecret", &["spec", "secretStoreRef"], To::Kind("external-secrets.io")),
];

/// Kinds of the groups above that have no namespace.
const WITHOUT_NAMESPACE: &[&str] = &["ClusterRole", "ClusterIssuer", "ClusterSecretStore"];

/// Collects the references of an object.
pub(super) fn of<'a>(placed: &Placed<'a>, out: &mut Vec<Reference<'a>>) {
    for (_, _, way, to) in ROWS.iter().filter(|(group, kind, ..)| placed.is(group, kind)) {
        walk(placed, placed.value(), way, String::new(), *to, out);
    }
}

fn walk<'a>(
    placed: &Placed<'a>,
    value: &'a Value,
    way: &[&str],
    field: String,
    to: To,
    out: &mut Vec<Reference<'a>>,
) {
    match way.split_first() {
        None => out.extend(reference(placed, value, field, to)),
        Some((&"*", rest)) => {
            for (index, item) in value.as_list().unwrap_or(&[]).iter().enumerate() {
                walk(placed, item, rest, format!("{field}[{index}]"), to, out);
            }
        }
        Some((key, rest)) => {
            if let Some(inner) = value.get(key) {
                let dot = if field.is_empty() { "" } else { "." };
                walk(placed, inner, rest, format!("{field}{dot}{key}"), to, out);
            }
        }
    }
}

fn reference<'a>(
    placed: &Placed<'a>,
    value: &'a Value,
    field: String,
    to: To,
) -> Option<Reference<'a>> {
    let own = placed.namespace.unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let (group, kind, name) = match to {
        To::Name(group, kind) => (group, kind, value.as_str()?),
        To::Ref(group, kind) => (group, kind, text("name")?),
        To::Kind(group) => {
            let given = text("apiGroup").or_else(|| text("group")).or_else(|| {
                text("apiVersion").map(|version| version.split_once('/').map_or("", |(g, _)| g))
            });
            let kind = text("kind").unwrap_or(match group {
                "cert-manager.io" => "Issuer",
                "external-secrets.io" => "SecretStore",
                _ => "",
            });
            // What is of another group is not known here.
            if kind.is_empty() || given.is_some_and(|given| !given.is_empty() && given != group) {
                return None;
            }
            (group, kind, text("name")?)
        }
    };
    let namespace = match to {
        _ if WITHOUT_NAMESPACE.contains(&kind) => "",
        To::Name(..) => own,
        To::Ref(..) | To::Kind(_) => text("namespace").unwrap_or(own),
    };
    Some(Reference { group, kind, namespace, name, key: None, field, at: value.origin })
}
