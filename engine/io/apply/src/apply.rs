//! Applying a whole plan.

use std::collections::{BTreeMap, BTreeSet};

use weir_evaluate::Releases;
use weir_io_cluster::{Cluster, ClusterError, Resources};
use weir_model::{Manifest, ObjectId};
use weir_plan::{Body, Plan, Unit, UnitId, UnitKind};
use weir_reconcile::policy::Policy;
use weir_reconcile::prune::{Danger, Surroundings};
use weir_reconcile::sequence::sequence;

use crate::assess::failure;
use crate::helm;
use crate::live::Live;
use crate::record::{GROUP, Records};
use crate::report::{Event, Failure, Report, UnitOutcome};
use crate::target::{Target, serving};
use crate::unit::apply_unit;

/// What an apply may do.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The dangerous deletions that were allowed.
    pub allowed: BTreeSet<Danger>,
    /// The units that are applied; all when it is empty. What the others hold is taken for applied.
    pub only: BTreeSet<UnitId>,
    /// The units that must not be applied as they are, each with the reason.
    pub withheld: BTreeMap<UnitId, String>,
}

impl Settings {
    /// Tells whether a unit is applied.
    pub(crate) fn wants(&self, unit: &UnitId) -> bool {
        self.only.is_empty() || self.only.contains(unit)
    }
}

/// What the units of one apply share.
pub(crate) struct Run<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) settings: &'a Settings,
    pub(crate) resources: Resources,
    pub(crate) records: Records,
    pub(crate) live: &'a Live,
    pub(crate) releases: &'a Releases<'a>,
    /// The releases of the cluster, when there are many.
    pub(crate) listed: helm::Listed,
    pub(crate) surroundings: Surroundings,
    /// The Flux objects of the plan.
    manifests: BTreeMap<UnitId, Manifest>,
    /// The units whose objects are all applied, ready or not.
    pub(crate) applied: BTreeSet<UnitId>,
    /// All units of the plan.
    units: BTreeSet<UnitId>,
    /// The units that are done.
    done: BTreeSet<UnitId>,
}

/// Applies a plan, unit by unit, each after those that it needs. A unit that fails keeps back those that depend on it, and
/// no others.
///
/// Fails only when nothing could be begun; what goes wrong later is in the report.
pub async fn apply(
    cluster: &Cluster,
    plan: &Plan,
    releases: &Releases<'_>,
    settings: &Settings,
    on_event: &mut dyn FnMut(Event),
) -> Result<Report, ClusterError> {
    let resources = cluster.resources().await?;
    let records = Records::of(cluster, &resources).await?;
    let live = Live::of(cluster, &resources, &records, plan).await;
    let listed = helm::Listed::of(cluster, &resources, plan).await;
    let mut run = Run {
        cluster,
        settings,
        records,
        resources,
        live: &live,
        releases,
        listed,
        surroundings: Surroundings::of(plan),
        manifests: flux_objects(plan),
        applied: BTreeSet::new(),
        units: plan.units.iter().map(|unit| unit.id.clone()).collect(),
        done: BTreeSet::new(),
    };
    let mut report = Report::default();
    for unit in sequence(plan).into_iter().filter(|unit| settings.wants(&unit.id)) {
        let done = apply_unit(&mut run, unit, on_event).await;
        on_event(Event::Done(unit.id.clone(), done.outcome));
        if done.outcome == UnitOutcome::Done {
            run.done.insert(unit.id.clone());
        }
        run.listed.note(&done);
        report.units.push(done);
    }
    report.requests = cluster.requests();
    Ok(report)
}

impl Run<'_> {
    /// Says what a unit needs that is not there.
    pub(crate) fn unmet(&self, unit: &Unit) -> Vec<String> {
        let mut unmet = Vec::new();
        let wanted = |id: &&UnitId| self.settings.wants(id);
        if let Some(parent) =
            unit.parent.as_ref().filter(wanted).filter(|parent| !self.applied.contains(*parent))
        {
            unmet.push(format!("`{parent}`, which holds it, is not applied"));
        }
        for need in &unit.after {
            if !self.units.contains(need) {
                unmet.push(format!("dependency `{need}` is not in the plan"));
            } else if wanted(&need) && !self.done.contains(need) {
                unmet.push(format!("dependency `{need}` is not ready"));
            }
        }
        unmet
    }

    /// Returns how a unit wants to be applied: as its Flux object in the plan says, or else the one in the cluster. The
    /// entry of a repository may have neither; it is applied and prunes nothing.
    pub(crate) fn policy(&self, unit: &Unit, live: Option<&Manifest>) -> Policy {
        policy_of(self.manifests.get(&unit.id).or(live))
    }

    /// Returns the Flux object of a unit, as the plan has it.
    pub(crate) fn manifest(&self, unit: &UnitId) -> Option<&Manifest> {
        self.manifests.get(unit)
    }

    /// Asks again what the API server serves, as these definitions have changed.
    pub(crate) async fn refresh(
        &mut self,
        target: &mut Target,
        definitions: impl Iterator<Item = &Manifest>,
    ) -> Result<(), Failure> {
        let asked = serving(&target.cluster, definitions).await;
        target.resources =
            asked.map_err(|error| failure("could not ask what the API server serves", &error))?;
        if target.is_own {
            self.resources = target.resources.clone();
        }
        Ok(())
    }
}

/// Reads a policy; without an object, one that prunes nothing and waits for nothing.
pub(crate) fn policy_of(object: Option<&Manifest>) -> Policy {
    object.map_or_else(Policy::default, Policy::read)
}

/// Finds the Flux objects of the units in the plan.
pub(crate) fn flux_objects(plan: &Plan) -> BTreeMap<UnitId, Manifest> {
    let bodies = plan.units.iter().filter_map(|unit| match &unit.body {
        Body::Ready(objects) => Some(objects),
        Body::Waiting(_) | Body::Broken(_) | Body::Same => None,
    });
    bodies
        .flat_map(|objects| objects.iter())
        .filter_map(|object| {
            let unit = UnitId {
                kind: unit_kind(&object.id)?,
                namespace: object.id.namespace.clone().unwrap_or_default(),
                name: object.id.name.clone(),
            };
            Some((unit, (*object.manifest).clone()))
        })
        .collect()
}

/// Returns the kind of unit that a Flux object stands for; nothing for other objects.
fn unit_kind(id: &ObjectId) -> Option<UnitKind> {
    match (id.group.as_str(), id.kind.as_str()) {
        (GROUP, "Kustomization") => Some(UnitKind::Kustomization),
        (helm::GROUP, "HelmRelease") => Some(UnitKind::HelmRelease),
        _ => None,
    }
}
