//! The objects in the cluster, looked up by the list where that is cheaper.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use weir_io_cluster::{Cluster, ClusterError, Resources};
use weir_model::{Manifest, ObjectId, SmolStr, Value};
use weir_plan::{Body, Plan};

use crate::record::Records;

/// From how many objects of a kind on they are listed rather than asked for one by one.
const WORTH_A_LIST: usize = 2;

/// How many requests are under way at once.
pub(crate) const CONCURRENCY: usize = 8;

/// The label that every object of a Kustomization bears; `%2F` is a slash.
const OWNED: &str = "labelSelector=kustomize.toolkit.fluxcd.io%2Fname";

/// Objects that were found by lists.
#[derive(Default)]
pub(crate) struct Live {
    objects: BTreeMap<ObjectId, Value>,
    /// What units have recorded, and so is most likely there.
    recorded: BTreeSet<ObjectId>,
}

impl Live {
    /// Lists the owned objects of the kinds of which a plan has many. A kind that cannot be listed is asked for one by one.
    pub(crate) async fn of(
        cluster: &Cluster,
        resources: &Resources,
        records: &Records,
        plan: &Plan,
    ) -> Self {
        let mut counts: BTreeMap<(SmolStr, SmolStr, SmolStr), usize> = BTreeMap::new();
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                let manifest: &Manifest = &object.manifest;
                let key =
                    (manifest.group().into(), manifest.version().into(), manifest.kind().into());
                *counts.entry(key).or_default() += 1;
            }
        }
        let worth = counts.iter().filter(|(_, count)| **count >= WORTH_A_LIST);
        let listable: BTreeSet<String> = worth
            .filter_map(|((group, version, kind), _)| resources.of(group, version, kind))
            .filter(|resource| resource.can("list"))
            .map(|resource| resource.path(None))
            .collect();
        let lists = stream::iter(listable.iter().map(|path| cluster.list(path, OWNED)))
            .buffer_unordered(CONCURRENCY)
            .collect::<Vec<Result<Vec<Value>, ClusterError>>>()
            .await;
        let mut objects = BTreeMap::new();
        for object in lists.into_iter().flatten().flatten() {
            if let Ok(manifest) = Manifest::new(object) {
                objects.insert(manifest.id(), manifest.into_value());
            }
        }
        Self { objects, recorded: records.recorded() }
    }

    /// Tells whether a unit has recorded an object.
    pub(crate) fn is_recorded(&self, id: &ObjectId) -> bool {
        self.recorded.contains(id)
    }

    /// Returns an object that was found by a list.
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&Value> {
        self.objects.get(id)
    }
}

/// Asks for an object; nothing when it, or its namespace, is not there.
pub(crate) async fn find(cluster: &Cluster, path: &str) -> Result<Option<Value>, ClusterError> {
    match cluster.get(path).await {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
