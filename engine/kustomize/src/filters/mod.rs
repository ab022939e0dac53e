//! The bodies of kustomize's transformers: each changes one object by its settings.

pub mod image;
