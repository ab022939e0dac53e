//! Visiting every node that a path matches: wildcards, elements by a pattern, and what is made when nothing matches.

use weir_golang::regexp::Regexp;
use weir_model::Source;
use weir_yaml::{Content, Node};

use super::lookup::{is_element, split_element};
use super::scalar::untagged;
use super::set::{key_node, set_field};
use super::{Create, FieldError, Kind};

/// Calls `visit` with each node that the path matches, in order, and returns how many there were.
///
/// A part is a field, an index, `*` for each element, or `[field=pattern]` for the elements whose field the regular
/// expression matches. With `create`, missing fields, the element after the last, and an element that no pattern
/// matched are made.
pub fn for_each_match(
    node: &mut Node,
    path: &[String],
    create: Option<Create>,
    visit: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<usize, FieldError> {
    let Some((part, rest)) = path.split_first() else {
        visit(node)?;
        return Ok(1);
    };
    let next = rest.first().map(String::as_str);
    if let Ok(index) = part.parse::<usize>() {
        return at_index(node, index, rest, create, visit);
    }
    if is_element(part) {
        return elements(node, part, rest, create, visit);
    }
    if part == "*" {
        let mut count = 0;
        for item in items(node)? {
            count += for_each_match(item, rest, create, visit)?;
        }
        return Ok(count);
    }
    if node.is_null() && create.is_none() {
        return Ok(0);
    }
    Kind::Mapping.expect(node)?;
    if node.get(part).is_none() {
        let Some(made) = create.map(|create| create.before(next)) else { return Ok(0) };
        set_field(node, part, made.node())?;
        // Null takes no field. What is set below it goes nowhere, and counts all the same.
        if node.is_null() {
            return for_each_match(&mut made.node(), rest, create, visit);
        }
    }
    let Some(field) = node.get_mut(part) else { return Ok(0) };
    if let (Content::Scalar(text, _), Some(_)) = (&field.content, next) {
        // A text is looked into, but what is set there goes nowhere: its owner sets fields of texts beforehand.
        let documents = weir_yaml::parse(text.as_bytes(), Source::default());
        let documents = documents.map_err(|error| FieldError::Other(error.to_string()))?;
        let mut inside = documents.into_iter().next().unwrap_or_default();
        return for_each_match(&mut inside, rest, create, visit);
    }
    for_each_match(field, rest, create, visit)
}

fn at_index(
    node: &mut Node,
    index: usize,
    rest: &[String],
    create: Option<Create>,
    visit: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<usize, FieldError> {
    let count = items(node)?.len();
    if let (Some(create), true) = (create, count == index) {
        push(node, create.before(rest.first().map(String::as_str)).node());
    }
    match node.items_mut().and_then(|items| items.get_mut(index)) {
        Some(item) => for_each_match(item, rest, create, visit),
        None => Err(FieldError::Other(format!(
            "index {index} specified but only {count} elements found"
        ))),
    }
}

fn elements(
    node: &mut Node,
    part: &str,
    rest: &[String],
    create: Option<Create>,
    visit: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<usize, FieldError> {
    let (field, pattern) = split_element(part)?;
    let compiled = Regexp::compile(pattern);
    let mut count = 0;
    for item in items(node)? {
        let tested = if field.is_empty() { Some(&*item) } else { item.get(field) };
        let Some(tested) = tested else { continue };
        let matcher = compiled.as_ref().map_err(|error| FieldError::Other(error.to_string()))?;
        if !matcher.is_match(weir_yaml::emit(tested).trim()) {
            continue;
        }
        // What follows an element that is a bare value is not looked at.
        count += for_each_match(item, if field.is_empty() { &[] } else { rest }, create, visit)?;
    }
    if count > 0 || create.is_none() {
        return Ok(count);
    }
    let value = untagged(pattern, weir_yaml::Style::Default);
    let mut made = if field.is_empty() {
        value
    } else {
        Node::mapping(vec![weir_yaml::Pair {
            key: key_node(field, weir_yaml::Style::Default),
            value,
        }])
    };
    let count =
        for_each_match(&mut made, if field.is_empty() { &[] } else { rest }, create, visit)?;
    push(node, made);
    Ok(count)
}

fn items(node: &mut Node) -> Result<&mut [Node], FieldError> {
    Kind::Sequence.expect(node)?;
    Ok(node.items_mut().map(Vec::as_mut_slice).unwrap_or_default())
}

fn push(node: &mut Node, item: Node) {
    match &mut node.content {
        Content::Sequence(items) => items.push(item),
        content => *content = Content::Sequence(vec![item]),
    }
}
