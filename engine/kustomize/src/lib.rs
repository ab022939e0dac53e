//! `kustomize build` over a tree in memory, byte for byte as kustomize v5.8 prints it.
//!
//! Enter at [`build`], or at [`build_with`] when the kustomization is not (only) what the tree's file says.
//! This crate loads nothing: a remote resource that [`BuildSettings::remotes`] lacks is named in [`Built::missing`].
//! It starts no function either: exec, container and Starlark functions are refused.
//!
//! The lower half knows nothing of files and kustomizations: [`schema`] holds merge keys and scopes, [`merge`] and
//! [`json_patch`] change one object by a patch, [`fields`] finds places in objects, and [`filters`] are the bodies of
//! the transformers, each a function on nodes.

pub mod budget;
pub mod fields;
pub mod filters;
pub mod format;
pub mod hash;
pub mod json_patch;
pub mod merge;
mod remote;
pub mod schema;

mod build;
mod config;
mod error;
mod folded;
mod generators;
mod history;
mod kustomization;
mod load;
mod paths;
mod plugins;
mod references;
mod resources;
mod session;
mod settings;
mod target;
mod transformers;
mod validators;

use std::collections::BTreeSet;

use weir_model::{Manifest, Tree, TreePath, Warned};
use weir_yaml::Node;

pub use history::{Edit, EditedField};
pub use remote::{RemoteTarget, remote_target};
pub use settings::{BuildSettings, ChartRequest, Inflate, LoadRestrictor, Reorder};

/// The names a kustomization file may have.
pub const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a build gave.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in the order in which they are printed.
    pub objects: Vec<Manifest>,
    /// What changed each of the objects, in order; empty when the settings ask for no trace.
    pub edits: Vec<Vec<Edit>>,
    /// The URLs of remote resources that the settings lack. When there is one, `objects` is incomplete.
    pub missing: BTreeSet<String>,
    /// The paths that the build looked for and the tree lacks. Whoever reads files only as they are needed reads these,
    /// and builds again; a chart's folder is then needed as a whole.
    pub absent: BTreeSet<TreePath>,
    /// How many folders above the tree's root a path leads that the kustomizations name; 0 when all lead into the tree.
    pub above: usize,
}

/// Builds the kustomization in a folder of the tree.
///
/// With an error among the diagnostics, or something missing, there are no objects.
pub fn build(tree: &Tree, root: &TreePath, settings: &BuildSettings) -> Warned<Built> {
    build::run(tree, root, None, settings)
}

/// Builds a folder as if its kustomization file held `kustomization`; a file that is there is ignored.
pub fn build_with(
    tree: &Tree,
    root: &TreePath,
    kustomization: &Node,
    settings: &BuildSettings,
) -> Warned<Built> {
    match weir_yaml::to_value(kustomization) {
        Ok(value) => build::run(tree, root, Some(&value), settings),
        Err(error) => Warned { value: Built::default(), diagnostics: vec![error.into()] },
    }
}

/// Writes objects as `kustomize build` prints them.
pub fn to_text(objects: &[Manifest]) -> String {
    texts(objects).collect()
}

/// Writes objects as `kustomize build` prints them, one after the other.
pub fn texts(objects: &[Manifest]) -> impl Iterator<Item = String> {
    objects.iter().enumerate().map(|(number, object)| {
        let text = weir_yaml::to_yaml(object.value());
        if number == 0 { text } else { format!("---\n{text}") }
    })
}
