//! A HelmRelease as it is found in the cluster, with all that is needed to act on it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use weir_flux::kinds::HelmRelease;
use weir_io_cluster::{Cluster, Resources};
use weir_model::{Manifest, Map, ObjectId, Value};
use weir_plan::{Body, Unit, UnitId};
use weir_reconcile::policy::Policy;
use weir_reconcile::prune::{Danger, Surroundings};
use weir_reconcile::release::Object;

use super::MANAGER;
use super::objects::Owner;
use super::session::Session;
use super::settings::Settings;
use super::status::Known;
use super::storage::Storage;
use crate::live::find;
use crate::report::Event;
use crate::target::Target;

/// The group of HelmReleases.
pub(crate) const GROUP: &str = "helm.toolkit.fluxcd.io";

/// Where a HelmRelease lives.
#[derive(Clone, Copy)]
pub(crate) struct Surrounded<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) resources: &'a Resources,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) allowed: &'a BTreeSet<Danger>,
}

/// A HelmRelease with how it wants to be applied, and where.
pub(super) struct Found {
    /// The object in the cluster.
    pub(super) live: Manifest,
    /// How it is to be, by the plan or else by the cluster.
    pub(super) wanted: Manifest,
    /// The object for the decisions: how it is to be, with the generation and the requests that the cluster has.
    pub(super) object: Object,
    /// The status as it was read or written last.
    pub(super) status: Known,
    /// The path of the object.
    pub(super) path: String,
    settings: Settings,
    policy: Policy,
    target: Rc<Target>,
    /// The name of the release, its namespace, and the one of Helm's records.
    names: [String; 3],
}

impl Found {
    /// Reads a HelmRelease as it is in the cluster, with its path. Nothing when it is not there.
    pub(super) async fn live(
        unit: &UnitId,
        around: &Surrounded<'_>,
    ) -> Result<Option<(Manifest, String)>, String> {
        let resource = around.resources.preferred(GROUP, "HelmRelease");
        let Some(resource) = resource else { return Ok(None) };
        let id = ObjectId::new(GROUP, "HelmRelease", Some(&unit.namespace), &unit.name);
        let path = resource.object_path(&id);
        let live = find(around.cluster, &path).await.map_err(|error| format!("{id}: {error}"))?;
        let manifest = live.and_then(|object| Manifest::new(object).ok());
        Ok(manifest.map(|manifest| (manifest, path)))
    }

    /// Finds out how a HelmRelease wants to be applied, by `wanted` or else by the live object.
    pub(super) async fn of(
        unit: &UnitId,
        (live, path): (Manifest, String),
        wanted: Option<&Manifest>,
        around: &Surrounded<'_>,
    ) -> Result<Self, String> {
        let wanted = wanted.unwrap_or(&live).clone();
        let wanted = &wanted;
        let policy = Policy::read(wanted);
        if let Some(problem) = policy.problems.first() {
            return Err(problem.clone());
        }
        let target = Target::of_unit(around.cluster, around.resources, unit, &policy).await?;
        let spec = HelmRelease::read(wanted).value;
        let storage = spec.storage_namespace.as_deref().unwrap_or(&unit.namespace);
        let names = [
            spec.release(&unit.name),
            spec.namespace(&unit.namespace).to_owned(),
            storage.to_owned(),
        ];
        let settings = Settings::read(wanted)?;
        let object = Object {
            policy: weir_reconcile::release::Policy::read(wanted.spec()),
            ..Object::read(&live)
        };
        let status = live.value().get("status").cloned();
        Ok(Self {
            status: Known::new(status.unwrap_or_else(|| Value::map(Map::new()))),
            wanted: wanted.clone(),
            live,
            object,
            path,
            settings,
            policy,
            target: Rc::new(target),
            names,
        })
    }

    /// Tells whether it is applied to the cluster that it lives in, as its own user.
    pub(super) fn is_own(&self) -> bool {
        self.target.is_own
    }

    /// Returns the name of the release, its namespace, and that of Helm's records.
    pub(super) fn names(&self) -> &[String; 3] {
        &self.names
    }

    /// Opens the release that the HelmRelease stands for.
    pub(super) async fn session<'a>(
        &'a self,
        names: &'a [String; 3],
        unit: &'a Unit,
        around: &Surrounded<'a>,
        on_event: &'a mut dyn FnMut(Event),
    ) -> Result<Session<'a>, String> {
        let [name, _, storage_namespace] = names;
        let storage = Storage::load(&self.target.cluster, storage_namespace, name, MANAGER).await;
        let storage = storage.map_err(|error| format!("could not read Helm's records: {error}"))?;
        Ok(self.session_of(names, unit, around, on_event, storage))
    }

    /// Opens a release whose records are known.
    pub(super) fn session_of<'a>(
        &'a self,
        [name, namespace, _]: &'a [String; 3],
        unit: &'a Unit,
        around: &Surrounded<'a>,
        on_event: &'a mut dyn FnMut(Event),
        mut storage: Storage,
    ) -> Session<'a> {
        storage.limit = self.settings.max_history;
        let planned = match &unit.body {
            Body::Ready(objects) => objects.as_slice(),
            Body::Waiting(_) | Body::Broken(_) | Body::Same => &[],
        };
        let place = |id: &ObjectId| {
            let own = || namespace.as_str().into();
            ObjectId { namespace: id.namespace.clone().or_else(|| Some(own())), ..id.clone() }
        };
        let named = planned.iter().map(|object| (place(&object.id), object));
        let planned: BTreeMap<ObjectId, _> =
            planned.iter().map(|object| (object.id.clone(), object)).chain(named).collect();
        Session {
            unit: &unit.id,
            target: Rc::clone(&self.target),
            settings: &self.settings,
            expressions: &self.policy.expressions,
            manager: MANAGER,
            owner: Owner { name, namespace },
            storage,
            planned,
            surroundings: around.surroundings,
            allowed: around.allowed,
            service_account: self.policy.service_account.as_deref(),
            objects: Vec::new(),
            reported: BTreeSet::new(),
            on_event,
        }
    }
}
