//! Semantic versions and constraints as `Masterminds/semver` 3.5 reads them; Helm, Flux and sprig all speak this dialect.
//!
//! It differs from Cargo's: a bare `1.2` is a tilde range, `||`, hyphen ranges, `!=` and a leading `v` are accepted, and one
//! prerelease in a group of constraints lets the whole group match prereleases.

mod constraint;
mod version;

pub use constraint::Constraint;
pub use version::{SemverError, Version};
