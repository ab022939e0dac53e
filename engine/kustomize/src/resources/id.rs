//! The identity of a resource, as kustomize compares and prints it.

use std::fmt;

use smol_str::SmolStr;
use weir_yaml::{Content, Node, ScalarTag};

use crate::schema::Schema;

/// What stands for the namespace of an object that has none by its kind.
const NO_NAMESPACE: &str = "_non_namespaceable_";

/// The group, version, kind, name and namespace of a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Id {
    pub(crate) group: SmolStr,
    pub(crate) version: SmolStr,
    pub(crate) kind: SmolStr,
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) cluster_scoped: bool,
}

/// What is compared of an id: two with one key are the same resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IdKey {
    name: SmolStr,
    kind: SmolStr,
    namespace: SmolStr,
    group: SmolStr,
    version: SmolStr,
}

impl Id {
    /// Reads the id that an object states.
    pub(crate) fn of(node: &Node, schema: &Schema) -> Self {
        let api_version = scalar(node.get("apiVersion"));
        let kind = scalar(node.get("kind"));
        let (group, version) = split_api_version(&api_version);
        let metadata = node.get("metadata");
        let meta = |key| scalar(metadata.and_then(|metadata| metadata.get(key)));
        Self {
            cluster_scoped: schema.is_namespaced(&api_version, &kind) == Some(false),
            group,
            version,
            kind,
            name: meta("name"),
            namespace: meta("namespace"),
        }
    }

    /// Returns the namespace that counts: `default` when none is named, and a word of its own for a cluster's object.
    pub(crate) fn effective_namespace(&self) -> SmolStr {
        if self.cluster_scoped {
            SmolStr::new_static(NO_NAMESPACE)
        } else if self.namespace.is_empty() {
            SmolStr::new_static("default")
        } else {
            self.namespace.clone()
        }
    }

    /// Returns what is compared.
    pub(crate) fn key(&self) -> IdKey {
        IdKey {
            name: self.name.clone(),
            kind: self.kind.clone(),
            namespace: self.effective_namespace(),
            group: self.group.clone(),
            version: self.version.clone(),
        }
    }

    /// Tells whether both are in one namespace.
    pub(crate) fn same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Tells whether group, version, kind and name are the same.
    pub(crate) fn same_but_namespace(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.group == other.group
            && self.version == other.version
    }

    /// Tells whether the stated parts of a group, version and kind are this one's.
    pub(crate) fn selected_by(&self, group: &str, version: &str, kind: &str) -> bool {
        (kind.is_empty() || kind == self.kind)
            && (group.is_empty() || group == self.group)
            && (version.is_empty() || version == self.version)
    }
}

/// Splits an `apiVersion` at its first slash.
pub(crate) fn split_api_version(api_version: &SmolStr) -> (SmolStr, SmolStr) {
    match api_version.split_once('/') {
        Some((group, version)) => (SmolStr::new(group), SmolStr::new(version)),
        None => (SmolStr::default(), api_version.clone()),
    }
}

/// Returns the text of a scalar; empty when there is none or it is null.
pub(crate) fn scalar(node: Option<&Node>) -> SmolStr {
    match node.map(|node| &node.content) {
        Some(Content::Scalar(text, tag)) if *tag != ScalarTag::Null => text.clone(),
        _ => SmolStr::default(),
    }
}

/// Writes a group, version and kind as kustomize does: `Deployment.v1.apps`.
pub(crate) fn gvk_text(group: &str, version: &str, kind: &str) -> String {
    let or =
        |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    format!("{}.{}.{}", or(kind, "[noKind]"), or(version, "[noVer]"), or(group, "[noGrp]"))
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(f, "{}/{name}.{namespace}", gvk_text(&self.group, &self.version, &self.kind))
    }
}
