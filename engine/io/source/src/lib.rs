//! Reads sources from the world: folders, Git repositories, and whatever else a demand of the engine names.
//!
//! Enter by [`Workspace`] for what lies on this machine, and by [`Sources`] for what a demand names elsewhere;
//! [`Sources::settle`] is the loop around the engine. Everything ends up as a tree in memory, within the bounds of
//! [`limits`]. What is absent on purpose: any meaning of the files, and any other program, such as `git`.

pub mod archive;
mod credentials;
mod fetch;
pub mod files;
pub mod folder;
pub mod git;
pub mod limits;
mod links;
mod memo;
mod mirror;
mod names;
mod settle;
mod store;
mod workspace;

pub use fetch::{FetchError, Progress, Settings, Sources};
pub use git::{Commit, Written};
pub use memo::{MemoFolder, Memos};
pub use mirror::{MirrorError, Mirrors};
pub use store::{Store, StoreError};
pub use workspace::{Workspace, WorkspaceError};
