//! A Kubernetes object as a value.

use std::fmt;
use std::sync::OnceLock;

use smol_str::SmolStr;

use crate::{Map, ObjectId, PackedValue, Value};

/// A Kubernetes object: a map that is known to have `apiVersion`, `kind` and a name. Cloning is cheap.
///
/// One that comes from a memo stays packed until someone looks into it.
#[derive(Clone)]
pub struct Manifest {
    value: OnceLock<Value>,
    packed: Option<PackedValue>,
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.value(), f)
    }
}

impl PartialEq for Manifest {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

/// Why a value is not a Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestError {
    /// The document is not a map.
    NotAMap(&'static str),
    /// A field that every object has is missing or is no text.
    Missing(&'static str),
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMap(kind) => write!(f, "a Kubernetes object is a map, but this is a {kind}"),
            Self::Missing(field) => write!(f, "a Kubernetes object needs `{field}`"),
        }
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// Checks that the value is an object: a map with `apiVersion`, `kind` and `metadata.name` or `generateName`.
    pub fn new(value: Value) -> Result<Self, ManifestError> {
        let text = |keys: &[&str]| {
            value.pointer(keys).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        if value.as_map().is_none() {
            return Err(ManifestError::NotAMap(value.kind()));
        }
        if !text(&["apiVersion"]) {
            return Err(ManifestError::Missing("apiVersion"));
        }
        if !text(&["kind"]) {
            return Err(ManifestError::Missing("kind"));
        }
        if !text(&["metadata", "name"]) && !text(&["metadata", "generateName"]) {
            return Err(ManifestError::Missing("metadata.name"));
        }
        Ok(Self::of(value))
    }

    /// Checks only that the value is a map, as kustomize does of what it prints: `apiVersion`, `kind` or name may be missing
    /// or no texts, and then are empty here.
    pub fn lenient(value: Value) -> Result<Self, ManifestError> {
        match value.as_map() {
            Some(_) => Ok(Self::of(value)),
            None => Err(ManifestError::NotAMap(value.kind())),
        }
    }

    /// Takes an object that was packed; it is read when someone looks into it.
    pub fn packed(value: PackedValue) -> Self {
        Self { value: OnceLock::new(), packed: Some(value) }
    }

    fn of(value: Value) -> Self {
        Self { value: value.into(), packed: None }
    }

    fn text(&self, keys: &[&str]) -> &str {
        match self.still_packed() {
            Some(packed) => packed.text(keys),
            None => self.value().pointer(keys).and_then(Value::as_str),
        }
        .unwrap_or_default()
    }

    /// Follows keys from map to map. Of an object that is still packed nothing else is read.
    pub fn pointer(&self, keys: &[&str]) -> Option<Value> {
        match self.still_packed() {
            Some(packed) => packed.pointer(keys),
            None => self.value().pointer(keys).cloned(),
        }
    }

    fn still_packed(&self) -> Option<&PackedValue> {
        self.packed.as_ref().filter(|_| self.value.get().is_none())
    }

    /// Returns `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    /// Returns the group of `apiVersion`; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Returns the version of `apiVersion`.
    pub fn version(&self) -> &str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }

    /// Returns `kind`.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// Returns `metadata.name`; `generateName` stands in for it.
    pub fn name(&self) -> &str {
        match self.text(&["metadata", "name"]) {
            "" => self.text(&["metadata", "generateName"]),
            name => name,
        }
    }

    /// Returns `metadata.namespace`.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.text(&["metadata", "namespace"])).filter(|namespace| !namespace.is_empty())
    }

    /// Returns the identity.
    pub fn id(&self) -> ObjectId {
        ObjectId::new(self.group(), self.kind(), self.namespace(), self.name())
    }

    /// Returns a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value().pointer(&["metadata", "labels", key])?.as_str()
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value().pointer(&["metadata", "annotations", key])?.as_str()
    }

    /// Returns `spec`.
    pub fn spec(&self) -> Option<&Value> {
        self.value().get("spec")
    }

    /// Returns the whole object.
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            // What was packed by this version of weir, and is what was written, can be read.
            self.packed.as_ref().and_then(PackedValue::value).unwrap_or_default()
        })
    }

    /// Gives the whole object out, to change it and check it again.
    pub fn into_value(self) -> Value {
        self.value();
        self.value.into_inner().unwrap_or_default()
    }

    /// Returns the object as a map to change it.
    fn map_mut(&mut self) -> Option<&mut Map> {
        self.value();
        self.packed = None;
        self.value.get_mut().and_then(Value::as_map_mut)
    }

    /// Sets a label, as Flux adds its owner labels.
    pub fn set_label(&mut self, key: &str, text: &str) {
        self.set_metadata("labels", key, text);
    }

    /// Sets an annotation.
    pub fn set_annotation(&mut self, key: &str, text: &str) {
        self.set_metadata("annotations", key, text);
    }

    /// Sets the namespace.
    pub fn set_namespace(&mut self, namespace: &str) {
        if let Some(metadata) =
            self.map_mut().map(|map| map.entry("metadata")).and_then(Value::as_map_mut)
        {
            metadata.insert("namespace", Value::string(SmolStr::new(namespace)));
        }
    }

    fn set_metadata(&mut self, field: &str, key: &str, text: &str) {
        let Some(metadata) =
            self.map_mut().map(|map| map.entry("metadata")).and_then(Value::as_map_mut)
        else {
            return;
        };
        let entries = metadata.entry(field);
        if entries.as_map().is_none() {
            *entries = Value::map(Map::new());
        }
        if let Some(map) = entries.as_map_mut() {
            map.insert(key, Value::string(text));
        }
    }
}
