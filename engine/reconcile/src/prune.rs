//! What may be deleted: each deletion has a proof, and what is not deleted has a reason.
//!
//! Only an object that the unit has recorded, that is not wanted any more by any unit, and whose labels in the cluster
//! still name the unit may go. What would take the applier's own ground away, data, or more than anybody would expect,
//! goes only when that was allowed by name.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{ObjectId, SmolStr, Value};
use weir_plan::{Body, Plan, UnitId, UnitKind};

use crate::inventory::{Entry, Inventory};
use crate::markers::{PRUNE, RECONCILE, SSA, is_marked, owner};
use crate::order;

/// How many objects of one unit may go without being asked about.
pub const BUDGET: usize = 30;

/// What becomes of an object that left a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is deleted.
    Delete,
    /// It is not there any more.
    Gone,
    /// It stays.
    Stays(Reason),
    /// It would be deleted, but that must be allowed first.
    NeedsAllowance(Danger),
}

/// Why an object stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its labels do not name the unit, but another, or none.
    NotOwned(Option<UnitId>),
    /// It bears a word that forbids deleting.
    Marked(&'static str),
    /// Another unit of the plan has it now.
    Moved(UnitId),
    /// The unit does not prune.
    NoPruning,
    /// The account that the unit applies with is not there any more.
    NoAccount,
}

/// Why deleting an object must be allowed by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// A namespace in which Flux objects of the plan, or their sources, live.
    OwnNamespace,
    /// The account that the unit applies with, what gives it its rights, or the Flux object of a unit of the plan or of its
    /// source.
    OwnIdentity,
    /// A definition of which objects exist, or may: they would go with it.
    Definitions,
    /// A volume or a claim of one: its data would go with it.
    Storage,
    /// More objects than [`BUDGET`], or all that the unit has.
    Many,
    /// A unit could not be rendered, and may be where the object went.
    Unknown,
}

impl Danger {
    /// All of them, by the words that allow them.
    pub const ALL: &[(&str, Self)] = &[
        ("own-namespace", Self::OwnNamespace),
        ("own-identity", Self::OwnIdentity),
        ("definitions", Self::Definitions),
        ("storage", Self::Storage),
        ("many", Self::Many),
        ("unknown", Self::Unknown),
    ];

    /// Returns the word that allows it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, danger)| *danger == self).map_or("", |(word, _)| word)
    }

    /// Says why, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OwnNamespace => "the Flux objects of this plan, or their sources, live in it",
            Self::OwnIdentity => "a unit of this plan is applied with it",
            Self::Definitions => "objects of its kind exist, or may exist, and would go with it",
            Self::Storage => "its data would go with it",
            Self::Many => "more would go than a change usually takes away",
            Self::Unknown => "a unit could not be rendered, and the object may have moved there",
        }
    }
}

/// What is known of the whole plan.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The unit that wants each object now.
    holders: BTreeMap<ObjectId, UnitId>,
    /// The namespaces in which Flux objects and their sources live.
    own_namespaces: BTreeSet<SmolStr>,
    /// The Flux objects of units, and of their sources.
    own_objects: BTreeSet<ObjectId>,
    /// Whether a unit is not ready.
    has_unready: bool,
}

impl Surroundings {
    /// Looks at a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut known = Self::default();
        for unit in &plan.units {
            known.own_namespaces.insert(unit.id.namespace.clone());
            known.own_objects.insert(flux_object(&unit.id));
            if let Some(source) = &unit.source {
                known.own_namespaces.extend(source.id.namespace.clone());
                known.own_objects.insert(source.id.clone());
            }
            match &unit.body {
                Body::Ready(objects) => {
                    for object in objects.iter() {
                        known.holders.insert(object.id.clone(), unit.id.clone());
                    }
                }
                Body::Waiting(_) | Body::Broken(_) => known.has_unready = true,
                Body::Same => {}
            }
        }
        known
    }

    /// Returns what is known, without what a unit wants: as if it were to go.
    #[must_use]
    pub fn without(&self, unit: &UnitId) -> Self {
        let mut known = self.clone();
        known.holders.retain(|_, holder| holder != unit);
        known
    }

    /// Returns the unit that wants an object. Whether its kind lives in namespaces may not be known to the plan, so an
    /// object without one is the same as one in any.
    fn holder(&self, id: &ObjectId) -> Option<&UnitId> {
        self.holders.get(id).or_else(|| {
            let anywhere = ObjectId { namespace: None, ..id.clone() };
            self.holders.get(&anywhere).or_else(|| {
                self.holders
                    .iter()
                    .find(|(held, _)| {
                        id.namespace.is_none()
                            && held.group == id.group
                            && held.kind == id.kind
                            && held.name == id.name
                    })
                    .map(|(_, unit)| unit)
            })
        })
    }
}

fn flux_object(unit: &UnitId) -> ObjectId {
    let group = match unit.kind {
        UnitKind::Kustomization => "kustomize.toolkit.fluxcd.io",
        UnitKind::HelmRelease => "helm.toolkit.fluxcd.io",
    };
    ObjectId::new(group, unit.kind.as_str(), Some(&unit.namespace), &unit.name)
}

/// What is asked about one unit.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Which unit.
    pub unit: &'a UnitId,
    /// Whether it deletes at all.
    pub prunes: bool,
    /// Whether the unit itself goes, so that all its objects going is what was asked for.
    pub departs: bool,
    /// The account that it applies with, in its own namespace.
    pub service_account: Option<&'a str>,
    /// What it recorded before.
    pub before: &'a Inventory,
    /// What it has now.
    pub after: &'a Inventory,
    /// The objects that left, as they are in the cluster; one that is not here is not there.
    pub live: &'a BTreeMap<ObjectId, Value>,
    /// How many objects there are of the definitions that left; unknown when it is not here.
    pub defined: &'a BTreeMap<ObjectId, usize>,
    /// What was allowed.
    pub allowed: &'a BTreeSet<Danger>,
}

/// Decides what becomes of each object that left a unit, in the order in which they are deleted: last applied, first
/// deleted.
pub fn decide<'a>(question: &Question<'a>, plan: &Surroundings) -> Vec<(&'a Entry, Fate)> {
    let mut gone = question.before.without(question.after);
    gone.sort_by(|a, b| order::compare(&b.id, &a.id));
    let mut fates: Vec<(&Entry, Fate)> =
        gone.into_iter().map(|entry| (entry, fate(entry, question, plan))).collect();
    let count = fates.iter().filter(|(_, fate)| *fate == Fate::Delete).count();
    let takes_all = !question.departs && question.after.entries.is_empty() && count > 1;
    if (count > BUDGET || takes_all) && !question.allowed.contains(&Danger::Many) {
        for (_, fate) in fates.iter_mut().filter(|(_, fate)| *fate == Fate::Delete) {
            *fate = Fate::NeedsAllowance(Danger::Many);
        }
    }
    fates
}

fn fate(entry: &Entry, question: &Question<'_>, plan: &Surroundings) -> Fate {
    if let Some(unit) = plan.holder(&entry.id) {
        return Fate::Stays(Reason::Moved(unit.clone()));
    }
    if !question.prunes {
        return Fate::Stays(Reason::NoPruning);
    }
    let Some(live) = question.live.get(&entry.id) else { return Fate::Gone };
    let owner = owner(live, question.unit.kind);
    if owner.as_ref() != Some(question.unit) {
        return Fate::Stays(Reason::NotOwned(owner));
    }
    for (key, value, word) in [
        (PRUNE, "disabled", "`prune: disabled`"),
        (RECONCILE, "disabled", "`reconcile: disabled`"),
        (SSA, "Ignore", "`ssa: Ignore`"),
    ] {
        if is_marked(live, key, value) {
            return Fate::Stays(Reason::Marked(word));
        }
    }
    match danger(&entry.id, live, question, plan) {
        Some(danger) if !question.allowed.contains(&danger) => Fate::NeedsAllowance(danger),
        _ => Fate::Delete,
    }
}

fn danger(
    id: &ObjectId,
    live: &Value,
    question: &Question<'_>,
    plan: &Surroundings,
) -> Option<Danger> {
    match (id.group.as_str(), id.kind.as_str()) {
        ("", "Namespace") if plan.own_namespaces.contains(&id.name) => Some(Danger::OwnNamespace),
        ("", "Namespace") if question.unit.namespace == id.name => Some(Danger::OwnNamespace),
        ("", "PersistentVolume" | "PersistentVolumeClaim") => Some(Danger::Storage),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
            if question.defined.get(id) != Some(&0) =>
        {
            Some(Danger::Definitions)
        }
        ("", "ServiceAccount") if is_own_account(question, id.namespace.as_deref(), &id.name) => {
            Some(Danger::OwnIdentity)
        }
        ("rbac.authorization.k8s.io", "ClusterRoleBinding" | "RoleBinding")
            if binds_own_account(question, live) =>
        {
            Some(Danger::OwnIdentity)
        }
        _ if plan.own_objects.contains(id) => Some(Danger::OwnIdentity),
        _ if plan.has_unready => Some(Danger::Unknown),
        _ => None,
    }
}

fn is_own_account(question: &Question<'_>, namespace: Option<&str>, name: &str) -> bool {
    question.service_account == Some(name) && namespace == Some(question.unit.namespace.as_str())
}

fn binds_own_account(question: &Question<'_>, binding: &Value) -> bool {
    let subjects = binding.get("subjects").and_then(Value::as_list).unwrap_or_default();
    subjects.iter().any(|subject| {
        let text = |key| subject.get(key).and_then(Value::as_str);
        text("kind") == Some("ServiceAccount")
            && is_own_account(question, text("namespace"), text("name").unwrap_or_default())
    })
}

#[cfg(test)]
mod tests;
