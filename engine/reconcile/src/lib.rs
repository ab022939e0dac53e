//! The decisions of the applier and of the controllers, as pure functions of what is wanted and what was observed.
//!
//! In the order of an apply: [`variables`] holds units back, [`sequence`] orders the others, [`policy`] says how a unit wants to be applied, [`order`] in which order its objects go,
//! [`markers`] which are left alone, [`normalize`] what is sent, [`held`], [`drift`] and [`ignore`] whether anything is
//! to be changed, [`takeover`] whose fields become ours, [`refusal`] what a refusal means, [`prune`] what may be
//! deleted, [`inventory`] what is recorded, [`merge`] how Helm 3 upgrades an object, [`release`] what becomes of a Helm release next, [`health`] whether the objects became ready, and
//! [`events`] what is told of it all.
//!
//! Nothing here reads a cluster or a clock, and nothing here writes: `weir-io-apply` observes, asks this crate what is to
//! be done, and does it.

pub mod drift;
pub mod events;
pub mod health;
pub mod held;
pub mod ignore;
pub mod inventory;
pub mod markers;
pub mod merge;
pub mod normalize;
pub mod order;
pub mod policy;
pub mod prune;
pub mod refusal;
pub mod release;
pub mod sequence;
pub mod takeover;
pub mod variables;

#[cfg(test)]
mod tests {
    use weir_model::{Manifest, Source, Value};

    /// Reads a value for a test.
    pub(crate) fn value(text: &str) -> Value {
        weir_yaml::read_value_exact(text.as_bytes(), Source::default()).unwrap()
    }

    /// Reads an object for a test.
    pub(crate) fn manifest(text: &str) -> Manifest {
        Manifest::new(value(text)).unwrap()
    }
}
