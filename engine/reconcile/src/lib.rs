//! The decisions of the applier and of the controllers, as pure functions of what is wanted and what was observed.
//!
//! [`health`] judges objects. Nothing here reads a cluster or a clock, and nothing here writes: `weir-io-apply`
//! observes, asks this crate what is to be done, and does it.

pub mod health;
