//! The plan as a value: units with their objects, addressed by content, and the changes between two plans.
//!
//! A plan never holds a path of this machine, a time, or anything that depends on threads. Nothing here prints;
//! [`hide`] and [`hide_pair`] make the copies of objects that may be printed.

mod compare;
mod fields;
mod hide;
mod hunks;
mod unit;

pub use compare::{Action, Changes, Counts, ObjectChange, UnitChange, UnitState, compare};
pub use fields::{FieldChange, field_changes};
pub use hide::{HIDDEN, HIDDEN_CHANGED, hide, hide_pair};
pub use hunks::{Hunk, Line, LineKind, hunks};
pub use unit::{Body, Plan, PlanObject, Provenance, SourceRef, Unit, UnitId, UnitKind};
