//! What each fuzz target does with its input.

pub mod chart_load;
pub mod kustomize;
pub mod strvals;
pub mod template_execute;
pub mod template_parse;
