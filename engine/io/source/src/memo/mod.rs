//! Where an engine's memo lies between processes.
//!
//! Everyone has a folder of their own, in the user's cache folder. Beside it there may be a shared place: a folder that
//! CI jobs have in common, a bucket, or a repository of an OCI registry. What came from secrets never goes there.

mod folder;
mod layers;

pub use folder::MemoFolder;
pub use layers::Memos;
