//! Replica counts.

use weir_yaml::{Node, ScalarTag};

use crate::fields::{Create, FieldError, FieldSpec, apply_field_spec, set_scalar};

/// Sets the count that the spec leads to.
pub fn set(object: &mut Node, count: i64, spec: &FieldSpec) -> Result<(), FieldError> {
    apply_field_spec(object, spec, Some(Create::Scalar(ScalarTag::Int)), &mut |node| {
        set_scalar(node, &count.to_string(), Some(ScalarTag::Int))
    })
}
