//! Helm: charts are loaded, values merged, templates rendered, hooks set apart and manifests put in order,
//! byte for byte as `helm template` of Helm 3.22 and 4.3 does.
//!
//! Enter by [`Chart::load`] or [`Chart::from_archive`], then [`render`]. Values that a user gives are made by [`values`].
//! What Helm keeps of a release is a [`record`].
//! What is absent on purpose: any contact with the world (no `lookup` in a cluster, no DNS, no clock, no randomness: all
//! are [`Facts`]), post-rendering, and writing to a cluster.

mod capabilities;
mod chart;
mod documents;
mod engine;
mod facts;
pub mod functions;
mod head;
mod hooks;
mod instance;
mod lint;
mod order;
mod path_match;
pub mod record;
mod release;
mod render;
mod rendered;
mod trace;
mod validate;
pub mod values;

pub use chart::{Chart, Dependency, File, Maintainer, Metadata};
pub use engine::release_name;
pub use facts::{Facts, HelmVersion, KubeVersion};
pub use hooks::{Hook, HookEvent};
pub use lint::{Finding, lint};
pub use order::compare_for_deletion;
pub use release::{Release, validate_release_name};
pub use render::{render, render_templates, render_text, render_traced, sort_files};
pub use rendered::{Crd, ManifestText, Rendered, TextOptions};
pub use trace::{Trace, ValueRead, Written};
pub use validate::validate;
pub use weir_gotmpl::TemplateLine;
