//! The verbs, a file each.

pub(crate) mod apply;
pub(crate) mod build;
mod chance;
pub(crate) mod check;
mod cluster;
pub(crate) mod diff;
pub(crate) mod facts;
mod filter;
pub(crate) mod fleet;
pub(crate) mod get;
pub(crate) mod graph;
pub(crate) mod helm;
pub(crate) mod images;
pub(crate) mod kustomize;
pub(crate) mod lock;
pub(crate) mod log;
mod object;
pub(crate) mod plan;
pub(crate) mod policy;
mod progress;
mod saved;
mod session;
mod show;
mod sides;
pub(crate) mod snapshot;
pub(crate) mod test;
pub(crate) mod why;
