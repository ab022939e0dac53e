//! The resources that others may name: an index by the names that they had.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::config::BackReference;
use crate::resources::{Id, Resource};
use crate::schema::Schema;

/// A resource as those see it that name it.
pub(super) struct Target {
    /// Its id now.
    pub(super) id: Id,
    /// The ids that it had.
    pub(super) previous: Vec<Id>,
    prefixes: Vec<SmolStr>,
    suffixes: Vec<SmolStr>,
    original_namespace: SmolStr,
}

/// All resources, by the names that they had.
pub(super) struct Targets {
    pub(super) list: Vec<Target>,
    by_previous_name: BTreeMap<SmolStr, Vec<usize>>,
    /// The namespaces of the objects as they were at first, each with its objects.
    by_original_namespace: BTreeMap<SmolStr, Vec<usize>>,
    pub(super) answers: Answers,
}

/// What names meant that many resources once had, for resources of one namespace with the same affixes.
#[derive(Default)]
pub(super) struct Answers(RefCell<BTreeMap<Question, Option<usize>>>);

/// The name, the group, version and kind that are asked for, and of the referrer all that the answer depends on.
type Question = (SmolStr, [String; 3], SmolStr, Vec<SmolStr>, Vec<SmolStr>);

impl Answers {
    /// Returns what a name meant before, as the place of the resource.
    pub(super) fn known(
        &self,
        referrer: &Target,
        name: &str,
        wanted: &BackReference,
    ) -> Option<Option<usize>> {
        let known = self.0.borrow();
        if known.is_empty() {
            return None;
        }
        known.get(&Self::question(referrer, name, wanted)).copied()
    }

    /// Keeps what a name means.
    pub(super) fn keep(
        &self,
        referrer: &Target,
        name: &str,
        wanted: &BackReference,
        answer: Option<usize>,
    ) {
        self.0.borrow_mut().insert(Self::question(referrer, name, wanted), answer);
    }

    fn question(referrer: &Target, name: &str, wanted: &BackReference) -> Question {
        (
            name.into(),
            [wanted.group.clone(), wanted.version.clone(), wanted.kind.clone()],
            referrer.id.effective_namespace(),
            referrer.prefixes.clone(),
            referrer.suffixes.clone(),
        )
    }
}

impl Targets {
    pub(super) fn new(resources: &[Resource], schema: &Schema) -> Self {
        let list: Vec<Target> = resources
            .iter()
            .map(|resource| Target {
                id: resource.id(schema),
                previous: resource.previous_ids().collect(),
                prefixes: resource.prefixes.clone(),
                suffixes: resource.suffixes.clone(),
                original_namespace: resource.original_id(schema).effective_namespace(),
            })
            .collect();
        let mut by_previous_name: BTreeMap<SmolStr, Vec<usize>> = BTreeMap::new();
        let mut by_original_namespace: BTreeMap<SmolStr, Vec<usize>> = BTreeMap::new();
        for (at, target) in list.iter().enumerate() {
            let names: BTreeSet<&SmolStr> = target.previous.iter().map(|id| &id.name).collect();
            for name in names {
                by_previous_name.entry(name.clone()).or_default().push(at);
            }
            by_original_namespace.entry(target.original_namespace.clone()).or_default().push(at);
        }
        Self { list, by_previous_name, by_original_namespace, answers: Answers::default() }
    }

    /// Returns where one of the resources stands.
    pub(super) fn place(&self, target: &Target) -> Option<usize> {
        self.once_named_at_first(target)
            .iter()
            .copied()
            .find(|at| self.list.get(*at).is_some_and(|candidate| std::ptr::eq(candidate, target)))
    }

    fn once_named_at_first(&self, target: &Target) -> &[usize] {
        target.previous.first().map(|id| self.once_named(&id.name)).unwrap_or_default()
    }

    /// Returns the resources that once had this name.
    pub(super) fn once_named(&self, name: &str) -> &[usize] {
        self.by_previous_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Tells whether any resource that passes was in a namespace at first.
    pub(super) fn any_from(&self, namespace: &str, passes: impl Fn(usize) -> bool) -> bool {
        self.by_original_namespace
            .get(namespace)
            .is_some_and(|found| found.iter().any(|at| passes(*at)))
    }
}

impl Target {
    /// Tells whether the resource was in a namespace at first.
    pub(super) fn was_in(&self, namespace: &str) -> bool {
        self.original_namespace == namespace
    }

    /// Tells whether one of the ids that it had is of a group, version and kind.
    pub(super) fn was_of(&self, group: &str, version: &str, kind: &str) -> bool {
        self.previous.iter().any(|id| id.selected_by(group, version, kind))
    }

    /// Tells whether prefixes and suffixes are another's, as far as both have them. With `allow_none`, having none is
    /// like having any.
    pub(super) fn same_affixes(&self, other: &Self, allow_none: bool) -> bool {
        let same = |own: &[SmolStr], other: &[SmolStr]| {
            (allow_none && (own.is_empty() || other.is_empty())) || same_ending(own, other)
        };
        same(&self.prefixes, &other.prefixes) && same(&self.suffixes, &other.suffixes)
    }
}

fn same_ending(one: &[SmolStr], other: &[SmolStr]) -> bool {
    let (short, long) = if one.len() > other.len() { (other, one) } else { (one, other) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}
