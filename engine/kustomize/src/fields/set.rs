//! Setting a field or a scalar as kyaml does: the style that was there stays.

use weir_yaml::{Content, Node, Pair, ScalarTag, Style};

use super::scalar::{is_no_string_for_v2, resolve, untagged};
use super::{FieldError, Kind};

/// Replaces a scalar by a text, and keeps its style; comments go. `tag` is what the text is; without one the text says.
pub fn set_scalar(node: &mut Node, text: &str, tag: Option<ScalarTag>) -> Result<(), FieldError> {
    Kind::Scalar.expect(node)?;
    let style = node.style;
    let origin = (node.origin, node.column);
    *node = match tag {
        Some(tag) => Node { style, ..Node::scalar(text, tag) },
        None => untagged(text, style),
    };
    (node.origin, node.column) = origin;
    Ok(())
}

/// Sets a field of a mapping. An existing field keeps its place and style; a new one goes to the end; null takes it out.
/// A node that is null stays null.
pub fn set_field(node: &mut Node, name: &str, mut value: Node) -> Result<(), FieldError> {
    Kind::Mapping.expect(node)?;
    if value.is_null() {
        node.remove(name);
        return Ok(());
    }
    quote_for_v2(&mut value);
    if let Some(old) = node.get_mut(name) {
        value.style = old.style;
        *old = value;
        return Ok(());
    }
    if let Some(pairs) = node.pairs_mut() {
        pairs.push(Pair { key: key_node(name, Style::Default), value });
    }
    Ok(())
}

/// Quotes a plain string that yaml.v2 would take for something else.
pub(crate) fn quote_for_v2(value: &mut Node) {
    if value.style == Style::Default && value.as_str().is_some_and(is_no_string_for_v2) {
        value.style = Style::DoubleQuoted;
    }
}

/// Makes a key that states no tag.
pub(crate) fn key_node(name: &str, style: Style) -> Node {
    let mut key = untagged(name, style);
    if resolve(name) == ScalarTag::Null && style == Style::Default {
        key.content = Content::Scalar(name.into(), ScalarTag::Str);
    }
    key
}
