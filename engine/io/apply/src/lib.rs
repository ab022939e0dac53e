//! Makes a cluster match a plan, and shows what that would change.
//!
//! [`changes`] asks the API server what applying a plan would do and gives it as [`weir_plan::Changes`]; [`apply`] does
//! it, unit by unit and stage by stage, as kustomize-controller would: same field manager, same labels, same inventory,
//! so that a cluster can be handed over in either direction.
//!
//! What is to be done is decided by `weir-reconcile`; this crate observes and writes. It keeps three promises: an object
//! that is known to be as wanted costs no request of its own; when an object of a stage is refused, nothing of that stage
//! is written; and nothing is deleted that [`weir_reconcile::prune`] has not let go.

mod apply;
mod assess;
mod changes;
mod events;
mod helm;
mod live;
mod prune;
mod record;
mod report;
mod secrecy;
mod stage;
mod target;
mod telling;
mod unit;
mod wait;

pub use apply::{Settings, apply};
pub use assess::hint;
pub use changes::{Preview, changes};
pub use report::{Event, Failure, ObjectReport, Outcome, Report, UnitOutcome, UnitReport};

/// The name under which objects are applied: Flux's own, so that a cluster can be handed over.
pub const FIELD_MANAGER: &str = "kustomize-controller";

/// The name under which a Kustomization's status is written.
pub const STATUS_MANAGER: &str = "gotk-kustomize-controller";
