//! Changes as people read them: what somebody wrote in full, what only follows from it folded under its cause.
//!
//! Nothing is left out: every object of the [`Changes`] is in the review, with each field either among its own or set
//! aside under a cause, and the counts say how many objects are folded as a whole. All values are hidden copies; what
//! decides about folding never sees a secret.

mod cause;
mod consequence;
mod defaults;
mod immutable;
mod policy;
mod rules;
mod same;
#[cfg(test)]
mod tests;

use weir_model::{ObjectId, Value};

use crate::fields::fold;
use crate::hide::{Hider, hide_id};
use crate::{Action, Changes, FieldChange, ObjectChange, Plan, UnitChange};

pub use cause::{Cause, CauseKind};
pub use consequence::Consequence;

use consequence::World;
use policy::Policy;
use rules::Rules;

/// What a review folds.
#[derive(Clone, Debug, Default)]
pub struct ReviewSettings {
    /// Fold nothing.
    pub all: bool,
    /// Keys of labels and annotations whose changes are folded whatever they are.
    pub strip: Vec<String>,
}

/// Changes with their causes and consequences.
#[derive(Debug)]
pub struct Review<'a> {
    /// The units that have something to say.
    pub units: Vec<UnitReview<'a>>,
}

/// What changes in one unit.
#[derive(Debug)]
pub struct UnitReview<'a> {
    /// The change itself.
    pub change: &'a UnitChange,
    /// Whether the unit is suspended after the change: then nothing happens until it is resumed.
    pub suspended: bool,
    /// Why fields change that nobody wrote.
    pub causes: Vec<Cause>,
    /// The objects, in the order of the change's.
    pub objects: Vec<ObjectReview<'a>>,
}

/// What changes in one object. The values are hidden copies.
#[derive(Debug)]
pub struct ObjectReview<'a> {
    /// The change itself.
    pub change: &'a ObjectChange,
    /// The object before, in which the folded fields are already as they will be; none when it is new.
    pub before: Option<Value>,
    /// The object after; none when it goes.
    pub after: Option<Value>,
    /// The fields that somebody wrote.
    pub own: Vec<FieldChange>,
    /// The fields that follow from a cause, with the cause's place in the unit.
    pub aside: Vec<(usize, FieldChange)>,
    /// What the change leads to in the cluster.
    pub consequences: Vec<Consequence>,
    /// The unit and object, by their places, whose own fields change in the very same way and are shown.
    pub same_as: Option<(usize, usize)>,
    /// How many other objects change in the very same way as this one, which stands for them.
    pub same: usize,
}

impl ObjectReview<'_> {
    /// Tells whether there is nothing to read in the object itself: all that changes in it stands elsewhere.
    pub fn is_folded(&self) -> bool {
        let stays = self.before.is_some() && self.after.is_some();
        stays && (self.own.is_empty() || self.same_as.is_some())
    }

    /// Tells whether the object's line can be left out too: it is folded, stays in its place, and nothing grave follows.
    pub fn is_silent(&self) -> bool {
        self.is_folded()
            && self.change.action == Action::Change
            && !self.consequences.iter().any(Consequence::is_grave)
    }
}

impl Review<'_> {
    /// Counts the objects in which there is nothing to read.
    pub fn folded(&self) -> usize {
        self.units.iter().flat_map(|unit| &unit.objects).filter(|object| object.is_folded()).count()
    }

    /// Tells whether a consequence is grave: data lost, objects made anew, kinds gone.
    pub fn is_grave(&self) -> bool {
        let mut objects = self.units.iter().flat_map(|unit| &unit.objects);
        objects.any(|object| object.consequences.iter().any(Consequence::is_grave))
    }
}

/// Reviews the changes from one plan to another.
///
/// The plans tell what the changes alone don't: whether a unit prunes or forces, and which objects are of a kind that
/// goes. Units that were not rendered because they are equal on both sides are not looked into.
pub fn review<'a>(
    changes: &'a Changes,
    before: &Plan,
    after: &Plan,
    settings: &ReviewSettings,
) -> Review<'a> {
    review_with(changes, before, after, settings, &mut Hider::default())
}

/// Reviews changes as [`review`] does, with the numbers of secrets that other reviews of the same report have given.
pub fn review_with<'a>(
    changes: &'a Changes,
    before: &Plan,
    after: &Plan,
    settings: &ReviewSettings,
    hider: &mut Hider,
) -> Review<'a> {
    let world = World::new(before, after);
    let mut units: Vec<UnitReview<'a>> = changes
        .units
        .iter()
        .map(|unit| review_unit(unit, before, after, &world, settings, hider))
        .collect();
    if !settings.all {
        same::find(&mut units);
    }
    Review { units }
}

fn review_unit<'a>(
    change: &'a UnitChange,
    before: &Plan,
    after: &Plan,
    world: &World<'_>,
    settings: &ReviewSettings,
    hider: &mut Hider,
) -> UnitReview<'a> {
    let hidden: Vec<(Option<Value>, Option<Value>)> = change
        .objects
        .iter()
        .map(|object| match (&object.before, &object.after) {
            (Some(before), Some(after)) => {
                let (before, after) = hider.pair(before, after);
                (Some(before), Some(after))
            }
            (before, after) => (
                before.as_ref().map(|manifest| hider.one(manifest)),
                after.as_ref().map(|manifest| hider.one(manifest)),
            ),
        })
        .collect();
    let rules = Rules::new(change, &hidden, settings);
    let policy = Policy::of(&change.id, before, after);
    let mut causes = cause::Causes::default();
    let mut objects = Vec::with_capacity(hidden.len());
    for (index, (object, pair)) in change.objects.iter().zip(hidden).enumerate() {
        let (own, aside, before, after) = match pair {
            (Some(before), Some(after)) => {
                let folded = fold(&before, &after, &|difference| rules.reason(object, difference));
                let aside: Vec<(usize, FieldChange)> = folded
                    .aside
                    .into_iter()
                    .map(|(kind, field)| (causes.add(kind, index, &field), field))
                    .collect();
                (folded.own, aside, Some(folded.before), Some(after))
            }
            (before, after) => (Vec::new(), Vec::new(), before, after),
        };
        let consequences = consequence::of(object, &policy, world);
        let (same_as, same) = (None, 0);
        objects.push(ObjectReview {
            change: object,
            before,
            after,
            own,
            aside,
            consequences,
            same_as,
            same,
        });
    }
    UnitReview { change, suspended: policy.suspended, causes: causes.finish(), objects }
}

/// Names an object for people. A name that came from a secret is hidden.
pub fn shown_id(change: &ObjectChange) -> ObjectId {
    match change.after.as_ref().or(change.before.as_ref()) {
        Some(manifest) => hide_id(&change.id, manifest),
        None => change.id.clone(),
    }
}
