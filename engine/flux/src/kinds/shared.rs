//! Parts that several kinds have.

use std::collections::BTreeMap;

use weir_model::{Manifest, Origin, SmolStr};

use crate::read::Fields;

/// A reference to another object by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The kind.
    pub kind: SmolStr,
    /// The name.
    pub name: SmolStr,
    /// The namespace; that of the referring object when it is absent.
    pub namespace: Option<SmolStr>,
    /// Where the reference is written.
    pub origin: Origin,
}

impl Reference {
    /// Reads a reference whose kind is one of a few; reports what is missing.
    pub(crate) fn read(fields: &Fields<'_>, kinds: &[&str]) -> Self {
        let kind = fields.required("kind");
        if !kind.is_empty() {
            fields.word("kind", kinds);
        }
        Self {
            kind,
            name: fields.required("name"),
            namespace: fields.text("namespace").filter(|namespace| !namespace.is_empty()),
            origin: fields.origin(),
        }
    }

    /// Returns the namespace of the referent, given that of the referring object.
    pub fn namespace_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.namespace.as_deref().unwrap_or(own)
    }
}

/// `dependsOn[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name of an object of the same kind.
    pub name: SmolStr,
    /// Its namespace; the own one when absent.
    pub namespace: Option<SmolStr>,
    /// A CEL expression that replaces the built-in readiness check.
    pub ready_expr: Option<SmolStr>,
    /// Where it is written.
    pub origin: Origin,
}

pub(crate) fn dependencies(spec: &Fields<'_>) -> Vec<Dependency> {
    spec.items("dependsOn")
        .iter()
        .map(|fields| Dependency {
            name: fields.required("name"),
            namespace: fields.text("namespace").filter(|namespace| !namespace.is_empty()),
            ready_expr: fields.text("readyExpr"),
            origin: fields.origin(),
        })
        .collect()
}

/// Which objects a patch changes: regular expressions and label selectors, as kustomize has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The fields that are set, by kustomize's own names (`group`, `kind`, `labelSelector` …).
    pub fields: BTreeMap<&'static str, SmolStr>,
}

const SELECTOR_FIELDS: [&str; 7] =
    ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];

/// A patch written inline: a strategic-merge document or a list of JSON6902 operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The text of the patch.
    pub patch: SmolStr,
    /// Which objects it changes; a patch without a target names its object itself.
    pub target: Option<Selector>,
    /// Where it is written.
    pub origin: Origin,
}

pub(crate) fn patches(fields: &Fields<'_>) -> Vec<Patch> {
    fields
        .items("patches")
        .iter()
        .map(|fields| {
            let target = fields.child("target");
            let selected = |name: &'static str| Some((name, target.text(name)?));
            Patch {
                patch: fields.required("patch"),
                target: target.exists().then(|| Selector {
                    fields: SELECTOR_FIELDS.into_iter().filter_map(selected).collect(),
                }),
                origin: fields.value("patch").map_or(fields.origin(), |patch| patch.origin),
            }
        })
        .collect()
}

/// An override of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name that is matched.
    pub name: SmolStr,
    /// The new name.
    pub new_name: Option<SmolStr>,
    /// The new tag.
    pub new_tag: Option<SmolStr>,
    /// The new digest; wins over the tag.
    pub digest: Option<SmolStr>,
}

pub(crate) fn images(fields: &Fields<'_>) -> Vec<Image> {
    fields
        .items("images")
        .iter()
        .map(|fields| Image {
            name: fields.required("name"),
            new_name: fields.text("newName").filter(|text| !text.is_empty()),
            new_tag: fields.text("newTag").filter(|text| !text.is_empty()),
            digest: fields.text("digest").filter(|text| !text.is_empty()),
        })
        .collect()
}

/// `commonMetadata`: labels and annotations that are set on every object, over those that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommonMetadata {
    /// The labels.
    pub labels: BTreeMap<SmolStr, SmolStr>,
    /// The annotations.
    pub annotations: BTreeMap<SmolStr, SmolStr>,
}

impl CommonMetadata {
    pub(crate) fn read(spec: &Fields<'_>) -> Self {
        let fields = spec.child("commonMetadata");
        Self { labels: fields.text_map("labels"), annotations: fields.text_map("annotations") }
    }

    /// Sets the labels and annotations on an object.
    pub fn apply(&self, manifest: &mut Manifest) {
        for (key, value) in &self.labels {
            manifest.set_label(key, value);
        }
        for (key, value) in &self.annotations {
            manifest.set_annotation(key, value);
        }
    }

    /// Tells whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }
}

/// An object whose health is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// The API version.
    pub api_version: Option<SmolStr>,
    /// The kind.
    pub kind: SmolStr,
    /// The name.
    pub name: SmolStr,
    /// The namespace.
    pub namespace: Option<SmolStr>,
}

pub(crate) fn health_checks(spec: &Fields<'_>) -> Vec<HealthCheck> {
    spec.items("healthChecks")
        .iter()
        .map(|fields| HealthCheck {
            api_version: fields.text("apiVersion"),
            kind: fields.required("kind"),
            name: fields.required("name"),
            namespace: fields.text("namespace"),
        })
        .collect()
}
