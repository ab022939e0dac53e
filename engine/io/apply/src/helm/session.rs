//! One release while actions are done with it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use weir_helm::record::{Record, Status};
use weir_model::{Manifest, ObjectId, Origin, Value};
use weir_plan::{PlanObject, UnitId, hide_id};
use weir_reconcile::health::Expressions;
use weir_reconcile::prune::{Danger, Surroundings};
use weir_reconcile::release;

use super::leaving::{Leaving, staying};
use super::objects::{Item, Owner, item, items, mark};
use super::settings::Settings;
use super::storage::Storage;
use super::uninstall::{Uninstalled, uninstall};
use super::wait::{self, Until};
use super::write::Done;
use crate::report::{Event, ObjectReport, Outcome};
use crate::secrecy::copy_marks;
use crate::target::{Target, serving};

/// One release while actions are done with it.
pub(super) struct Session<'a> {
    pub(super) unit: &'a UnitId,
    /// The cluster; it is asked anew what it serves when definitions have come.
    pub(super) target: Rc<Target>,
    pub(super) settings: &'a Settings,
    pub(super) expressions: &'a Expressions,
    /// The name under which objects and records are written.
    pub(super) manager: &'a str,
    /// The release.
    pub(super) owner: Owner<'a>,
    pub(super) storage: Storage,
    /// The objects as the plan has them.
    pub(super) planned: BTreeMap<ObjectId, &'a PlanObject>,
    /// What the whole plan holds.
    pub(super) surroundings: &'a Surroundings,
    /// The dangerous deletions that were allowed.
    pub(super) allowed: &'a BTreeSet<Danger>,
    /// The account as which the release is applied.
    pub(super) service_account: Option<&'a str>,
    /// What was done with objects.
    pub(super) objects: Vec<ObjectReport>,
    /// The objects that something was done with.
    pub(super) reported: BTreeSet<ObjectId>,
    pub(super) on_event: &'a mut dyn FnMut(Event),
}

impl Session<'_> {
    /// Writes a record anew. When that fails the action goes on, as Helm's does.
    pub(super) async fn save(&mut self, record: &Record) {
        self.storage.update(record).await.ok();
    }

    /// Notes that no revision is deployed any more.
    pub(super) async fn supersede_deployed(&mut self) {
        let is_deployed = |record: &&Record| record.info.status == Status::Deployed;
        let deployed: Vec<Record> =
            self.storage.records().iter().filter(is_deployed).cloned().collect();
        for mut record in deployed {
            record.superseded();
            self.save(&record).await;
        }
    }

    /// Reads the objects of a manifest, as the release's own. What is secret in the plan is so in them.
    pub(super) fn items(&self, manifest: &str) -> Result<Vec<Item>, String> {
        let mut items = self.plain_items(manifest)?;
        items.iter_mut().for_each(|item| mark(item, self.owner));
        Ok(items)
    }

    /// Reads an object as the release's own.
    pub(super) fn item(&self, value: Value) -> Result<Item, String> {
        let mut item = item(value, self.owner.namespace, &self.target)?;
        mark(&mut item, self.owner);
        self.copy_secrets(&mut item);
        Ok(item)
    }

    /// Reads the objects of a manifest as they are.
    pub(super) fn plain_items(&self, manifest: &str) -> Result<Vec<Item>, String> {
        let mut items = items(manifest, self.owner.namespace, &self.target)?;
        items.iter_mut().for_each(|item| self.copy_secrets(item));
        Ok(items)
    }

    fn copy_secrets(&self, item: &mut Item) {
        if let Some(planned) = self.planned.get(&item.place.id) {
            copy_marks(planned.manifest.value(), &mut item.value);
        }
    }

    /// Asks anew what the cluster serves, as these definitions have come.
    pub(super) async fn refresh(&mut self, definitions: &[Manifest]) -> Result<(), String> {
        let asked = serving(&self.target.cluster, definitions.iter()).await;
        let resources =
            asked.map_err(|error| format!("could not ask what the API server serves: {error}"))?;
        let (cluster, is_own) = (self.target.cluster.clone(), self.target.is_own);
        self.target = Rc::new(Target { cluster, resources, is_own });
        Ok(())
    }

    /// Uninstalls the release because the HelmRelease means another one, or goes. Objects that must not be deleted keep all
    /// from being deleted; those that somebody else has now stay.
    ///
    /// Gives what was written, and whether there was a release.
    pub(super) async fn leave(&mut self) -> Result<(release::Outcome, bool), String> {
        let Some(last) = self.storage.last() else {
            return Ok((release::Outcome::default(), false));
        };
        let objects = self.plain_items(&last.manifest.clone())?;
        let staying = staying(self, &objects, &[], Leaving::Departure).await;
        let refused: Vec<String> = staying
            .iter()
            .filter(|(_, outcome)| outcome.is_failure())
            .map(|(id, outcome)| format!("{id} leaves with its release: {}", outcome.why()))
            .collect();
        if !refused.is_empty() {
            for (id, outcome) in staying.iter().filter(|(_, outcome)| outcome.is_failure()) {
                self.report_object(id, outcome.clone());
            }
            return Err(refused.join("; "));
        }
        self.storage.take_written();
        let done = uninstall(self, &staying).await;
        let was_there = done != Ok(Uninstalled::Absent);
        let outcome = release::Outcome {
            written: self.storage.take_written(),
            error: done.err(),
            ..release::Outcome::default()
        };
        Ok((outcome, was_there))
    }

    /// Waits for objects as an action wants it.
    pub(super) async fn wait(
        &mut self,
        items: &[Item],
        until: Until,
        limit: Duration,
    ) -> Result<(), String> {
        let (unit, on_event) = (self.unit, &mut *self.on_event);
        let mut on_wait =
            |lacks: Vec<(ObjectId, String)>| on_event(Event::Waiting(unit.clone(), lacks));
        wait::wait(items, until, &self.target, self.expressions, limit, &mut on_wait).await
    }

    /// Reports what was done with objects, and gives the errors as one, joined as Helm does.
    pub(super) fn report(&mut self, done: &Done, joint: &str) -> Result<(), String> {
        for (item, outcome) in &done.outcomes {
            self.report_object(&item.place.id, outcome.clone());
        }
        if done.errors.is_empty() { Ok(()) } else { Err(done.errors.join(joint)) }
    }

    /// Says what becomes of an object; a name that came from a secret is hidden.
    pub(super) fn shown(&self, id: &ObjectId, outcome: Outcome) -> ObjectReport {
        match self.planned.get(id) {
            Some(planned) => ObjectReport {
                id: hide_id(id, &planned.manifest),
                origin: planned.provenance.origin,
                outcome,
            },
            None => ObjectReport { id: id.clone(), origin: Origin::default(), outcome },
        }
    }

    /// Reports what was done with an object.
    pub(super) fn report_object(&mut self, id: &ObjectId, outcome: Outcome) {
        self.reported.insert(id.clone());
        let object = self.shown(id, outcome);
        (self.on_event)(Event::Object(self.unit.clone(), object.clone()));
        self.objects.push(object);
    }
}
