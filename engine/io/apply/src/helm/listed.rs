//! HelmReleases and Helm's records, listed at once: of many releases that are as wanted none costs a request of its own.

use std::collections::{BTreeMap, BTreeSet};

use weir_evaluate::ReleaseInput;
use weir_io_cluster::{Cluster, ClusterError, Resources};
use weir_model::{Manifest, ObjectId, Value};
use weir_plan::{Plan, Unit, UnitKind};
use weir_reconcile::release::{Next, Run, Status, Stop};

use super::found::{Found, GROUP, Surrounded};
use super::release::{desired, report_unchanged};
use super::storage::Storage;
use super::{MANAGER, now};
use crate::report::{Event, UnitReport};

/// From how many releases on they are listed rather than asked for one by one.
const WORTH_A_LIST: usize = 3;

/// Helm's records of all releases, but for those of revisions that later ones have followed.
const LAST_RECORDS: &str = "labelSelector=owner%3Dhelm%2Cstatus%21%3Dsuperseded";

/// What was listed before anything was applied.
#[derive(Default)]
pub(crate) struct Listed {
    releases: BTreeMap<ObjectId, (Manifest, String)>,
    /// The Secrets of the records, by namespace and release.
    records: BTreeMap<(String, String), Vec<Value>>,
    /// What was changed since.
    changed: BTreeSet<ObjectId>,
}

impl Listed {
    /// Lists the releases of a cluster, when a plan has many; nothing when they may not be listed.
    pub(crate) async fn of(cluster: &Cluster, resources: &Resources, plan: &Plan) -> Self {
        let is_release = |unit: &&Unit| unit.id.kind == UnitKind::HelmRelease;
        if plan.units.iter().filter(is_release).count() < WORTH_A_LIST {
            return Self::default();
        }
        Self::list(cluster, resources).await.unwrap_or_default()
    }

    async fn list(cluster: &Cluster, resources: &Resources) -> Result<Self, ClusterError> {
        let mut listed = Self::default();
        let Some(resource) = resources.preferred(GROUP, "HelmRelease") else { return Ok(listed) };
        for object in cluster.list(&resource.path(None), "").await? {
            if let Ok(manifest) = Manifest::new(object) {
                let id = manifest.id();
                listed.releases.insert(id.clone(), (manifest, resource.object_path(&id)));
            }
        }
        for secret in cluster.list("/api/v1/secrets", LAST_RECORDS).await? {
            let text = |path: &[&str]| {
                secret.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let key = (text(&["metadata", "namespace"]), text(&["metadata", "labels", "name"]));
            listed.records.entry(key).or_default().push(secret);
        }
        Ok(listed)
    }

    /// Notes what a unit has changed: it is not as it was listed any more.
    pub(crate) fn note(&mut self, report: &UnitReport) {
        let changed = report.objects.iter().filter(|object| object.outcome.is_change());
        self.changed.extend(changed.map(|object| object.id.clone()));
    }

    /// Tells whether a release is as wanted, as far as what was listed shows it, and reports its objects then. Whatever
    /// is to be done, written or looked for is decided anew, by what is there at that moment.
    pub(super) async fn is_settled(
        &self,
        unit: &Unit,
        wanted: Option<&Manifest>,
        input: &ReleaseInput<'_>,
        around: &Surrounded<'_>,
        report: &mut UnitReport,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<bool, String> {
        let id = ObjectId::new(GROUP, "HelmRelease", Some(&unit.id.namespace), &unit.id.name);
        let Some(live) = self.releases.get(&id).filter(|_| !self.changed.contains(&id)) else {
            return Ok(false);
        };
        let found = Found::of(&unit.id, live.clone(), wanted, around).await?;
        let [name, _, namespace] = found.names();
        let records = self.records.get(&(namespace.clone(), name.clone()));
        let Some(records) = records.filter(|_| found.is_own()) else { return Ok(false) };
        let storage = Storage::of(around.cluster, namespace, name, MANAGER, records);
        let mut session = found.session_of(found.names(), unit, around, on_event, storage);
        let before = Status::read(found.live.value().get("status"));
        let desired = desired(&found, input);
        let mut run = Run::new(&found.object, &desired, before.clone(), &now());
        if run.target_change().is_some() {
            return Ok(false);
        }
        run.begin();
        let state = run.state(session.storage.records())?;
        if run.looks_for_drift(&state) {
            return Ok(false);
        }
        let next = run.next(&state, session.storage.records());
        run.end(&Stop::Done);
        if next != Next::Stop(Stop::Done) || run.status.write() != before.write() {
            return Ok(false);
        }
        report_unchanged(&mut session);
        report.objects.append(&mut session.objects);
        Ok(true)
    }
}
