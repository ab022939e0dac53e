//! Merging a patch into an object, by the rules of strategic merge patches as kustomize has them.

use weir_yaml::Node;

use crate::fields::FieldError;
use crate::schema::Schema;

/// What became of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stays, changed.
    Kept,
    /// The patch deletes it.
    Deleted,
}

/// Why a patch could not be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A node is of another kind than its counterpart.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// Merges a strategic merge patch into an object: kustomize's `patches` and `patchesStrategicMerge`.
///
/// Lists with a merge key are merged by it, new elements first; `$patch: delete`, `replace` and `merge` are obeyed.
pub fn strategic(
    _object: &mut Node,
    _patch: &Node,
    _schema: &Schema,
) -> Result<Outcome, MergeError> {
    todo!()
}
