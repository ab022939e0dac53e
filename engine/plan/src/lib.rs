//! The plan as a value: units with their objects, addressed by content, and the changes between two plans.
//!
//! A plan never holds a path of this machine, a time, or anything that depends on threads.

mod unit;

pub use unit::{Body, Plan, PlanObject, Provenance, SourceRef, Unit, UnitId, UnitKind};
