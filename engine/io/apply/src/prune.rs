//! Deleting what left a unit, as far as `weir-reconcile` lets it go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, StreamExt};
use weir_io_cluster::{Cluster, ClusterError, Resources};
use weir_model::{Manifest, ObjectId, Origin, Value};
use weir_plan::UnitId;
use weir_reconcile::inventory::{Entry, Inventory};
use weir_reconcile::policy::{Deletion, Policy};
use weir_reconcile::prune::{Danger, Fate, Question, Reason, Surroundings, decide};

use crate::assess::failure;
use crate::helm::{self, Surrounded, depart};
use crate::live::{CONCURRENCY, Live, find};
use crate::record::{GROUP, unit_of};
use crate::report::{Failure, ObjectReport, Outcome};
use crate::target::Target;

/// How deep Kustomizations that hold Kustomizations are followed when they go.
const DEPTH: u32 = 8;

/// What to try about an object that does not go.
const TERMINATING: &str = "see which of its finalizers is left, and who is to take it away";

/// What is to be pruned.
pub(crate) struct Pruning<'a> {
    /// The cluster of the plan, where the Flux objects are.
    pub(crate) own: (&'a Cluster, &'a Resources),
    pub(crate) unit: &'a UnitId,
    pub(crate) policy: &'a Policy,
    pub(crate) before: &'a Inventory,
    pub(crate) after: &'a Inventory,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) allowed: &'a BTreeSet<Danger>,
    /// Whether the unit itself goes.
    pub(crate) departs: bool,
    /// Whether nothing is to be deleted in truth.
    pub(crate) dry_run: bool,
}

/// An object that left a unit, with what became of it.
pub(crate) struct Pruned {
    pub(crate) entry: Entry,
    pub(crate) outcome: Outcome,
    /// The object as it was.
    pub(crate) live: Option<Value>,
}

impl Pruned {
    /// Tells whether the object must stay in the inventory: it was to be deleted, and was not.
    pub(crate) fn is_owed(&self) -> bool {
        self.outcome.is_failure()
    }

    pub(crate) fn report(&self) -> ObjectReport {
        ObjectReport {
            id: self.entry.id.clone(),
            origin: Origin::default(),
            outcome: self.outcome.clone(),
        }
    }
}

/// Deletes what left, last applied first. A Kustomization that goes takes along what it has applied, as its policy says.
pub(crate) fn prune<'a>(
    pruning: Pruning<'a>,
    target: &'a Target,
    listed: &'a Live,
    depth: u32,
) -> LocalBoxFuture<'a, Vec<Pruned>> {
    Box::pin(async move {
        let stale = pruning.before.without(pruning.after);
        let (live, mut failed) = look(&stale, target, listed).await;
        let defined = count_defined(&live, target).await;
        let question = Question {
            unit: pruning.unit,
            prunes: prunes(&pruning),
            departs: pruning.departs,
            service_account: pruning.policy.service_account.as_deref(),
            before: pruning.before,
            after: pruning.after,
            live: &live,
            defined: &defined,
            allowed: pruning.allowed,
        };
        let mut pruned = Vec::new();
        for (entry, fate) in decide(&question, pruning.surroundings) {
            let there = live.get(&entry.id);
            let outcome = match (failed.remove(&entry.id), fate) {
                (Some(why), _) => Outcome::Failed(why),
                (None, Fate::Gone) => Outcome::Gone,
                (None, Fate::Stays(reason)) => Outcome::Kept(reason),
                (None, Fate::NeedsAllowance(danger)) => Outcome::Refused(danger),
                (None, Fate::Delete) => {
                    let below = departing(&pruning, listed, there, depth).await;
                    let owed = below.iter().find(|below| below.is_owed());
                    let outcome = match owed {
                        Some(owed) => Outcome::Failed(Failure {
                            why: format!(
                                "{} was to go first: {}",
                                owed.entry.id,
                                owed.outcome.why()
                            ),
                            hint: owed.outcome.hint(),
                        }),
                        None => delete(&pruning, target, entry, there).await,
                    };
                    pruned.extend(below);
                    outcome
                }
            };
            pruned.push(Pruned { entry: entry.clone(), outcome, live: there.cloned() });
        }
        pruned
    })
}

fn prunes(pruning: &Pruning<'_>) -> bool {
    let policy = pruning.policy;
    if !pruning.departs {
        return policy.prune && !policy.suspend;
    }
    !policy.suspend
        && match policy.deletion {
            Deletion::MirrorPrune => policy.prune,
            Deletion::Delete | Deletion::WaitForTermination => true,
            Deletion::Orphan => false,
        }
}

/// Looks up the objects that left. Those that could not be looked up come with the reason: they are not touched.
async fn look(
    stale: &[&Entry],
    target: &Target,
    listed: &Live,
) -> (BTreeMap<ObjectId, Value>, BTreeMap<ObjectId, Failure>) {
    let lookups: Vec<_> = stale.iter().map(|entry| look_up(entry, target, listed)).collect();
    let looked: Vec<_> = stream::iter(lookups).buffer_unordered(CONCURRENCY).collect().await;
    let (mut live, mut failed) = (BTreeMap::new(), BTreeMap::new());
    for (id, found) in looked {
        match found {
            Ok(Some(object)) => {
                live.insert(id, object);
            }
            Ok(None) => {}
            Err(error) => {
                failed.insert(id.clone(), failure(&format!("{id} query failed"), &error));
                // Present, as far as anybody knows.
                live.insert(id, Value::null());
            }
        }
    }
    (live, failed)
}

async fn look_up(
    entry: &Entry,
    target: &Target,
    listed: &Live,
) -> (ObjectId, Result<Option<Value>, ClusterError>) {
    let found = match listed.get(&entry.id).filter(|_| target.is_own) {
        Some(object) => Ok(Some(object.clone())),
        None => match target.place_of_entry(&entry.id, &entry.version) {
            Some(place) => find(&target.cluster, &place.path).await,
            // The kind went, and its objects with it.
            None => Ok(None),
        },
    };
    (entry.id.clone(), found)
}

/// Counts the objects of definitions that left, as far as one; what could not be counted is left out.
pub(crate) async fn count_defined(
    live: &BTreeMap<ObjectId, Value>,
    target: &Target,
) -> BTreeMap<ObjectId, usize> {
    let mut counts = BTreeMap::new();
    for (id, definition) in live {
        if (id.group.as_str(), id.kind.as_str())
            != ("apiextensions.k8s.io", "CustomResourceDefinition")
        {
            continue;
        }
        let text = |path: &[&str]| definition.pointer(path).and_then(Value::as_str);
        let found = text(&["spec", "group"])
            .zip(text(&["spec", "names", "kind"]))
            .and_then(|(group, kind)| target.resources.preferred(group, kind));
        let Some(resource) = found else { continue };
        let path = format!("{}?limit=1", resource.path(None));
        if let Ok(list) = target.cluster.get(&path).await
            && let Some(items) = list.get("items").and_then(Value::as_list)
        {
            counts.insert(id.clone(), items.len());
        }
    }
    counts
}

/// Prunes what a Kustomization that goes has applied, as its own account, and waits for it where its policy says so.
async fn departing(
    pruning: &Pruning<'_>,
    listed: &Live,
    there: Option<&Value>,
    depth: u32,
) -> Vec<Pruned> {
    let manifest = there.and_then(|object| Manifest::new(object.clone()).ok());
    if let Some(manifest) = manifest
        .as_ref()
        .filter(|it| it.group() == helm::GROUP && it.kind() == "HelmRelease" && depth < DEPTH)
    {
        let (cluster, resources) = pruning.own;
        let (surroundings, allowed) = (pruning.surroundings, pruning.allowed);
        let around = Surrounded { cluster, resources, surroundings, allowed };
        return depart(manifest, &around, pruning.dry_run).await;
    }
    let Some(manifest) = manifest.filter(|manifest| {
        manifest.group() == GROUP && manifest.kind() == "Kustomization" && depth < DEPTH
    }) else {
        return Vec::new();
    };
    let unit = unit_of(&manifest.id());
    let policy = Policy::read(&manifest);
    let (before, _) = Inventory::read(manifest.value());
    let all = |outcome: Outcome| -> Vec<Pruned> {
        let pruned =
            |entry: &Entry| Pruned { entry: entry.clone(), outcome: outcome.clone(), live: None };
        before.entries.iter().map(pruned).collect()
    };
    let (cluster, resources) = pruning.own;
    if let Some(account) = &policy.service_account {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}", unit.namespace);
        if let Ok(None) = find(cluster, &path).await {
            return all(Outcome::Kept(Reason::NoAccount));
        }
    }
    let target = match Target::of_unit(cluster, resources, &unit, &policy).await {
        Ok(target) => target,
        Err(problem) => return all(Outcome::Failed(problem)),
    };
    let below = Pruning {
        own: pruning.own,
        unit: &unit,
        policy: &policy,
        before: &before,
        after: &Inventory::default(),
        surroundings: pruning.surroundings,
        allowed: pruning.allowed,
        departs: true,
        dry_run: pruning.dry_run,
    };
    let mut pruned = prune(below, &target, listed, depth + 1).await;
    if policy.deletion == Deletion::WaitForTermination && !pruning.dry_run {
        wait_until_gone(&target, &mut pruned, &policy).await;
    }
    pruned
}

/// Waits until deleted objects are gone, as long as the policy's timeout. What is still there then is owed: the Kustomization
/// that waits for it stays, and the next apply goes on.
async fn wait_until_gone(target: &Target, pruned: &mut [Pruned], policy: &Policy) {
    let limit = Duration::from_secs(policy.timeout.try_into().unwrap_or_default());
    let until = tokio::time::Instant::now() + limit;
    for it in pruned.iter_mut().filter(|pruned| pruned.outcome == Outcome::Deleted) {
        let Some(place) = target.place_of_entry(&it.entry.id, &it.entry.version) else { continue };
        while let Ok(Some(_)) = find(&target.cluster, &place.path).await {
            if tokio::time::Instant::now() >= until {
                let seconds = limit.as_secs();
                it.outcome = Outcome::Failed(Failure {
                    why: format!("{} is still terminating after {seconds}s", place.id),
                    hint: Some(TERMINATING),
                });
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn delete(
    pruning: &Pruning<'_>,
    target: &Target,
    entry: &Entry,
    there: Option<&Value>,
) -> Outcome {
    if pruning.dry_run {
        return Outcome::Deleted;
    }
    let Some(place) = target.place_of_entry(&entry.id, &entry.version) else {
        return Outcome::Gone;
    };
    let uid = there.and_then(|object| object.pointer(&["metadata", "uid"])?.as_str());
    match target.cluster.delete(&place.path, uid).await {
        Ok(()) => Outcome::Deleted,
        Err(error) if error.is_not_found() => Outcome::Gone,
        Err(error) => Outcome::Failed(failure(&format!("{} delete failed", entry.id), &error)),
    }
}
