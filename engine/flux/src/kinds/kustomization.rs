//! `Kustomization`: a folder of a source, built by kustomize.

use std::collections::BTreeMap;

use weir_model::{Manifest, Origin, SmolStr, Warned};

use super::shared::{
    CommonMetadata, Dependency, HealthCheck, Image, Patch, Reference, dependencies, health_checks,
    images, patches,
};
use crate::read::{Fields, read};

/// What of a `Kustomization` decides its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kustomization {
    /// The source with the manifests.
    pub source: Reference,
    /// The folder inside the source; empty for its root.
    pub path: SmolStr,
    /// The namespace that all objects get.
    pub target_namespace: Option<SmolStr>,
    /// A prefix for all names.
    pub name_prefix: Option<SmolStr>,
    /// A suffix for all names.
    pub name_suffix: Option<SmolStr>,
    /// Patches, added to those of the folder.
    pub patches: Vec<Patch>,
    /// Images, merged by name into those of the folder.
    pub images: Vec<Image>,
    /// Components, added to those of the folder; relative to it.
    pub components: Vec<SmolStr>,
    /// Whether components that are not there are skipped.
    pub ignore_missing_components: bool,
    /// Kustomize's build metadata, instead of the folder's.
    pub build_metadata: Vec<SmolStr>,
    /// Metadata for all objects, set after the build.
    pub common_metadata: CommonMetadata,
    /// Variables written inline; they win.
    pub substitute: BTreeMap<SmolStr, SmolStr>,
    /// Variables from ConfigMaps and Secrets; later ones win.
    pub substitute_from: Vec<SubstituteReference>,
    /// Whether substitution runs even without a variable (`substituteStrategy: Always`).
    pub substitute_always: bool,
    /// What must be ready first.
    pub depends_on: Vec<Dependency>,
    /// Whether reconciliation is suspended.
    pub suspend: bool,
    /// Whether objects that leave the set are deleted.
    pub prune: bool,
    /// Whether all objects are waited for.
    pub wait: bool,
    /// Whether objects are recreated when a field cannot be changed.
    pub force: bool,
    /// Whether SOPS files are decrypted.
    pub decrypts: bool,
    /// The objects that are waited for.
    pub health_checks: Vec<HealthCheck>,
}

/// `postBuild.substituteFrom[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubstituteReference {
    /// `ConfigMap` or `Secret`.
    pub kind: SmolStr,
    /// The name, in the Kustomization's namespace.
    pub name: SmolStr,
    /// Whether it may be missing.
    pub optional: bool,
    /// Where it is written.
    pub origin: Origin,
}

impl Kustomization {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    fn from_spec(spec: &Fields<'_>) -> Self {
        let post_build = spec.child("postBuild");
        let not_empty = |text: &SmolStr| !text.is_empty();
        Self {
            source: Reference::read(
                &spec.child("sourceRef"),
                &["GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"],
            ),
            path: spec.text("path").unwrap_or_default(),
            target_namespace: spec.text("targetNamespace").filter(not_empty),
            name_prefix: spec.text("namePrefix").filter(not_empty),
            name_suffix: spec.text("nameSuffix").filter(not_empty),
            patches: patches(spec),
            images: images(spec),
            components: spec.texts("components"),
            ignore_missing_components: spec.flag("ignoreMissingComponents").unwrap_or_default(),
            build_metadata: spec.texts("buildMetadata"),
            common_metadata: CommonMetadata::read(spec),
            substitute: post_build.text_map("substitute"),
            substitute_from: post_build
                .items("substituteFrom")
                .iter()
                .map(|fields| SubstituteReference {
                    kind: fields.word("kind", &["ConfigMap", "Secret"]).unwrap_or_default(),
                    name: fields.required("name"),
                    optional: fields.flag("optional").unwrap_or_default(),
                    origin: fields.origin(),
                })
                .collect(),
            substitute_always: post_build
                .word("substituteStrategy", &["WithVariables", "Always"])
                .is_some_and(|strategy| strategy == "Always"),
            depends_on: dependencies(spec),
            suspend: spec.flag("suspend").unwrap_or_default(),
            prune: spec.flag("prune").unwrap_or_default(),
            wait: spec.flag("wait").unwrap_or_default(),
            force: spec.flag("force").unwrap_or_default(),
            decrypts: spec.child("decryption").exists(),
            health_checks: health_checks(spec),
        }
    }
}
