//! The bodies of kustomize's transformers: each changes one object by its settings, as a function on nodes.

pub mod iam_policy;
pub mod image;
pub mod metadata;
pub mod namespace;
pub mod path;
pub mod refvar;
pub mod replacement;
pub mod replicas;
pub mod selector;
