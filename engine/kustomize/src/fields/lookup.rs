//! Following a path to one node, and making what is missing on the way.

use weir_yaml::{Content, Node, Pair, ScalarTag};

use super::scalar::untagged;
use super::set::{key_node, set_field};
use super::{Create, FieldError, Kind};

/// Returns the node at the end of a path of parts; nothing when a part is missing.
///
/// A part is a field, an index (`0`, or `-` for the last), or an element by one of its fields, `[name=web]`.
pub fn lookup<'a>(
    node: &'a Node,
    path: &[impl AsRef<str>],
) -> Result<Option<&'a Node>, FieldError> {
    let mut found = node;
    for part in clean(path) {
        let next = match Step::of(part)? {
            Step::Field(name) => {
                Kind::Mapping.expect(found)?;
                found.get(name)
            }
            Step::Item(item) => {
                Kind::Sequence.expect(found)?;
                let items = found.items().map(Vec::as_slice).unwrap_or_default();
                item.find(items).and_then(|index| items.get(index))
            }
        };
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// Returns the node at the end of a path, as [`lookup`] does, to change it.
pub fn lookup_mut<'a>(
    node: &'a mut Node,
    path: &[impl AsRef<str>],
) -> Result<Option<&'a mut Node>, FieldError> {
    let mut found = node;
    for part in clean(path) {
        let next = match Step::of(part)? {
            Step::Field(name) => {
                Kind::Mapping.expect(found)?;
                found.get_mut(name)
            }
            Step::Item(item) => {
                Kind::Sequence.expect(found)?;
                let Some(items) = found.items_mut() else { return Ok(None) };
                item.find(items).and_then(|index| items.get_mut(index))
            }
        };
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// Returns the node at the end of a path, to change it, and makes the fields and elements by field that are missing.
/// The last part is made as `create` says. Nothing is returned when an index is missing or the way leads through null.
pub fn lookup_create<'a>(
    node: &'a mut Node,
    path: &[impl AsRef<str>],
    create: Create,
) -> Result<Option<&'a mut Node>, FieldError> {
    let parts: Vec<&str> = clean(path).collect();
    let mut found = node;
    for (at, part) in parts.iter().enumerate() {
        let next = match Step::of(part)? {
            Step::Field(name) => {
                if found.is_null() {
                    return Ok(None);
                }
                Kind::Mapping.expect(found)?;
                if found.get(name).is_none() {
                    set_field(found, name, create.before(parts.get(at + 1).copied()).node())?;
                }
                found.get_mut(name)
            }
            Step::Item(item) => {
                Kind::Sequence.expect(found)?;
                let Some(items) = found.items_mut() else { return Ok(None) };
                let index = item.find(items).or_else(|| {
                    items.push(item.make()?);
                    items.len().checked_sub(1)
                });
                index.and_then(|index| items.get_mut(index))
            }
        };
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// Returns the parts that say something.
fn clean(path: &[impl AsRef<str>]) -> impl Iterator<Item = &str> {
    path.iter().map(|part| part.as_ref().trim()).filter(|part| !part.is_empty())
}

/// What a part of a path asks for.
enum Step<'a> {
    Field(&'a str),
    Item(Item<'a>),
}

/// An element of a sequence.
enum Item<'a> {
    At(usize),
    Last,
    By { field: &'a str, value: &'a str },
}

impl<'a> Step<'a> {
    fn of(part: &'a str) -> Result<Self, FieldError> {
        if let Ok(index) = part.parse::<i64>() {
            let index = usize::try_from(index).map_err(|_| {
                FieldError::Other(format!("array index {index} cannot be negative"))
            })?;
            return Ok(Self::Item(Item::At(index)));
        }
        match part {
            "-" => Ok(Self::Item(Item::Last)),
            "*" => Err(FieldError::Other("wildcard is not supported in PathGetter".into())),
            _ if is_element(part) => {
                let (field, value) = split_element(part)?;
                Ok(Self::Item(Item::By { field, value }))
            }
            _ => Ok(Self::Field(part)),
        }
    }
}

impl Item<'_> {
    fn find(&self, items: &[Node]) -> Option<usize> {
        match *self {
            Self::At(index) => (index < items.len()).then_some(index),
            Self::Last => items.len().checked_sub(1),
            Self::By { field: "", value } => {
                items.iter().position(|item| item.text().unwrap_or_default() == value)
            }
            Self::By { field, value } => items.iter().position(|item| {
                item.get(field).is_some_and(|found| found.text().unwrap_or_default() == value)
            }),
        }
    }

    /// Makes the element, when the part says what it would be.
    fn make(&self) -> Option<Node> {
        let Self::By { field, value } = *self else { return None };
        let value = untagged(value, weir_yaml::Style::Default);
        if field.is_empty() {
            return Some(value);
        }
        Some(Node::mapping(vec![Pair { key: key_node(field, weir_yaml::Style::Default), value }]))
    }
}

/// Tells whether a part stands for an element by one of its fields.
pub(super) fn is_element(part: &str) -> bool {
    part.starts_with('[') && part.ends_with(']')
}

/// Splits `[name=web]` into field and value.
pub(super) fn split_element(part: &str) -> Result<(&str, &str), FieldError> {
    let inner = part.strip_suffix(']').unwrap_or(part);
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    inner.split_once('=').ok_or_else(|| {
        FieldError::Other(
            "list path element must contain fieldName=fieldValue for element to match".into(),
        )
    })
}

impl Create {
    /// Returns what a part is made as when this part follows it.
    pub(super) fn before(self, next: Option<&str>) -> Self {
        match next {
            None => self,
            Some(next) if is_element(next) || next.parse::<usize>().is_ok() => Self::Sequence,
            Some(_) => Self::Mapping,
        }
    }

    /// Makes an empty node.
    pub(super) fn node(self) -> Node {
        match self {
            Self::Scalar(_) => Node::scalar("", ScalarTag::Str),
            Self::Mapping => Node::mapping(Vec::new()),
            Self::Sequence => Node { content: Content::Sequence(Vec::new()), ..Node::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Node {
        let container = |name: &str| {
            Node::mapping(vec![Pair { key: Node::string("name"), value: Node::string(name) }])
        };
        Node::mapping(vec![Pair {
            key: Node::string("containers"),
            value: Node::sequence(vec![container("a"), container("b")]),
        }])
    }

    #[test]
    fn paths_lead_to_nodes() {
        for (path, expected) in [
            (&["containers", "0", "name"][..], Some("a")),
            (&["containers", "-", "name"], Some("b")),
            (&["containers", "[name=b]", "name"], Some("b")),
            (&["containers", "[name=c]", "name"], None),
            (&["containers", "2", "name"], None),
            (&["nothing", "0"], None),
        ] {
            let pod = pod();
            assert_eq!(lookup(&pod, path).unwrap().and_then(Node::text), expected, "{path:?}");
        }
        assert!(lookup(&pod(), &["containers", "*"]).is_err());
        assert!(lookup(&pod(), &["containers", "name"]).is_err());
    }

    #[test]
    fn what_is_missing_is_made() {
        let mut pod = pod();
        let made = lookup_create(
            &mut pod,
            &["containers", "[name=c]", "env", "[name=X]", "value"],
            Create::SCALAR,
        );
        *made.unwrap().unwrap() = Node::string("y");
        let value = lookup(&pod, &["containers", "2", "env", "0", "value"]).unwrap();
        assert_eq!(value.and_then(Node::text), Some("y"));
    }
}
