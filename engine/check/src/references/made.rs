//! Objects that are not in the plan and will be there: the cluster's own, and those that controllers make.

use std::collections::BTreeSet;

use weir_model::Value;
use weir_plan::UnitId;

use crate::index::{Index, Placed};

/// ClusterRoles that every cluster has; so are all that begin with `system:`.
const CLUSTER_ROLES: &[&str] = &["admin", "cluster-admin", "edit", "view"];

/// ConfigMaps that every namespace has.
const CONFIG_MAPS: &[&str] = &["kube-root-ca.crt", "openshift-service-ca.crt"];

/// Kinds that make a Secret, and the ways to the field with its name; the object's own name when none of them is there.
#[rustfmt::skip]
const SECRETS: &[(&str, &str, &[&[&str]])] = &[
    ("bitnami.com", "SealedSecret", &[&["spec", "template", "metadata", "name"]]),
    ("cert-manager.io", "Certificate", &[&["spec", "secretName"]]),
    ("external-secrets.io", "ExternalSecret", &[&["spec", "target", "name"]]),
    ("generators.external-secrets.io", "Password", &[]),
    ("infisical.com", "InfisicalSecret", &[&["spec", "managedSecretReference", "secretName"]]),
    ("isindir.github.com", "SopsSecret", &[]),
    ("kafka.strimzi.io", "KafkaUser", &[]),
    ("onepassword.com", "OnePasswordItem", &[]),
    ("objectbucket.io", "ObjectBucketClaim", &[]),
    ("ricoberger.de", "VaultSecret", &[]),
    ("secretgenerator.mittwald.de", "StringSecret", &[]),
    ("secrets.doppler.com", "DopplerSecret", &[&["spec", "managedSecret", "name"]]),
    ("secrets.hashicorp.com", "VaultDynamicSecret", &[&["spec", "destination", "name"]]),
    ("secrets.hashicorp.com", "VaultPKISecret", &[&["spec", "destination", "name"]]),
    ("secrets.hashicorp.com", "VaultStaticSecret", &[&["spec", "destination", "name"]]),
];

/// Kinds whose controller makes Secrets with names that begin with that of the object.
const PREFIXES: &[(&str, &str)] = &[
    ("postgresql.cnpg.io", "Cluster"),
    ("postgres-operator.crunchydata.com", "PostgresCluster"),
    ("acid.zalan.do", "postgresql"),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    ("kibana.k8s.elastic.co", "Kibana"),
    ("kafka.strimzi.io", "Kafka"),
    ("rabbitmq.com", "RabbitmqCluster"),
    ("k8s.mariadb.com", "MariaDB"),
    ("ceph.rook.io", "CephObjectStoreUser"),
    ("dragonflydb.io", "Dragonfly"),
];

/// Objects with a name of their own that a controller or the installation of Flux makes: kind, namespace (any when empty)
/// and name.
const KNOWN: &[(&str, &str, &str)] = &[
    ("ConfigMap", "", "rook-ceph-mon-endpoints"),
    ("Secret", "", "kedaorg-certs"),
    ("Secret", "", "rook-ceph-mon"),
    ("Secret", "flux-system", "flux-system"),
];

/// Objects that are not in the plan and will be there.
pub(super) struct Made<'a> {
    /// Namespace and name of Secrets; the namespace is empty when it is all of them.
    secrets: BTreeSet<(&'a str, &'a str)>,
    config_maps: BTreeSet<(&'a str, &'a str)>,
    prefixes: Vec<(&'a str, &'a str)>,
    claims: BTreeSet<(&'a str, &'a str)>,
    /// Releases with a Job among their hooks, which may make what the release asks for.
    pub(super) with_jobs: BTreeSet<&'a UnitId>,
}

impl<'a> Made<'a> {
    /// Collects what the objects of a plan make.
    pub(super) fn new(index: &Index<'a>) -> Self {
        let mut made = Self {
            secrets: BTreeSet::new(),
            config_maps: BTreeSet::new(),
            prefixes: Vec::new(),
            claims: BTreeSet::new(),
            with_jobs: BTreeSet::new(),
        };
        for placed in &index.objects {
            made.add(placed);
        }
        made
    }

    fn add(&mut self, placed: &Placed<'a>) {
        let namespace = placed.namespace.unwrap_or_default();
        let name = placed.object.id.name.as_str();
        let (group, kind) = (placed.object.id.group.as_str(), placed.object.id.kind.as_str());
        if let Some((.., ways)) = SECRETS.iter().find(|(g, k, _)| *g == group && *k == kind) {
            let named = ways.iter().find_map(|way| placed.value().pointer(way)?.as_str());
            self.secrets.insert((namespace, named.unwrap_or(name)));
        }
        if PREFIXES.contains(&(group, kind)) {
            self.prefixes.push((namespace, name));
        }
        match (group, kind) {
            ("objectbucket.io", "ObjectBucketClaim") => {
                self.config_maps.insert((namespace, name));
            }
            ("trust.cert-manager.io", "Bundle") => {
                self.config_maps.insert(("", name));
                self.secrets.insert(("", name));
            }
            ("external-secrets.io", "ClusterExternalSecret") => {
                let named = placed.value().pointer(&["spec", "externalSecretName"]);
                self.secrets.insert(("", named.and_then(Value::as_str).unwrap_or(name)));
            }
            ("networking.k8s.io", "Ingress") if is_certified(placed) => {
                let tls = placed.value().pointer(&["spec", "tls"]).and_then(Value::as_list);
                for entry in tls.unwrap_or(&[]) {
                    let secret = entry.get("secretName").and_then(Value::as_str);
                    self.secrets.extend(secret.map(|secret| (namespace, secret)));
                }
            }
            ("batch", "Job") if placed.manifest().annotation("helm.sh/hook").is_some() => {
                self.with_jobs.insert(&placed.unit.id);
            }
            ("", "Secret" | "ConfigMap") if is_copied(placed) => {
                let all = if kind == "Secret" { &mut self.secrets } else { &mut self.config_maps };
                all.insert(("", name));
            }
            ("volsync.backube", "ReplicationDestination") => {
                let claim = ["restic", "rsync", "rclone", "kopia"].iter().find_map(|mover| {
                    placed.value().pointer(&["spec", mover, "destinationPVC"])?.as_str()
                });
                self.claims.extend(claim.map(|claim| (namespace, claim)));
            }
            _ => {}
        }
    }

    /// Tells whether an object will be there although the plan does not hold it.
    pub(super) fn has(&self, group: &str, kind: &str, namespace: &str, name: &str) -> bool {
        let among = |all: &BTreeSet<(&str, &str)>| {
            all.contains(&(namespace, name)) || all.contains(&("", name))
        };
        let is_known = |(k, space, known): &(&str, &str, &str)| {
            *k == kind && *known == name && (space.is_empty() || *space == namespace)
        };
        if group.is_empty() && KNOWN.iter().any(is_known) {
            return true;
        }
        match (group, kind) {
            ("", "ServiceAccount") => name == "default",
            ("", "ConfigMap") => CONFIG_MAPS.contains(&name) || among(&self.config_maps),
            ("", "Secret") => {
                among(&self.secrets)
                    || self.prefixes.iter().any(|(space, start)| {
                        *space == namespace
                            && name.strip_prefix(start).is_some_and(|rest| rest.starts_with('-'))
                    })
            }
            ("", "PersistentVolumeClaim") => among(&self.claims),
            ("rbac.authorization.k8s.io", "ClusterRole") => {
                CLUSTER_ROLES.contains(&name) || name.starts_with("system:")
            }
            ("rbac.authorization.k8s.io", "Role") => {
                namespace == "kube-system"
                    && (name.starts_with("system:")
                        || name == "extension-apiserver-authentication-reader")
            }
            _ => false,
        }
    }
}

/// Tells whether cert-manager makes the certificates of an Ingress.
fn is_certified(placed: &Placed<'_>) -> bool {
    let annotations = placed.value().pointer(&["metadata", "annotations"]).and_then(Value::as_map);
    annotations.is_some_and(|map| {
        map.keys().any(|key| key.starts_with("cert-manager.io/") || key == "kubernetes.io/tls-acme")
    })
}

/// Tells whether another controller copies an object into other namespaces.
fn is_copied(placed: &Placed<'_>) -> bool {
    let annotations = placed.value().pointer(&["metadata", "annotations"]).and_then(Value::as_map);
    annotations.is_some_and(|map| {
        map.keys().any(|key| {
            key.starts_with("reflector.v1.k8s.emberstack.com/")
                || key.starts_with("replicator.v1.mittwald.de/")
                || key.starts_with("kubed.appscode.com/")
        })
    })
}
