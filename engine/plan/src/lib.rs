//! The plan as a value: units with their objects, addressed by content, and the changes between two plans.
//!
//! A plan never holds a path of this machine, a time, or anything that depends on threads. Nothing here prints;
//! [`hide`], [`Hider`] and [`review`] make the copies of objects that may be printed.

mod align;
mod compare;
mod fields;
mod hide;
mod hunks;
mod moves;
mod review;
mod unit;
mod words;

pub use compare::{Action, Changes, Counts, ObjectChange, UnitChange, UnitState, compare};
pub use fields::{FieldChange, field_changes};
pub use hide::{HIDDEN, Hider, hide, hide_id, hide_pair};
pub use hunks::{Hunk, Line, LineKind, hunks};
pub use review::{
    Cause, CauseKind, Consequence, ObjectReview, Review, ReviewSettings, UnitReview, review,
    review_with, shown_id,
};
pub use unit::{Body, Plan, PlanObject, Provenance, SourceRef, Unit, UnitId, UnitKind, replace_at};
