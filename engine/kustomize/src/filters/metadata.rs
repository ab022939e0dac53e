//! Labels, annotations, name prefixes and suffixes.

use weir_yaml::{Node, ScalarTag};

use crate::fields::{
    Create, FieldError, FieldSpec, apply_field_spec, apply_field_specs, set_field, set_scalar,
};

/// Sets entries of the maps that the specs lead to: labels, annotations. Entries are set in the order of their keys.
pub fn set_entries<'a>(
    object: &mut Node,
    entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    specs: &[FieldSpec],
) -> Result<(), FieldError> {
    let mut entries: Vec<(&str, &str)> = entries.into_iter().collect();
    entries.sort_unstable();
    entries.into_iter().try_for_each(|(key, value)| {
        apply_field_specs(object, specs, Some(Create::Mapping), &mut |node| {
            set_field(node, key, Node::scalar(value, ScalarTag::Str))
        })
    })
}

/// Puts a text before the one that the spec leads to.
pub fn prefix(object: &mut Node, prefix: &str, spec: &FieldSpec) -> Result<(), FieldError> {
    rename(object, spec, &|name| format!("{prefix}{name}"))
}

/// Puts a text behind the one that the spec leads to.
pub fn suffix(object: &mut Node, suffix: &str, spec: &FieldSpec) -> Result<(), FieldError> {
    rename(object, spec, &|name| format!("{name}{suffix}"))
}

fn rename(
    object: &mut Node,
    spec: &FieldSpec,
    new: &dyn Fn(&str) -> String,
) -> Result<(), FieldError> {
    apply_field_spec(object, spec, Some(Create::SCALAR), &mut |node| {
        let name = new(node.text().unwrap_or_default());
        set_scalar(node, &name, None)
    })
}
