//! The Flux API types and their meaning.

mod entry;

pub use entry::entry_candidates;
