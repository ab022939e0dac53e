//! JSON patches (RFC 6902) with the reading that kustomize's library has: negative indices, its own errors.

use weir_yaml::Node;

/// A list of operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonPatch {}

/// Why a patch could not be read or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonPatchError(pub String);

/// Reads operations from JSON, or from YAML when the text does not begin with `[`.
pub fn parse(_text: &str) -> Result<JsonPatch, JsonPatchError> {
    todo!()
}

/// Applies operations to an object. Its fields are then sorted and its comments gone, as it goes through JSON.
pub fn apply(_object: &mut Node, _patch: &JsonPatch) -> Result<(), JsonPatchError> {
    todo!()
}
