//! Writing YAML: one low-level writer, and a driver for each of Go's emitters.

mod analysis;
mod nodes;
mod scalars;
mod values;
mod writer;

pub(crate) use nodes::{emit, emit_all, emit_indented};
pub(crate) use values::{to_yaml, to_yaml_by_bytes, value_style};
