//! What each fuzz target does with its input.

pub mod kustomize;
