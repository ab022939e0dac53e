//! What applying a plan would change, asked of the API server without changing anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_evaluate::Releases;
use weir_io_cluster::{Cluster, ClusterError};
use weir_model::{Digest, DigestBuilder, Manifest, Map, Value};
use weir_plan::{Action, Body, Changes, ObjectChange, Plan, Unit, UnitChange, UnitKind, UnitState};
use weir_reconcile::ignore;
use weir_reconcile::inventory::{Entry, Inventory};
use weir_reconcile::order;
use weir_reconcile::prune::Surroundings;

use crate::apply::{Settings, flux_objects, policy_of};
use crate::assess::{Assessment, Coming, Verdict, failure};
use crate::helm::{Surrounded, preview_release};
use crate::live::Live;
use crate::prune::{Pruning, prune};
use crate::record::Records;
use crate::report::{ObjectReport, Outcome, UnitOutcome, UnitReport};
use crate::secrecy::copy_marks;
use crate::stage::assess_all;
use crate::target::Target;
use crate::unit::objects;

/// What applying a plan would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// What would change, from the cluster as it is to the cluster as it would be.
    pub changes: Changes,
    /// What would be done with each object; failures are what the API server refuses already.
    pub units: Vec<UnitReport>,
    /// How many requests were sent to the API server.
    pub requests: u64,
}

impl Preview {
    /// Tells whether something would fail, or could not be asked about.
    pub fn has_failures(&self) -> bool {
        self.units.iter().any(|unit| unit.outcome == UnitOutcome::Failed)
    }

    /// Tells whether applying would change the cluster.
    pub fn has_changes(&self) -> bool {
        let mut objects = self.units.iter().flat_map(|unit| &unit.objects);
        objects.any(|object| object.outcome.is_change())
    }

    /// Returns the digest of what the cluster was assumed to be: what would be done with each object, and how those are
    /// that would change. Applying a reviewed plan checks it again.
    pub fn base(&self) -> Digest {
        let mut digest = DigestBuilder::new("base");
        for unit in &self.units {
            digest.text(&unit.id.to_string()).number(unit.objects.len() as u64);
            for object in &unit.objects {
                // What is allowed is said later than what is reviewed.
                let outcome = match &object.outcome {
                    Outcome::Refused(_) => &Outcome::Deleted,
                    outcome => outcome,
                };
                digest.text(&object.id.to_string()).text(outcome.word());
            }
        }
        for change in self.changes.units.iter().flat_map(|unit| &unit.objects) {
            digest.text(&change.id.to_string());
            match &change.before {
                Some(before) => before.value().digest_into(&mut digest),
                None => {
                    digest.number(0);
                }
            }
        }
        digest.finish()
    }
}

/// Asks what applying a plan would change. All problems are in one answer: one object that is refused hides no other.
///
/// Objects that need a namespace or a definition which the plan brings are shown as coming. Units that are not ready, are
/// suspended, or cannot be applied are left out of the changes; their reports say why.
///
/// Fails only when nothing could be asked.
pub async fn changes(
    cluster: &Cluster,
    plan: &Plan,
    releases: &Releases<'_>,
    settings: &Settings,
) -> Result<Preview, ClusterError> {
    let resources = cluster.resources().await?;
    let records = Records::of(cluster, &resources).await?;
    let live = Live::of(cluster, &resources, &records, plan).await;
    let asking = Asking {
        cluster,
        settings,
        releases,
        records,
        live: &live,
        surroundings: Surroundings::of(plan),
        manifests: flux_objects(plan),
        coming: ComingSets::of(plan),
        resources,
    };
    let mut preview = Preview::default();
    for unit in plan.units.iter().filter(|unit| settings.wants(&unit.id)) {
        let (change, report) = asking.unit(unit).await;
        preview.units.push(report);
        preview.changes.units.extend(change);
    }
    preview.requests = cluster.requests();
    Ok(preview)
}

struct Asking<'a> {
    cluster: &'a Cluster,
    settings: &'a Settings,
    releases: &'a Releases<'a>,
    resources: weir_io_cluster::Resources,
    records: Records,
    live: &'a Live,
    surroundings: Surroundings,
    manifests: BTreeMap<weir_plan::UnitId, Manifest>,
    coming: ComingSets,
}

impl Asking<'_> {
    async fn unit(&self, unit: &Unit) -> (Option<UnitChange>, UnitReport) {
        let mut report = UnitReport {
            id: unit.id.clone(),
            outcome: UnitOutcome::Skipped,
            objects: Vec::new(),
            notes: Vec::new(),
        };
        let objects = match objects(unit, self.settings) {
            Ok(objects) => objects,
            Err(notes) => {
                let is_broken = matches!(unit.body, Body::Broken(_) | Body::Waiting(_))
                    || self.settings.withheld.contains_key(&unit.id);
                if is_broken && !unit.suspended {
                    report.outcome = UnitOutcome::Failed;
                }
                report.notes = notes;
                return (None, report);
            }
        };
        report.outcome = UnitOutcome::Failed;
        if unit.id.kind == UnitKind::HelmRelease {
            let change = self.release(unit, &mut report).await;
            return (change, report);
        }
        let record = match self.records.find(&unit.id, self.cluster, &self.resources).await {
            Ok(record) => record,
            Err(error) => {
                report.notes.extend(failure("could not read its inventory", &error).notes());
                return (None, report);
            }
        };
        let live_object = record.as_ref().map(|record| &record.object);
        let policy = policy_of(self.manifests.get(&unit.id).or(live_object));
        report.notes.clone_from(&policy.problems);
        let target = match Target::of_unit(self.cluster, &self.resources, &unit.id, &policy).await {
            Ok(target) if policy.problems.is_empty() => target,
            Ok(_) => return (None, report),
            Err(problem) => {
                report.notes.extend(problem.notes());
                return (None, report);
            }
        };
        let mut sorted: Vec<&weir_plan::PlanObject> = objects.iter().collect();
        sorted.sort_by_key(|object| order::stage(&object.manifest, &[]));
        let (kind, namespace) = (
            |group: &str, kind: &str| self.coming.has_kind(group, kind),
            |namespace: &str| self.coming.namespaces.contains(namespace),
        );
        let coming = Coming { kind: &kind, namespace: &namespace };
        let found = assess_all(&sorted, &target, self.live, &policy, Some(coming)).await;

        let mut changed = Vec::new();
        let mut applied = Inventory::default();
        for assessment in &found {
            let ignored = ignore::ignored_paths(&policy.ignore, &assessment.object.manifest);
            changed.extend(change(assessment, &ignored));
            let id = match &assessment.place {
                Some(place) => place.id.clone(),
                None => assessment.object.id.clone(),
            };
            let version = assessment.object.manifest.version().into();
            applied.entries.push(Entry { id: id.clone(), version });
            report.objects.push(ObjectReport {
                id,
                origin: assessment.object.provenance.origin,
                outcome: outcome(&assessment.verdict),
            });
        }
        if let Some(record) = &record {
            let pruning = Pruning {
                own: (self.cluster, &self.resources),
                unit: &unit.id,
                policy: &policy,
                before: &record.inventory,
                after: &applied,
                surroundings: &self.surroundings,
                allowed: &self.settings.allowed,
                departs: false,
                dry_run: true,
            };
            for pruned in prune(pruning, &target, self.live, 0).await {
                let before = pruned.live.as_ref().and_then(|live| shown(live, &[]));
                if let (Some(before), Outcome::Deleted | Outcome::Refused(_)) =
                    (before, &pruned.outcome)
                {
                    changed.push(ObjectChange {
                        id: pruned.entry.id.clone(),
                        action: Action::Remove,
                        before: Some(before),
                        after: None,
                    });
                }
                report.objects.push(pruned.report());
            }
        }
        if !report.objects.iter().any(|object| object.outcome.is_failure()) {
            report.outcome = UnitOutcome::Done;
        }
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        let change = (!changed.is_empty()).then(|| UnitChange {
            id: unit.id.clone(),
            state: UnitState::Kept,
            chart: None,
            objects: changed,
        });
        (change, report)
    }
}

impl Asking<'_> {
    async fn release(&self, unit: &Unit, report: &mut UnitReport) -> Option<UnitChange> {
        let Some(input) = self.releases.get(&unit.id) else {
            report.notes.push("its chart or values could not be had".to_owned());
            return None;
        };
        let around = Surrounded {
            cluster: self.cluster,
            resources: &self.resources,
            surroundings: &self.surroundings,
            allowed: &self.settings.allowed,
        };
        let namespace = |namespace: &str| self.coming.namespaces.contains(namespace);
        let kind = |group: &str, kind: &str| self.coming.has_kind(group, kind);
        let coming = Coming { kind: &kind, namespace: &namespace };
        let wanted = self.manifests.get(&unit.id);
        let shown = match preview_release(unit, &input, wanted, &around, coming).await {
            Ok(shown) => shown,
            Err(note) => {
                report.notes.push(note);
                return None;
            }
        };
        let mut changed = Vec::new();
        for it in shown {
            changed.extend(it.change);
            report.objects.push(it.report);
        }
        if !report.objects.iter().any(|object| object.outcome.is_failure()) {
            report.outcome = UnitOutcome::Done;
        }
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        (!changed.is_empty()).then(|| UnitChange {
            id: unit.id.clone(),
            state: UnitState::Kept,
            chart: None,
            objects: changed,
        })
    }
}

fn outcome(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Unchanged => Outcome::Unchanged,
        Verdict::Skip(skip) => Outcome::Skipped(*skip),
        Verdict::Create(_) => Outcome::Created,
        Verdict::Configure { .. } => Outcome::Configured,
        Verdict::Recreate(_) => Outcome::Recreated,
        Verdict::Pending(needs) => Outcome::Pending(needs.clone()),
        Verdict::Fail(why) => Outcome::Failed(why.clone()),
    }
}

/// Returns an object's change, when there is one.
fn change(found: &Assessment<'_>, ignored: &[&str]) -> Option<ObjectChange> {
    let desired = found.object.manifest.value();
    let marked = |value: &Value| {
        let mut value = value.clone();
        copy_marks(desired, &mut value);
        value
    };
    let before = found.live.as_ref().and_then(|live| shown(&marked(live), ignored));
    let result = found.result.as_ref().unwrap_or(desired);
    let after = shown(&marked(result), ignored);
    let (action, before, after) = match &found.verdict {
        Verdict::Create(_) | Verdict::Pending(_) => (Action::Add, None, after),
        Verdict::Configure { .. } | Verdict::Recreate(_) => (Action::Change, before, after),
        Verdict::Unchanged | Verdict::Skip(_) | Verdict::Fail(_) => return None,
    };
    let id = found.place.as_ref().map_or(&found.object.id, |place| &place.id).clone();
    Some(ObjectChange { id, action, before, after })
}

/// Returns an object as it is shown: without what the API server writes itself.
pub(crate) fn shown(object: &Value, ignored: &[&str]) -> Option<Arc<Manifest>> {
    let mut object = ignore::without(object, ignored);
    let map = object.as_map_mut()?;
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
        let mut kept = Map::new();
        for key in ["annotations", "generateName", "labels", "name", "namespace"] {
            if let Some(value) = metadata.get(key) {
                kept.insert(key, value.clone());
            }
        }
        *metadata = kept;
    }
    Manifest::new(object).ok().map(Arc::new)
}

/// What a plan brings.
struct ComingSets {
    kinds: BTreeSet<(String, String)>,
    namespaces: BTreeSet<String>,
}

impl ComingSets {
    fn of(plan: &Plan) -> Self {
        let mut coming = Self { kinds: BTreeSet::new(), namespaces: BTreeSet::new() };
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                let manifest = &object.manifest;
                match (manifest.group(), manifest.kind()) {
                    ("", "Namespace") => {
                        coming.namespaces.insert(manifest.name().to_owned());
                    }
                    ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                        let text = |path: &[&str]| {
                            manifest
                                .value()
                                .pointer(path)
                                .and_then(Value::as_str)
                                .map(str::to_owned)
                        };
                        let named = text(&["spec", "group"]).zip(text(&["spec", "names", "kind"]));
                        coming.kinds.extend(named);
                    }
                    _ => {}
                }
            }
        }
        coming
    }

    fn has_kind(&self, group: &str, kind: &str) -> bool {
        self.kinds.contains(&(group.to_owned(), kind.to_owned()))
    }
}
