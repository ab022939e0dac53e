//! Resolving anchors, aliases and merge keys, as kyaml does right after it has read a document.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_yaml::{Content, Node, Pair, ScalarTag};

use crate::error::{BuildError, Result};

/// How many nodes aliases may make: a small text can ask for billions.
const MAX_NODES: usize = 250_000;
/// How deep nodes may be nested where aliases are resolved.
const MAX_DEPTH: usize = 1_000;

/// Puts in place of each alias what its anchor names, and takes merge keys apart.
pub(crate) fn resolve(node: &mut Node) -> Result<()> {
    if !has_any(node) {
        return Ok(());
    }
    let mut resolver = Resolver { anchors: BTreeMap::new(), nodes: 0 };
    resolver.resolve(node, 0)
}

fn has_any(node: &Node) -> bool {
    let mut left = vec![node];
    while let Some(node) = left.pop() {
        if node.extras.as_ref().is_some_and(|extras| !extras.anchor.is_empty()) {
            return true;
        }
        match &node.content {
            Content::Alias(_) => return true,
            Content::Sequence(items) => left.extend(items),
            Content::Mapping(pairs) => {
                for pair in pairs {
                    if is_merge(&pair.key) {
                        return true;
                    }
                    left.push(&pair.key);
                    left.push(&pair.value);
                }
            }
            Content::Scalar(..) => {}
        }
    }
    false
}

fn is_merge(key: &Node) -> bool {
    matches!(key.content, Content::Scalar(_, ScalarTag::Merge))
}

struct Resolver {
    /// What each anchor names, resolved.
    anchors: BTreeMap<SmolStr, Node>,
    nodes: usize,
}

impl Resolver {
    fn resolve(&mut self, node: &mut Node, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(BuildError::new(format!(
                "document is nested more than {MAX_DEPTH} levels deep"
            ))
            .at(node.origin));
        }
        let anchor = node
            .extras
            .as_mut()
            .map(|extras| std::mem::take(&mut extras.anchor))
            .filter(|anchor| !anchor.is_empty());
        match &mut node.content {
            Content::Scalar(..) => {}
            Content::Alias(name) => {
                let Some(named) = self.anchors.get(name) else {
                    return Err(BuildError::new(format!(
                        "yaml: unknown anchor '{name}' referenced"
                    ))
                    .at(node.origin));
                };
                self.nodes += count(named);
                if self.nodes > MAX_NODES {
                    return Err(BuildError::new("yaml: document contains excessive aliasing")
                        .at(node.origin));
                }
                *node = named.clone();
            }
            Content::Sequence(items) => {
                for item in items {
                    self.resolve(item, depth + 1)?;
                }
            }
            Content::Mapping(pairs) => {
                for pair in pairs.iter_mut() {
                    self.resolve(&mut pair.key, depth + 1)?;
                    self.resolve(&mut pair.value, depth + 1)?;
                }
                merge(pairs)?;
            }
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }
}

fn count(node: &Node) -> usize {
    let mut left = vec![node];
    let mut count = 0;
    while let Some(node) = left.pop() {
        count += 1;
        match &node.content {
            Content::Sequence(items) => left.extend(items),
            Content::Mapping(pairs) => {
                left.extend(pairs.iter().flat_map(|pair| [&pair.key, &pair.value]));
            }
            Content::Scalar(..) | Content::Alias(_) => {}
        }
    }
    count
}

/// Takes merge keys out of a mapping and adds what they bring and the mapping lacks.
fn merge(pairs: &mut Vec<Pair>) -> Result<()> {
    if !pairs.iter().any(|pair| is_merge(&pair.key)) {
        return Ok(());
    }
    let mut brought: Vec<Node> = Vec::new();
    let mut error = None;
    pairs.retain(|pair| {
        if !is_merge(&pair.key) {
            return true;
        }
        match sources(&pair.value) {
            Ok(mut sources) => brought.append(&mut sources),
            Err(found) => error = error.take().or(Some(found)),
        }
        false
    });
    if let Some(error) = error {
        return Err(error);
    }
    let own = pairs.len();
    for source in brought {
        let Content::Mapping(incoming) = source.content else { continue };
        for pair in incoming {
            match pairs.iter().position(|known| known.key.text() == pair.key.text()) {
                Some(at) if at < own => {}
                Some(at) => pairs[at].value = pair.value,
                None => pairs.push(pair),
            }
        }
    }
    Ok(())
}

/// Returns the mappings that a merge key brings, the one that decides last.
fn sources(value: &Node) -> Result<Vec<Node>> {
    let wrong = |what: &str| {
        Err(BuildError::new(format!("invalid map merge: received {what}")).at(value.origin))
    };
    match &value.content {
        Content::Mapping(_) => Ok(vec![value.clone()]),
        Content::Sequence(items) => {
            if items.iter().any(|item| matches!(item.content, Content::Sequence(_))) {
                return wrong("a nested sequence");
            }
            let mut found = Vec::new();
            for item in items {
                let mut more = sources(item)?;
                more.append(&mut found);
                found = more;
            }
            Ok(found)
        }
        Content::Scalar(..) | Content::Alias(_) => wrong("alias for a non-map value"),
    }
}
