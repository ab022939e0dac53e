//! What Flux objects mean: the API types as they are read from manifests, and the pure parts of what the controllers do.
//!
//! The kinds are under [`kinds`]; around them are variable substitution, ignore rules, the generation of kustomization
//! files, and the copying that makes artifacts. Nothing here renders (that is `weir-kustomize` and `weir-helm`), and
//! nothing here decides what depends on what (that is `weir-evaluate`).

pub mod closure;
pub mod copy;
pub mod data;
mod entry;
pub mod envsubst;
pub mod generate;
mod glob;
pub mod kinds;
pub mod names;
pub mod path_pattern;
mod read;
pub mod sops;
pub mod sourceignore;
pub mod substitute;
pub mod taint;

pub use entry::entry_candidates;
