//! What one build may use. There is no clock in the engine: nodes looked at stand for time, and what the build makes
//! stands for memory.

use std::cell::Cell;

use weir_model::{Limits, Value};
use weir_yaml::{Content, Node};

/// What a build may use: 100 million looks at nodes, which is less than ten seconds, and objects that fit half of 512 MiB
/// with all that is made of them on the way.
pub const LIMITS: Limits = Limits { steps: 100_000_000, bytes: 160 << 20, depth: 100 };

/// What a node takes beside its text, in bytes.
const NODE: u64 = 64;

/// What a node takes for each level above it when it is printed, in bytes.
const INDENT: u64 = 2;

/// Texts up to this length, in bytes, are part of their node.
const INLINE: usize = 23;

/// Why a build ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Too many looks at nodes.
    #[error("patches, replacements and other transformers look at fields more than {0} times")]
    Steps(u64),
    /// Too much text, or too many nodes.
    #[error("the objects of the build take more than {} MiB", .0 >> 20)]
    Bytes(u64),
}

impl Exceeded {
    /// Says what to try.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Steps(_) => "name the resources that they change, or build in smaller parts",
            Self::Bytes(_) => "build in smaller parts, and keep large files out of generators",
        }
    }
}

/// Counts what a build uses.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(LIMITS)
    }
}

impl Budget {
    /// Begins to count.
    pub fn new(limits: Limits) -> Self {
        Self { limits, steps: Cell::default(), bytes: Cell::default() }
    }

    /// Counts looks at nodes.
    pub fn step(&self, steps: usize) -> Result<(), Exceeded> {
        let limit = self.limits.steps;
        if count(&self.steps, steps as u64) > limit { Err(Exceeded::Steps(limit)) } else { Ok(()) }
    }

    /// Counts text that is made.
    pub fn text(&self, bytes: usize) -> Result<(), Exceeded> {
        self.bytes(bytes as u64)
    }

    /// Counts nodes that are made.
    pub fn hold(&self, size: Size) -> Result<(), Exceeded> {
        self.bytes(size.bytes)
    }

    fn bytes(&self, bytes: u64) -> Result<(), Exceeded> {
        let limit = self.limits.bytes;
        if count(&self.bytes, bytes) > limit { Err(Exceeded::Bytes(limit)) } else { Ok(()) }
    }
}

fn count(sum: &Cell<u64>, more: u64) -> u64 {
    sum.set(sum.get().saturating_add(more));
    sum.get()
}

/// How large something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The nodes, keys among them.
    pub nodes: usize,
    /// What they take, in bytes.
    bytes: u64,
}

impl Size {
    /// Measures a node and those below it.
    pub fn of(node: &Node) -> Self {
        let mut size = Self::default();
        let mut left = vec![(node, 0)];
        while let Some((node, depth)) = left.pop() {
            size.nodes += 1;
            size.bytes += NODE + INDENT * depth;
            match &node.content {
                Content::Scalar(text, _) if text.len() > INLINE => size.bytes += text.len() as u64,
                Content::Scalar(..) | Content::Alias(_) => {}
                Content::Sequence(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
                Content::Mapping(pairs) => {
                    let nodes = pairs.iter().flat_map(|pair| [&pair.key, &pair.value]);
                    left.extend(nodes.map(|node| (node, depth + 1)));
                }
            }
        }
        size
    }

    /// Returns by how much this is more than another.
    pub fn beyond(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_sub(other.nodes),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

/// Tells whether a value, in which parts may stand many times over, has at most so many parts.
pub(crate) fn has_at_most(value: &Value, parts: usize) -> bool {
    let mut left = vec![value];
    let mut count = 0;
    while let Some(value) = left.pop() {
        count += 1;
        if count > parts {
            return false;
        }
        left.extend(value.as_list().into_iter().flatten());
        left.extend(value.as_map().into_iter().flat_map(|map| map.iter()).map(|(_, value)| value));
    }
    true
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn keys_values_and_long_texts_count() {
        let text = format!("a: 1\nb: [{}]\n", "x".repeat(100));
        let node = weir_yaml::parse(text.as_bytes(), Source::default()).unwrap().remove(0);
        let size = Size { nodes: 6, bytes: 6 * NODE + 6 * INDENT + 100 };
        assert_eq!(Size::of(&node), size);
        assert_eq!(Size::of(&node).beyond(Size { nodes: 2, bytes: NODE }).nodes, 4);
    }

    #[test]
    fn a_value_is_counted_no_further_than_asked() {
        let mut value = Value::string("x");
        for _ in 0..64 {
            value = Value::list(vec![value.clone(), value]);
        }
        assert!(!has_at_most(&value, 1_000_000));
        assert!(has_at_most(&Value::list(vec![Value::null(), Value::null()]), 3));
    }

    #[test]
    fn both_bounds_hold() {
        let budget = Budget::new(Limits { steps: 10, bytes: 1_000, depth: 1 });
        assert_eq!(budget.step(10), Ok(()));
        assert_eq!(budget.step(1), Err(Exceeded::Steps(10)));
        assert_eq!(budget.text(usize::MAX), Err(Exceeded::Bytes(1_000)));
    }
}
