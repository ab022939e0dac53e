//! `weir diff --fleet`: what one change does to many clusters, each distinct change once.
//!
//! Every cluster is compared by itself, one after the other, with one memo: what clusters share is rendered once. Of each
//! only the changes are kept, so that memory does not grow with the number of clusters.

use std::collections::BTreeMap;

use weir_model::{Digest, DigestBuilder, TreePath};
use weir_plan::{
    Action, Changes, Consequence, Counts, Hider, ObjectReview, ReviewSettings, UnitReview,
    UnitState, compare, review_with,
};

use super::filter;
use super::session::{Session, report};
use super::sides::{Both, Trees, both_at, trees};
use crate::args::{Diff, ReportFormat};
use crate::output::fleet::{self, Change, Cluster, Fleet};
use crate::output::{diff_words, pager};
use crate::{CommandError, Exit, Streams};

/// Runs `weir diff --fleet`.
pub(crate) fn run(command: &Diff, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    if !command.policy.is_empty() {
        return Err(CommandError::new("`--policy` judges one cluster, not a fleet")
            .hint("run it for each entry with `--path`"));
    }
    let patterns: Vec<String> = command.repository.path.iter().cloned().collect();
    let form = super::diff::output(command);
    if !matches!(form, ReportFormat::Text | ReportFormat::Json | ReportFormat::Markdown) {
        return Err(CommandError::new("`--fleet` prints text, JSON or Markdown")
            .hint("choose one with `--output`"));
    }
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let trees = trees(&command.range)?;
    let entries = entries(&trees, &patterns)?;
    let mut gathered = Gathered::default();
    let mut diagnostics = Vec::new();
    for entry in &entries {
        let both = both_at(&session, &trees, entry, streams)?;
        gathered.add(command, entry, &both);
        for diagnostic in both.diagnostics() {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    let fleet = gathered.finish(trees.title);
    match form {
        ReportFormat::Json => {
            let value = fleet::value(&fleet);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
        ReportFormat::Markdown => write!(streams.out, "{}", fleet::markdown(&fleet))?,
        _ => {
            let mut text = Vec::new();
            fleet::print(&fleet, &mut text)?;
            let text = String::from_utf8_lossy(&text);
            if command.no_pager {
                streams.out.write_all(text.as_bytes())?;
            } else {
                pager::write(&text, streams)?;
            }
        }
    }
    streams.out.flush()?;
    report(&diagnostics, streams.err)?;
    let unknown = fleet.clusters.iter().any(|cluster| !cluster.unknown.is_empty());
    Ok(match (unknown, fleet.changes.is_empty()) {
        (true, _) => Exit::Failure,
        (false, true) => Exit::Success,
        (false, false) => Exit::Differences,
    })
}

/// Finds the entries of both sides that fit the patterns.
fn entries(trees: &Trees, patterns: &[String]) -> Result<Vec<TreePath>, CommandError> {
    let mut entries = weir_flux::entry_candidates(&trees.after.1.value.tree);
    entries.extend(weir_flux::entry_candidates(&trees.before.1.value.tree));
    entries.sort();
    entries.dedup();
    entries.retain(|entry| filter::fits(patterns, entry.as_str()));
    if entries.is_empty() {
        return Err(CommandError::new("found no entry path of a cluster")
            .hint("name them with `--path 'clusters/*'`"));
    }
    Ok(entries)
}

/// What was found so far.
#[derive(Default)]
struct Gathered {
    hider: Hider,
    clusters: Vec<Cluster>,
    changes: Vec<Change>,
    places: BTreeMap<Digest, usize>,
}

impl Gathered {
    /// Adds the changes of a cluster.
    fn add(&mut self, command: &Diff, entry: &TreePath, both: &Both) {
        let (before, after) = (&both.before.plan, &both.after.plan);
        let mut changes = compare(before, after);
        filter::apply(&mut changes, &command.review);
        let settings =
            ReviewSettings { all: command.review.all, strip: command.review.strip_attr.clone() };
        let review = review_with(&changes, before, after, &settings, &mut self.hider);
        let place = self.clusters.len();
        self.clusters.push(Cluster {
            entry: entry.to_string(),
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

    fn finish(mut self, title: String) -> Fleet {
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

/// Adds up counts.
pub(crate) fn sum(counts: impl Iterator<Item = Counts>) -> Counts {
    counts.fold(Counts::default(), |all, one| Counts {
        added: all.added + one.added,
        changed: all.changed + one.changed,
        removed: all.removed + one.removed,
        moved: all.moved + one.moved,
        replaced: all.replaced + one.replaced,
        unknown: all.unknown + one.unknown,
    })
}
