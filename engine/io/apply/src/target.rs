//! Where a unit is applied, and as whom.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;
use weir_io_cluster::{Cluster, ClusterError, Resource, Resources};
use weir_model::{Manifest, ObjectId, Value};
use weir_plan::UnitId;
use weir_reconcile::policy::Policy;

use crate::assess::failure;
use crate::report::Failure;

/// How long the API server may take to tell of a kind whose definition is established.
const SERVING_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait before it is asked again.
const SERVING_PAUSE: Duration = Duration::from_millis(200);

/// A cluster as one unit sees it.
pub(crate) struct Target {
    pub(crate) cluster: Cluster,
    pub(crate) resources: Resources,
    /// Whether it is the very cluster, seen as its own user; then objects may be looked up for all units at once.
    pub(crate) is_own: bool,
}

/// An object's identity in the cluster, with its path.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) id: ObjectId,
    pub(crate) path: String,
}

impl Target {
    /// Finds the cluster of a unit: its own, as its account, or the one of its kubeconfig.
    pub(crate) async fn of_unit(
        own: &Cluster,
        resources: &Resources,
        unit: &UnitId,
        policy: &Policy,
    ) -> Result<Self, Failure> {
        let Some((secret, key)) = &policy.kube_config else {
            let cluster = as_account(own, unit, policy);
            let is_own = policy.service_account.is_none();
            return Ok(Self { cluster, resources: resources.clone(), is_own });
        };
        let failed = |error: ClusterError| {
            let doing =
                format!("could not use the kubeconfig of Secret `{}/{secret}`", unit.namespace);
            failure(&doing, &error)
        };
        let path = format!("/api/v1/namespaces/{}/secrets/{secret}", unit.namespace);
        let secret_object = own.get(&path).await.map_err(failed)?;
        let names: Vec<&str> = match key {
            Some(key) => vec![key],
            None => vec!["value", "value.yaml"],
        };
        let text = names
            .iter()
            .find_map(|name| {
                let encoded = secret_object.pointer(&["data", name]).and_then(Value::as_str)?;
                String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
            })
            .ok_or_else(|| {
                format!(
                    "Secret `{}/{secret}` has no text in `{}`",
                    unit.namespace,
                    names.join("` or `")
                )
            })?;
        let remote = Cluster::of_kubeconfig(&text, "weir").await.map_err(failed)?;
        let remote = as_account(&remote, unit, policy);
        let resources = remote.resources().await.map_err(failed)?;
        Ok(Self { cluster: remote, resources, is_own: false })
    }

    /// Finds the place of an object, or says why there is none.
    pub(crate) fn place(&self, manifest: &Manifest) -> Result<Place, String> {
        let (group, version, kind) = (manifest.group(), manifest.version(), manifest.kind());
        let resource = self.resources.of(group, version, kind).ok_or_else(|| {
            let version = manifest.api_version();
            format!(
                "{} dry-run failed: no matches for kind \"{kind}\" in version \"{version}\"",
                manifest.id()
            )
        })?;
        place(resource, manifest.id())
    }

    /// Finds the place of an object of an inventory, in its recorded version or else the preferred one.
    pub(crate) fn place_of_entry(&self, id: &ObjectId, version: &str) -> Option<Place> {
        let resource = self
            .resources
            .of(&id.group, version, &id.kind)
            .or_else(|| self.resources.preferred(&id.group, &id.kind))?;
        place(resource, id.clone()).ok()
    }
}

/// Asks what the API server serves, until the kinds of these definitions are among it: it tells of them a moment after they
/// are established. When that takes too long it is as it is, and who needs a kind says that it is missing.
pub(crate) async fn serving(
    cluster: &Cluster,
    definitions: impl Iterator<Item = &Manifest>,
) -> Result<Resources, ClusterError> {
    let kinds: Vec<(String, String, String)> = definitions.flat_map(defined).collect();
    let until = Instant::now() + SERVING_LIMIT;
    loop {
        let resources = cluster.resources().await?;
        let is_served = |(group, version, kind): &(String, String, String)| {
            resources.of(group, version, kind).is_some()
        };
        if kinds.iter().all(is_served) || Instant::now() >= until {
            return Ok(resources);
        }
        tokio::time::sleep(SERVING_PAUSE).await;
    }
}

/// Returns group, version and kind of what a definition has the API server serve; nothing for other objects.
fn defined(definition: &Manifest) -> Vec<(String, String, String)> {
    if definition.kind() != "CustomResourceDefinition" {
        return Vec::new();
    }
    let Some(spec) = definition.spec() else { return Vec::new() };
    let text =
        |path: &[&str]| spec.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (group, kind) = (text(&["group"]), text(&["names", "kind"]));
    let versions = spec.get("versions").and_then(Value::as_list).unwrap_or_default();
    let served = versions
        .iter()
        .filter(|version| version.get("served").and_then(Value::as_bool).unwrap_or_default());
    served
        .filter_map(|version| version.get("name").and_then(Value::as_str))
        .map(|version| (group.clone(), version.to_owned(), kind.clone()))
        .collect()
}

/// An object of a kind without namespaces loses the one it names, as it does in the API server.
fn place(resource: &Resource, mut id: ObjectId) -> Result<Place, String> {
    if !resource.namespaced {
        id.namespace = None;
    } else if id.namespace.is_none() {
        return Err(format!("{id} namespace not specified"));
    }
    Ok(Place { path: resource.object_path(&id), id })
}

fn as_account(cluster: &Cluster, unit: &UnitId, policy: &Policy) -> Cluster {
    match &policy.service_account {
        Some(name) => cluster.as_user(&format!("system:serviceaccount:{}:{name}", unit.namespace)),
        None => cluster.clone(),
    }
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn a_definition_says_what_is_to_be_served() {
        let kinds = |text: &str| {
            let value = weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
            defined(&Manifest::new(value).unwrap())
        };
        let own = |version: &str| ("x.io".to_owned(), version.to_owned(), "Gadget".to_owned());
        let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gadgets.x.io}\nspec:\n  group: x.io\n  names: {kind: Gadget}\n  versions: [{name: v1, served: true}, {name: v0, served: false}, {name: v2, served: true}]\n";
        assert_eq!(kinds(definition), [own("v1"), own("v2")]);
        assert_eq!(kinds("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"), []);
        let bare = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n";
        assert_eq!(kinds(bare), []);
    }
}
