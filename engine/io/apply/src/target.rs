//! Where a unit is applied, and as whom.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use weir_io_cluster::{Cluster, ClusterError, Resource, Resources};
use weir_model::{Manifest, ObjectId, Value};
use weir_plan::UnitId;
use weir_reconcile::policy::Policy;

use crate::assess::failure;
use crate::report::Failure;

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
