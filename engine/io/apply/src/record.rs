//! The record of what was applied: `status.inventory` of the unit's own Flux object.

use std::collections::{BTreeMap, BTreeSet};

use weir_io_cluster::{Cluster, ClusterError, Patch, Resource, Resources};
use weir_model::{Manifest, Map, ObjectId, Value};
use weir_plan::{UnitId, UnitKind};
use weir_reconcile::inventory::Inventory;

use crate::STATUS_MANAGER;
use crate::live::find;

/// The group of Kustomizations.
pub(crate) const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// The Flux objects of the cluster.
pub(crate) struct Records {
    resource: Option<Resource>,
    objects: BTreeMap<UnitId, Manifest>,
}

/// The record of one unit.
pub(crate) struct Record {
    path: String,
    /// The Flux object as it is in the cluster.
    pub(crate) object: Manifest,
    /// What it recorded.
    pub(crate) inventory: Inventory,
    /// The ids that could not be read.
    pub(crate) unread: Vec<String>,
}

impl Records {
    /// Lists the Kustomizations of the cluster; none where Flux is not installed.
    pub(crate) async fn of(cluster: &Cluster, resources: &Resources) -> Result<Self, ClusterError> {
        let resource = resources.preferred(GROUP, "Kustomization").cloned();
        let listed = match &resource {
            Some(resource) => match cluster.list(&resource.path(None), "").await {
                // Who may not list them may still read those of the plan.
                Err(error) if error.code() == Some(403) => Vec::new(),
                listed => listed?,
            },
            None => Vec::new(),
        };
        let mut objects = BTreeMap::new();
        for manifest in listed.into_iter().filter_map(|object| Manifest::new(object).ok()) {
            objects.insert(unit_of(&manifest.id()), manifest);
        }
        Ok(Self { resource, objects })
    }
    /// Returns all that is recorded, by any unit.
    pub(crate) fn recorded(&self) -> BTreeSet<ObjectId> {
        let inventories = self.objects.values().map(|object| Inventory::read(object.value()).0);
        inventories.flat_map(|inventory| inventory.entries).map(|entry| entry.id).collect()
    }

    /// Returns the record of a unit; nothing when it has no Flux object in the cluster, where it could be kept.
    pub(crate) async fn find(
        &self,
        unit: &UnitId,
        cluster: &Cluster,
        resources: &Resources,
    ) -> Result<Option<Record>, ClusterError> {
        let resource =
            self.resource.as_ref().or_else(|| resources.preferred(GROUP, "Kustomization"));
        let Some(resource) = resource else { return Ok(None) };
        let id = ObjectId::new(GROUP, "Kustomization", Some(&unit.namespace), &unit.name);
        let path = resource.object_path(&id);
        let object = match self.objects.get(unit) {
            Some(object) => object.clone(),
            None => match find(cluster, &path).await?.and_then(|object| Manifest::new(object).ok())
            {
                Some(object) => object,
                None => return Ok(None),
            },
        };
        let (inventory, unread) = Inventory::read(object.value());
        Ok(Some(Record { path, object, inventory, unread }))
    }
}

impl Record {
    /// Writes another inventory, when it is another.
    pub(crate) async fn write(
        &mut self,
        cluster: &Cluster,
        inventory: &Inventory,
    ) -> Result<(), ClusterError> {
        if self.inventory == *inventory {
            return Ok(());
        }
        let status = Map::from_iter([("inventory".into(), inventory.to_value())]);
        let patch = Map::from_iter([("status".into(), Value::map(status))]);
        let body = weir_yaml::json::write(&Value::map(patch));
        let path = format!("{}/status", self.path);
        let query = format!("fieldManager={STATUS_MANAGER}");
        cluster.patch(&path, Patch::Merge, &query, &body).await?;
        self.inventory = inventory.clone();
        Ok(())
    }
}

/// The unit of a Kustomization.
pub(crate) fn unit_of(id: &ObjectId) -> UnitId {
    UnitId {
        kind: UnitKind::Kustomization,
        namespace: id.namespace.clone().unwrap_or_default(),
        name: id.name.clone(),
    }
}
