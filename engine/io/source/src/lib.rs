//! Reads sources from the world: folders, Git repositories, and whatever else a demand of the engine names.
//!
//! Enter by [`Workspace`] for what lies on this machine. Everything ends up as a tree in memory, within the bounds of
//! [`limits`]. What is absent on purpose: any meaning of the files, and any other program, such as `git`.

pub mod folder;
pub mod git;
pub mod limits;
mod links;
mod names;
mod workspace;

pub use workspace::{Workspace, WorkspaceError};
