//! The Flux kinds whose objects decide what is rendered, one file each.
//!
//! Each type has `read`, which takes a manifest and returns what could be understood of it together with what was
//! wrong. Fields that do not influence the result are not read, unknown fields are tolerated.

mod artifact_generator;
mod bucket;
mod external_artifact;
mod git_repository;
mod helm_chart;
mod helm_release;
mod helm_repository;
mod kustomization;
mod oci_repository;
mod shared;

pub use artifact_generator::{
    ArtifactGenerator, CopyOperation, GeneratedArtifact, GeneratorSource, Strategy,
};
pub use bucket::Bucket;
pub use external_artifact::ExternalArtifact;
pub use git_repository::{GitInclude, GitRepository, GitRevision};
pub use helm_chart::HelmChart;
pub use helm_release::{
    CrdPolicy, HelmRelease, PostRenderStrategy, PostRenderer, ReleaseChart, ValuesReference,
};
pub use helm_repository::HelmRepository;
pub use kustomization::{Kustomization, SubstituteReference};
pub use oci_repository::{OciRepository, OciRevision};
pub use shared::{CommonMetadata, Dependency, HealthCheck, Image, Patch, Reference, Selector};
