//! The identity of a Kubernetes object.

use std::fmt;

use smol_str::SmolStr;

/// What makes two manifests mean the same object: group, kind, namespace and name, but not the version.
///
/// The order is by namespace, then kind and name, as people look for things.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId {
    /// The API group; empty for the core group.
    pub group: SmolStr,
    /// The kind.
    pub kind: SmolStr,
    /// The namespace; none when the manifest names none.
    pub namespace: Option<SmolStr>,
    /// The name.
    pub name: SmolStr,
}

impl ObjectId {
    /// Names an object of a group and kind.
    pub fn new(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.map(Into::into),
            name: name.into(),
        }
    }

    fn key(&self) -> (Option<&str>, &str, &str, &str) {
        (self.namespace.as_deref(), &self.kind, &self.name, &self.group)
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectId {
    /// Prints `Kind/namespace/name`, or `Kind/name` without a namespace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "/{namespace}")?;
        }
        write!(f, "/{}", self.name)
    }
}
