//! Reading resources from a text: documents, lists taken apart, anchors resolved.

use std::collections::VecDeque;

use weir_model::Source;
use weir_yaml::Node;

use super::anchors;
use super::id::scalar;
use super::resource::{Resource, is_nil_or_empty};
use crate::budget::{Budget, Size};
use crate::error::{BuildError, Errors, Result};

/// How many keys and values one document may hold; what grows takes up to thrice its room meanwhile.
const MAX_NODES: usize = 1_500_000;

/// What is remembered of a resource beside its object, in bytes.
const RESOURCE: usize = 1_000;

/// Reads the resources of a text. `first_line` is the line at which the text begins in its source, from 0.
pub(crate) fn resources(
    text: &[u8],
    source: Source,
    first_line: u32,
    budget: &Budget,
) -> Result<Vec<Resource>> {
    let nodes = good(documents(text, source, first_line, budget)?)?;
    Ok(flatten(nodes)?.into_iter().map(Resource::new).collect())
}

/// Names the file in an error about its syntax.
pub(crate) fn in_file(error: BuildError, path: &str) -> BuildError {
    if error.is_malformed() {
        error.reworded(|message| format!("{message} in File: {path}"))
    } else {
        error
    }
}

/// Reads the documents of a text as kyaml does: split at lines that begin with `---`, and a lone list taken apart.
fn documents(text: &[u8], source: Source, first_line: u32, budget: &Budget) -> Result<Vec<Node>> {
    let text = String::from_utf8_lossy(text);
    let text = if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text };
    let parts = split(&text)?;
    let alone = parts.len() == 1;
    let mut nodes = Vec::with_capacity(parts.len());
    let mut errors = Errors::default();
    for (line, part) in parts {
        let parsed =
            weir_yaml::parse_first(part.as_bytes(), source, MAX_NODES).map_err(|mut error| {
                if error.at.line > 0 {
                    error.at.line = error.at.line.saturating_add(line + first_line);
                }
                BuildError::malformed(error)
            });
        let Some(Some(mut node)) = errors.note(parsed) else { continue };
        if node.is_null() {
            continue;
        }
        if line + first_line > 0 {
            shift(&mut node, line + first_line);
        }
        let kind = scalar(node.get("kind"));
        let is_list = alone && (kind == "List" || kind == "ResourceList");
        if is_list && (node.get("items").is_some() || node.get("functionConfig").is_some()) {
            // Anchors of the list are known to its items.
            anchors::resolve(&mut node)?;
            budget.hold(Size::of(&node))?;
            budget.text(RESOURCE * node.get("items").and_then(Node::items).map_or(0, Vec::len))?;
            if let Some(items) = node.get_mut("items").and_then(Node::items_mut) {
                nodes.append(items);
            }
            continue;
        }
        if errors.note(anchors::resolve(&mut node)).is_some() {
            budget.hold(Size::of(&node))?;
            budget.text(RESOURCE)?;
            nodes.push(node);
        }
    }
    errors.finish(nodes)
}

/// Splits a text into documents, each with the number of lines before it.
fn split(text: &str) -> Result<Vec<(u32, &str)>> {
    let mut parts = Vec::new();
    let (mut start, mut start_line) = (0, 0);
    let mut line = 0;
    let mut at = 0;
    while let Some(end) = text[at..].find('\n').map(|end| at + end) {
        // A separator is a whole line, and not the first one.
        let content = &text[at..end];
        if at > start && content.starts_with("---") {
            let rest = content[3..].trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(BuildError::new(format!(
                    "invalid document separator: {}",
                    content.trim()
                )));
            }
            parts.push((start_line, &text[start..at]));
            start = end + 1;
            start_line = line + 1;
        }
        line += 1;
        at = end + 1;
    }
    if !text.is_empty() {
        parts.push((start_line, &text[start..]));
    }
    Ok(parts)
}

/// Moves the lines that a node and those below it name.
fn shift(node: &mut Node, lines: u32) {
    let mut left = vec![node];
    while let Some(node) = left.pop() {
        if node.origin.line > 0 {
            node.origin.line = node.origin.line.saturating_add(lines);
        }
        match &mut node.content {
            weir_yaml::Content::Sequence(items) => left.extend(items),
            weir_yaml::Content::Mapping(pairs) => {
                for pair in pairs {
                    left.push(&mut pair.key);
                    left.push(&mut pair.value);
                }
            }
            weir_yaml::Content::Scalar(..) | weir_yaml::Content::Alias(_) => {}
        }
    }
}

/// Drops empty documents and refuses those that are no objects.
fn good(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut good = Vec::with_capacity(nodes.len());
    let mut errors = Errors::default();
    for node in nodes {
        if !is_nil_or_empty(&node) && errors.note(check(&node)).is_some() {
            good.push(node);
        }
    }
    errors.finish(good)
}

/// Refuses what states no kind or no name.
pub(crate) fn check(node: &Node) -> Result<()> {
    let has = |key| node.get(key).is_some_and(|value| !is_nil_or_empty(value));
    if !has("apiVersion") && !has("kind") && !has("metadata") {
        return Err(BuildError::new("missing Resource metadata").at(node.origin));
    }
    let kind = scalar(node.get("kind"));
    if kind.is_empty() {
        return Err(missing("kind", node));
    }
    if !kind.ends_with("List") && scalar(node.pointer(&["metadata", "name"])).is_empty() {
        return Err(missing("metadata.name", node));
    }
    Ok(())
}

fn missing(field: &str, node: &Node) -> BuildError {
    let text = |keys: &[&str]| scalar(node.pointer(keys));
    let map = |field| {
        let mut entries: Vec<String> = node
            .pointer(&["metadata", field])
            .and_then(Node::pairs)
            .into_iter()
            .flatten()
            .map(|pair| format!("{}:{}", scalar(Some(&pair.key)), scalar(Some(&pair.value))))
            .collect();
        entries.sort();
        format!("map[{}]", entries.join(" "))
    };
    BuildError::new(format!(
        "missing {field} in object {{{{{} {}}} {{{{{} {}}} {} {}}}}}",
        text(&["apiVersion"]),
        text(&["kind"]),
        text(&["metadata", "name"]),
        text(&["metadata", "namespace"]),
        map("labels"),
        map("annotations"),
    ))
    .at(node.origin)
}

/// Takes lists (objects of a kind that ends in `List`) apart. What comes out of a list goes to the end.
fn flatten(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut left = VecDeque::from(nodes);
    let mut flat = Vec::with_capacity(left.len());
    while let Some(mut node) = left.pop_front() {
        let kind = scalar(node.get("kind"));
        if !kind.ends_with("List") {
            flat.push(node);
            continue;
        }
        let Some(items) = node.get_mut("items") else {
            flat.push(node);
            continue;
        };
        if items.is_null() {
            continue;
        }
        let origin = items.origin;
        let Some(items) = items.items_mut() else {
            return Err(BuildError::new(format!("expected array in {kind}/items")).at(origin));
        };
        left.extend(good(std::mem::take(items))?);
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn documents_are_split_at_separator_lines() {
        for (text, parts) in [
            ("", vec![]),
            ("a: 1\n", vec![(0, "a: 1\n")]),
            ("---\na: 1\n", vec![(0, "---\na: 1\n")]),
            ("a\n---\nb\n--- # c\nd", vec![(0, "a\n"), (2, "b\n"), (4, "d")]),
            ("\n---\nb\n---", vec![(0, "\n"), (2, "b\n---")]),
        ] {
            assert_eq!(split(text).unwrap(), parts, "{text:?}");
        }
        assert!(split("a\n--- b\nc").is_err());
    }
}
