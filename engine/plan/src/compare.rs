//! What changes from one plan to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{Diagnostic, Manifest, ObjectId};

use crate::moves::find_moves;
use crate::{Body, Plan, PlanObject, Unit, UnitId, UnitKind};

/// Everything that changes, by unit.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The units that have something to say, in the order of their ids.
    pub units: Vec<UnitChange>,
}

/// What changes in one unit.
#[derive(Clone, Debug)]
pub struct UnitChange {
    /// Which one.
    pub id: UnitId,
    /// Whether the unit itself comes, goes, or could not be compared.
    pub state: UnitState,
    /// The chart and its version before and after, where a release's chart differs.
    pub chart: Option<(String, String)>,
    /// The objects that change, in the order of their ids.
    pub objects: Vec<ObjectChange>,
}

/// Whether a unit comes, goes or stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitState {
    /// It is in both plans.
    Kept,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It could not be rendered on one side, so its objects are not compared: nothing is known to go or come.
    Unknown {
        /// The side that failed: `before`, `after` or `both`.
        side: &'static str,
        /// Why.
        reasons: Vec<Diagnostic>,
    },
}

/// What happens to one object.
#[derive(Clone, Debug)]
pub struct ObjectChange {
    /// Which one.
    pub id: ObjectId,
    /// What happens.
    pub action: Action,
    /// The object before; none when it is added.
    pub before: Option<Arc<Manifest>>,
    /// The object after; none when it is removed.
    pub after: Option<Arc<Manifest>>,
}

/// What happens to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It comes.
    Add,
    /// It stays and differs.
    Change,
    /// It goes.
    Remove,
    /// It comes from another unit; it is neither deleted nor made anew.
    Move {
        /// The unit that had it.
        from: UnitId,
    },
    /// It takes the place of an object of another name or namespace, which goes: a generated name, or a move to another
    /// namespace. The cluster deletes the one and makes the other.
    Replace {
        /// The object that goes.
        from: ObjectId,
        /// The unit that had it.
        unit: UnitId,
    },
}

/// How many objects and units are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects that come.
    pub added: usize,
    /// Objects that differ.
    pub changed: usize,
    /// Objects that go.
    pub removed: usize,
    /// Objects that move to another unit.
    pub moved: usize,
    /// Objects that take the place of one of another name or namespace.
    pub replaced: usize,
    /// Units that could not be compared.
    pub unknown: usize,
}

impl UnitChange {
    /// Tells whether the unit has something to say.
    fn says_something(&self) -> bool {
        self.state != UnitState::Kept || self.chart.is_some() || !self.objects.is_empty()
    }
}

impl Changes {
    /// Tells whether nothing changes and everything could be compared.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Counts objects and units.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for unit in &self.units {
            counts.unknown += usize::from(matches!(unit.state, UnitState::Unknown { .. }));
            for object in &unit.objects {
                match object.action {
                    Action::Add => counts.added += 1,
                    Action::Change => counts.changed += 1,
                    Action::Remove => counts.removed += 1,
                    Action::Move { .. } => counts.moved += 1,
                    Action::Replace { .. } => counts.replaced += 1,
                }
            }
        }
        counts
    }
}

/// Compares two plans.
///
/// A unit that is not ready on one side is reported as unknown, also when it is absent only because the unit that
/// would hold its Flux object is not ready: a failure to render never looks like a deletion. A unit that waits on both
/// sides with the same input has nothing to say.
pub fn compare(before: &Plan, after: &Plan) -> Changes {
    let mut ids: Vec<&UnitId> =
        before.units.iter().chain(&after.units).map(|unit| &unit.id).collect();
    ids.sort();
    ids.dedup();
    let mut units: Vec<UnitChange> = ids
        .into_iter()
        .filter_map(|id| compare_unit(id, (before, before.unit(id)), (after, after.unit(id))))
        .collect();
    find_moves(&mut units);
    units.retain(UnitChange::says_something);
    Changes { units }
}

fn compare_unit(
    id: &UnitId,
    (before_plan, before): (&Plan, Option<&Unit>),
    (after_plan, after): (&Plan, Option<&Unit>),
) -> Option<UnitChange> {
    let unknown = |side: &'static str, reasons: Vec<Diagnostic>| {
        let state = UnitState::Unknown { side, reasons };
        Some(UnitChange { id: id.clone(), state, chart: None, objects: Vec::new() })
    };
    match (before, after) {
        (None, None) => None,
        (Some(unit), None) => match (unready_ancestor(unit, before_plan, after_plan), &unit.body) {
            (Some(reasons), _) => unknown("after", reasons),
            (None, Body::Broken(reasons) | Body::Waiting(reasons)) => {
                unknown("before", reasons.clone())
            }
            (None, _) => Some(whole(unit, UnitState::Removed)),
        },
        (None, Some(unit)) => match (unready_ancestor(unit, after_plan, before_plan), &unit.body) {
            (Some(reasons), _) => unknown("before", reasons),
            (None, Body::Broken(reasons) | Body::Waiting(reasons)) => {
                unknown("after", reasons.clone())
            }
            (None, _) => Some(whole(unit, UnitState::Added)),
        },
        (Some(old), Some(new)) => match (&old.body, &new.body) {
            (Body::Same, _) | (_, Body::Same) => None,
            (Body::Ready(old_objects), Body::Ready(new_objects)) => Some(UnitChange {
                id: id.clone(),
                state: UnitState::Kept,
                chart: chart_change(old, new),
                objects: compare_objects(old_objects, new_objects),
            }),
            (Body::Ready(_), Body::Broken(reasons) | Body::Waiting(reasons)) => {
                unknown("after", reasons.clone())
            }
            (Body::Broken(reasons) | Body::Waiting(reasons), Body::Ready(_)) => {
                unknown("before", reasons.clone())
            }
            (Body::Waiting(_), Body::Waiting(_)) if old.input == new.input => None,
            (_, Body::Broken(reasons) | Body::Waiting(reasons)) => unknown("both", reasons.clone()),
        },
    }
}

/// Returns why `unit`, present in `here`, may be absent `there` without having been removed: one of the units above it
/// is not ready there.
fn unready_ancestor(unit: &Unit, here: &Plan, there: &Plan) -> Option<Vec<Diagnostic>> {
    let mut parent = unit.parent.as_ref();
    // A chain is never longer than the plan, whatever the parents say.
    for _ in 0..here.units.len() {
        let id = parent?;
        match there.unit(id).map(|unit| &unit.body) {
            Some(Body::Broken(_) | Body::Waiting(_)) => {
                let message = format!("`{id}`, which holds `{}`, could not be rendered", unit.id);
                return Some(vec![Diagnostic::error("unit-not-rendered", message)]);
            }
            Some(_) => return None,
            None => parent = here.unit(id)?.parent.as_ref(),
        }
    }
    None
}

/// Names a release's chart on both sides, when it is another chart or version.
fn chart_change(old: &Unit, new: &Unit) -> Option<(String, String)> {
    let name = |unit: &Unit| {
        let source = unit.source.as_ref().filter(|_| unit.id.kind == UnitKind::HelmRelease)?;
        // A chart in a Git repository has the repository's revision, which says nothing about the chart.
        let version = if source.revision.contains("sha1:") { "" } else { source.revision.as_str() };
        // An artifact's digest says nothing that its tag does not.
        let version = version.split_once('@').map_or(version, |(tag, _)| tag);
        Some(format!("{} {version}", source.path).trim_end().to_owned())
    };
    let (old, new) = (name(old)?, name(new)?);
    (old != new).then_some((old, new))
}

/// A unit that comes or goes with all its objects.
fn whole(unit: &Unit, state: UnitState) -> UnitChange {
    let objects = match &unit.body {
        Body::Ready(objects) => objects.as_slice(),
        Body::Waiting(_) | Body::Broken(_) | Body::Same => &[],
    };
    let objects = if state == UnitState::Added {
        compare_objects(&[], objects)
    } else {
        compare_objects(objects, &[])
    };
    UnitChange { id: unit.id.clone(), state, chart: None, objects }
}

/// An object before and after.
type Pair<'plan> = (Option<&'plan PlanObject>, Option<&'plan PlanObject>);

fn compare_objects(before: &[PlanObject], after: &[PlanObject]) -> Vec<ObjectChange> {
    let mut pairs: BTreeMap<(&ObjectId, usize), Pair<'_>> = BTreeMap::new();
    for (key, object) in numbered(before) {
        pairs.entry(key).or_default().0 = Some(object);
    }
    for (key, object) in numbered(after) {
        pairs.entry(key).or_default().1 = Some(object);
    }
    pairs
        .into_iter()
        .filter_map(|((id, _), (before, after))| {
            let action = match (before, after) {
                (Some(before), Some(after)) if is_same(before, after) => return None,
                (Some(_), Some(_)) => Action::Change,
                (None, _) => Action::Add,
                (_, None) => Action::Remove,
            };
            Some(ObjectChange {
                id: id.clone(),
                action,
                before: before.map(|object| object.manifest.clone()),
                after: after.map(|object| object.manifest.clone()),
            })
        })
        .collect()
}

/// Tells whether two objects are the same. One that comes from a saved snapshot has no digest but the public one: whether
/// its secrets changed cannot be known, and so is not said.
fn is_same(before: &PlanObject, after: &PlanObject) -> bool {
    let knows_secrets = |object: &PlanObject| object.digest != object.public;
    before.digest == after.digest
        || (before.public == after.public && !(knows_secrets(before) && knows_secrets(after)))
}

/// Numbers the objects of one id, so that duplicates are compared in their order.
fn numbered(objects: &[PlanObject]) -> impl Iterator<Item = ((&ObjectId, usize), &PlanObject)> {
    let mut seen: BTreeMap<&ObjectId, usize> = BTreeMap::new();
    objects.iter().map(move |object| {
        let count = seen.entry(&object.id).or_default();
        *count += 1;
        ((&object.id, *count), object)
    })
}
