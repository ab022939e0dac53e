//! The changes of all clusters, each distinct one once.

use std::collections::BTreeMap;

use weir_model::{Digest, DigestBuilder};
use weir_plan::{
    Action, Changes, Consequence, Hider, ObjectReview, ReviewSettings, UnitReview, UnitState,
    compare, review_with,
};

use crate::args::Diff;
use crate::commands::filter;
use crate::commands::policy::{Policies, Refusal};
use crate::commands::sides::Both;
use crate::output::diff_words;
use crate::output::fleet::{Change, Cluster, Fleet};

/// What was found so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// What policies refuse, in the order of the clusters.
    pub(super) refusals: Vec<Refusal>,
    hider: Hider,
    clusters: Vec<Cluster>,
    changes: Vec<Change>,
    places: BTreeMap<Digest, usize>,
}

impl Gathered {
    /// Adds the changes of a cluster.
    pub(super) fn add(&mut self, command: &Diff, policies: &Policies, name: &str, both: &Both) {
        let (before, after) = (&both.before.plan, &both.after.plan);
        let mut changes = compare(before, after);
        let refusals = policies.judge(&changes, before, after, &both.entry);
        self.refusals.extend(refusals.into_iter().map(|refusal| {
            let object = match refusal.object {
                Some(object) => format!("{object} in {name}"),
                None => name.to_owned(),
            };
            Refusal { object: Some(object), ..refusal }
        }));
        filter::apply(&mut changes, &command.review);
        let settings =
            ReviewSettings { all: command.review.all, strip: command.review.strip_attr.clone() };
        let review = review_with(&changes, before, after, &settings, &mut self.hider);
        let place = self.clusters.len();
        self.clusters.push(Cluster {
            name: name.to_owned(),
            entry: both.entry.to_string(),
            counts: changes.counts(),
            folded: review.folded(),
            unknown: unknown(&changes),
            changes: Vec::new(),
        });
        for unit in &review.units {
            for object in &unit.objects {
                self.add_object(command, place, unit, object);
            }
        }
    }

    fn add_object(
        &mut self,
        command: &Diff,
        cluster: usize,
        unit: &UnitReview<'_>,
        object: &ObjectReview<'_>,
    ) {
        let key = key(unit, object);
        let next = self.changes.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            let (mark, word) = diff_words::action(object);
            // What is alike in one cluster is told per object here: in another it may differ.
            let whole = ObjectReview { same_as: None, ..copy(object) };
            self.changes.push(Change {
                unit: unit.change.id.to_string(),
                object: diff_words::name(object),
                mark,
                word,
                folded: object.own.is_empty() && object.change.action == Action::Change,
                consequences: grave(object),
                hunks: diff_words::object_hunks(&whole, command.context),
                clusters: Vec::new(),
            });
        }
        if let Some(change) = self.changes.get_mut(place)
            && change.clusters.last() != Some(&cluster)
        {
            change.clusters.push(cluster);
        }
        if let Some(cluster) = self.clusters.get_mut(cluster) {
            cluster.changes.push(place);
        }
    }

    /// Puts the distinct changes in order.
    pub(super) fn finish(mut self, title: String) -> Fleet {
        // By object, so that what differs from cluster to cluster stands together.
        let mut order: Vec<usize> = (0..self.changes.len()).collect();
        order.sort_by(|a, b| {
            let of = |index: &usize| {
                let change = &self.changes[*index];
                (&change.unit, &change.object, std::cmp::Reverse(change.clusters.len()))
            };
            of(a).cmp(&of(b))
        });
        let mut places = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            places[*old] = new;
        }
        for cluster in &mut self.clusters {
            cluster.changes = cluster.changes.iter().map(|old| places[*old]).collect();
            cluster.changes.sort_unstable();
        }
        let mut changes: Vec<Option<Change>> = self.changes.into_iter().map(Some).collect();
        let changes = order.into_iter().filter_map(|old| changes[old].take()).collect();
        Fleet { title, clusters: self.clusters, changes }
    }
}

/// What makes two clusters' changes one: the unit, the object, what happens, and the fields.
fn key(unit: &UnitReview<'_>, object: &ObjectReview<'_>) -> Digest {
    let mut digest = DigestBuilder::new("fleet");
    digest.text(&unit.change.id.to_string()).text(&diff_words::name(object));
    let (mark, word) = diff_words::action(object);
    digest.text(mark).text(&word).number(object.own.len() as u64);
    for field in &object.own {
        digest.text(&field.path);
        for value in [&field.before, &field.after] {
            digest.number(u64::from(value.is_some()));
            if let Some(value) = value {
                value.digest_into(&mut digest);
            }
        }
    }
    for consequence in grave(object) {
        digest.text(&consequence);
    }
    if object.change.action == Action::Add
        && let Some(after) = &object.after
    {
        after.digest_into(&mut digest);
    }
    digest.finish()
}

fn grave(object: &ObjectReview<'_>) -> Vec<String> {
    let grave = object.consequences.iter().filter(|item| Consequence::is_grave(item));
    grave.map(ToString::to_string).collect()
}

fn copy<'a>(object: &ObjectReview<'a>) -> ObjectReview<'a> {
    ObjectReview {
        change: object.change,
        before: object.before.clone(),
        after: object.after.clone(),
        own: Vec::new(),
        aside: Vec::new(),
        consequences: Vec::new(),
        same_as: None,
        same: 0,
    }
}

fn unknown(changes: &Changes) -> Vec<(String, Vec<String>)> {
    let units = changes.units.iter().filter_map(|unit| match &unit.state {
        UnitState::Unknown { reasons, .. } => {
            let reasons = reasons.iter().map(ToString::to_string).collect();
            Some((unit.id.to_string(), reasons))
        }
        UnitState::Kept | UnitState::Added | UnitState::Removed => None,
    });
    units.collect()
}
