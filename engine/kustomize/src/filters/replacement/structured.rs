//! Fields inside a text that is itself YAML or JSON.

use weir_model::Source;
use weir_yaml::{Content, Node};

use crate::budget::Budget;
use crate::fields::{Create, FieldError, for_each_match, lookup, lookup_mut};

/// Sets a field inside a text on the way of the path; tells whether there was one that could be set.
pub(super) fn set(
    object: &mut Node,
    path: &[String],
    create: Option<Create>,
    budget: &Budget,
    set: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> bool {
    let is_text = |length: &usize| {
        path.get(..*length)
            .and_then(|start| lookup(object, start).ok().flatten())
            .and_then(Node::text)
            .is_some_and(|text| budget.step(text.len()).is_ok() && parse(text).is_some())
    };
    let Some(length) = (1..path.len()).find(is_text) else { return false };
    let (start, inside) = path.split_at(length);
    let Ok(Some(Node { content: Content::Scalar(text, _), .. })) = lookup_mut(object, start) else {
        return false;
    };
    let Some(mut document) = parse(text) else { return false };
    if !matches!(for_each_match(&mut document, inside, create, set), Ok(1..)) {
        return false;
    }
    let Some(written) = write(&document, text) else { return false };
    *text = written.into();
    true
}

/// Reads the first document of a text.
pub(super) fn parse(text: &str) -> Option<Node> {
    weir_yaml::parse(text.as_bytes(), Source::default()).ok()?.into_iter().next()
}

/// Writes a document as it was written: as YAML, or as JSON in one line or in many.
fn write(document: &Node, before: &str) -> Option<String> {
    if !before.trim_start().starts_with(['{', '[']) {
        return Some(weir_yaml::emit(document).trim().to_owned());
    }
    let value = weir_yaml::to_value(document).ok()?;
    let is_pretty = before.contains('\n') && before.contains("  ");
    Some(if is_pretty {
        weir_yaml::json::write_pretty(&value, "  ")
    } else {
        weir_yaml::json::write(&value)
    })
}
