//! The walk through several nodes side by side.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_yaml::{Content, Node, Pair, ScalarTag, Style};

use super::comments::schema_in_comments;
use super::{MergeError, Settings};
use crate::fields::scalar::is_quoted;
use crate::fields::{Kind, key_node, quote_for_v2};
use crate::schema::{Schema, Type};

/// How deep nodes are followed: what the stack of a thread holds in a debug build, and more than objects have.
const DEPTH: u32 = 200;

/// A source beside the destination.
#[derive(Clone, Copy)]
pub(super) enum Other<'a> {
    /// There is none here.
    Absent,
    /// It is the very node that is the destination.
    Same,
    /// Another node.
    Node(&'a Node),
}

impl<'a> Other<'a> {
    /// Returns the node, when it is not the destination itself.
    pub(super) fn node(self) -> Option<&'a Node> {
        if let Other::Node(node) = self { Some(node) } else { None }
    }

    /// Returns the node; null and nothing are the same.
    pub(super) fn present(self) -> Option<&'a Node> {
        self.node().filter(|node| !node.is_null())
    }
}

/// The fields of a source, by name.
struct Fields<'a> {
    other: Other<'a>,
    pairs: BTreeMap<&'a str, &'a Pair>,
}

impl<'a> Fields<'a> {
    fn of(other: Other<'a>) -> Self {
        let mut pairs = BTreeMap::new();
        for pair in other.node().and_then(Node::pairs).into_iter().flatten() {
            if let Some(name) = pair.key.text() {
                pairs.entry(name).or_insert(pair);
            }
        }
        Self { other, pairs }
    }

    fn key(&self, name: &str) -> Option<&'a Node> {
        self.pairs.get(name).map(|pair| &pair.key)
    }

    fn value(&self, name: &str) -> Other<'a> {
        match self.other {
            Other::Absent => Other::Absent,
            Other::Same => Other::Same,
            Other::Node(_) => {
                self.pairs.get(name).map_or(Other::Absent, |pair| Other::Node(&pair.value))
            }
        }
    }
}

/// What became of a place.
pub(super) enum Walked {
    /// It is to be taken out.
    Gone,
    /// The destination stays, changed where it is.
    Stays,
    /// This takes its place; `source` is the one it was taken from, when it was taken whole.
    Becomes { node: Node, source: Option<usize> },
}

/// What a visitor makes of a place.
#[derive(Clone, Copy)]
pub(super) enum Visit {
    /// It is to be taken out.
    Gone,
    /// The destination stays.
    Stays,
    /// The node of this other source becomes the destination; sources that follow are the destination itself.
    Adopt(usize),
    /// An empty node becomes the destination.
    Fresh,
}

/// Decides what becomes of places.
pub(super) trait Visitor {
    /// Decides about a mapping, or about a place where all are null.
    fn mapping(&self, dest: Option<&mut Node>, others: [Other<'_>; 2])
    -> Result<Visit, MergeError>;
    /// Decides about a list; one that is `merged` is walked afterwards, another is taken whole.
    fn list(
        &self,
        dest: Option<&mut Node>,
        others: [Other<'_>; 2],
        merged: bool,
    ) -> Result<Visit, MergeError>;
    /// Decides about a scalar.
    fn scalar(&self, dest: Option<&mut Node>, others: [Other<'_>; 2]) -> Result<Visit, MergeError>;
    /// Whether the comments of keys are merged as scalars are.
    fn visits_keys(&self) -> bool;
    /// Whether this field or element of another source is a directive that has been obeyed.
    fn is_directive(&self, key: &str) -> bool;
}

/// Walks with a visitor.
pub(super) struct Walker<'w> {
    pub(super) schema: &'w Schema,
    pub(super) settings: Settings,
    pub(super) visitor: &'w dyn Visitor,
}

impl<'w> Walker<'w> {
    pub(super) fn new(schema: &'w Schema, settings: Settings, visitor: &'w dyn Visitor) -> Self {
        Self { schema, settings, visitor }
    }

    /// Walks one place.
    pub(super) fn walk(
        &self,
        dest: Option<&mut Node>,
        others: [Other<'_>; 2],
        schema: Option<Type>,
        depth: u32,
    ) -> Result<Walked, MergeError> {
        if depth > DEPTH {
            return Err(MergeError::Depth(DEPTH));
        }
        let schema = self.schema_of(dest.as_deref(), others, schema);
        let nodes =
            || dest.as_deref().into_iter().chain(others.into_iter().filter_map(Other::node));
        let Some(kind) = nodes().find(|node| !node.is_null()).map(Kind::of) else {
            return self.mapping(dest, others, schema.as_ref(), depth);
        };
        nodes().try_for_each(|node| kind.expect(node))?;
        match kind {
            Kind::Mapping => self.mapping(dest, others, schema.as_ref(), depth),
            Kind::Sequence if self.is_merged(dest.as_deref(), others, schema.as_ref()) => {
                self.merged_list(dest, others, schema.as_ref(), depth)
            }
            Kind::Sequence => {
                let visit = self.visitor.list(dest, others, false)?;
                Ok(take_whole(visit, others, Content::Sequence(Vec::new())))
            }
            Kind::Scalar => {
                let visit = self.visitor.scalar(dest, others)?;
                Ok(take_whole(visit, others, Content::default()))
            }
            Kind::Alias => Ok(Walked::Gone),
        }
    }

    /// Returns the schema of a place: what a comment says, what the parent's schema says, or what the kind says.
    fn schema_of(
        &self,
        dest: Option<&Node>,
        others: [Other<'_>; 2],
        schema: Option<Type>,
    ) -> Option<Type> {
        let nodes = || {
            dest.into_iter()
                .chain(others.into_iter().filter_map(Other::node))
                .filter(|node| !node.is_null())
        };
        if let Some(commented) = nodes().find_map(|node| schema_in_comments(node, self.schema)) {
            return Some(commented);
        }
        schema.or_else(|| {
            nodes().filter(|node| node.pairs().is_some()).find_map(|node| {
                let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
                let (api_version, kind) = (text("apiVersion"), text("kind"));
                if api_version.is_empty() || kind.is_empty() {
                    None
                } else {
                    self.schema.of_kind(api_version, kind)
                }
            })
        })
    }

    /// Tells whether a list is merged element by element; else it is taken whole.
    fn is_merged(
        &self,
        dest: Option<&Node>,
        others: [Other<'_>; 2],
        schema: Option<&Type>,
    ) -> bool {
        match schema {
            Some(schema) => schema.merge_keys().is_some(),
            None => self.settings.infer && lists(dest, others).any(|items| is_named(items)),
        }
    }

    /// Returns the keys a merged list is merged by: none for scalars.
    pub(super) fn keys(
        &self,
        dest: Option<&Node>,
        others: [Other<'_>; 2],
        schema: Option<&Type>,
    ) -> Result<Vec<SmolStr>, MergeError> {
        if let Some(schema) = schema {
            return Ok(schema.merge_keys().unwrap_or_default());
        }
        let filled = lists(dest, others).filter(|items| !items.is_empty());
        let (named, unnamed): (Vec<_>, Vec<_>) = filled.partition(|items| is_named(items));
        match (named.as_slice(), unnamed.as_slice()) {
            ([_, ..], []) => Ok(vec![SmolStr::new_static("name")]),
            ([], _) => Err(MergeError::NoKey { field: String::new(), complete: false }),
            _ => Err(MergeError::KeyConflict {
                keys: "name,",
                field: String::new(),
                complete: false,
            }),
        }
    }

    fn mapping(
        &self,
        mut dest: Option<&mut Node>,
        others: [Other<'_>; 2],
        schema: Option<&Type>,
        depth: u32,
    ) -> Result<Walked, MergeError> {
        match self.visitor.mapping(dest.as_deref_mut(), others)? {
            Visit::Gone => Ok(Walked::Gone),
            Visit::Stays => {
                if let Some(dest) = dest {
                    self.fields(dest, others, schema, depth)?;
                }
                Ok(Walked::Stays)
            }
            Visit::Adopt(index) => {
                let Some(mut node) = others.get(index).and_then(|other| other.node()).cloned()
                else {
                    return Ok(Walked::Stays);
                };
                if let Some(pairs) = node.pairs_mut() {
                    pairs.retain(|pair| {
                        !pair.key.text().is_some_and(|key| self.visitor.is_directive(key))
                    });
                }
                self.fields(&mut node, [Other::Same, Other::Absent], schema, depth)?;
                Ok(Walked::Becomes { node, source: Some(index) })
            }
            Visit::Fresh => {
                let mut node = Node::mapping(Vec::new());
                self.fields(&mut node, others, schema, depth)?;
                Ok(Walked::Becomes { node, source: None })
            }
        }
    }

    /// Walks the fields of a mapping; new ones go to the end, sorted by name.
    fn fields(
        &self,
        dest: &mut Node,
        others: [Other<'_>; 2],
        schema: Option<&Type>,
        depth: u32,
    ) -> Result<(), MergeError> {
        let Some(pairs) = dest.pairs_mut() else { return Ok(()) };
        let mut names: BTreeMap<SmolStr, Option<usize>> = BTreeMap::new();
        for (index, pair) in pairs.iter().enumerate() {
            names.entry(pair.key.text().unwrap_or_default().into()).or_insert(Some(index));
        }
        for other in others.into_iter().filter_map(Other::node) {
            for pair in other.pairs().into_iter().flatten() {
                let name = pair.key.text().unwrap_or_default();
                if !self.visitor.is_directive(name) {
                    names.entry(name.into()).or_insert(None);
                }
            }
        }
        let fields = others.map(Fields::of);
        let mut gone = Vec::new();
        for (name, index) in names {
            let sources = fields.each_ref().map(|fields| fields.value(&name));
            let pair = index.and_then(|index| pairs.get_mut(index));
            let keys = fields.each_ref().map(|fields| fields.key(&name));
            let comments = if self.visitor.visits_keys() {
                super::comments::of_keys(pair.as_deref().map(|pair| &pair.key), keys)
            } else {
                None
            };
            let field_schema = schema.and_then(|schema| self.schema.field(schema, &name));
            let field_schema = pair
                .as_deref()
                .map(|pair| &pair.key)
                .into_iter()
                .chain(keys.into_iter().flatten())
                .find_map(|key| schema_in_comments(key, self.schema))
                .or(field_schema);
            match pair {
                Some(Pair { key, value }) => {
                    if let Some(comments) = comments {
                        super::comments::set(key, comments);
                    }
                    if self.keeps_null(value, sources) {
                        value.extras = None;
                        continue;
                    }
                    match self
                        .walk(Some(value), sources, field_schema, depth + 1)
                        .map_err(|error| error.in_field(&name))?
                    {
                        Walked::Stays => quote_for_v2(value),
                        Walked::Gone => *value = Node::null(),
                        Walked::Becomes { node, .. } => {
                            let style = value.style;
                            *value = node;
                            value.style = style;
                        }
                    }
                    if value.is_null() {
                        gone.extend(index);
                    }
                }
                None => {
                    let walked = self
                        .walk(None, sources, field_schema, depth + 1)
                        .map_err(|error| error.in_field(&name))?;
                    let Walked::Becomes { node: mut value, source } = walked else { continue };
                    if value.is_null() {
                        continue;
                    }
                    quote_for_v2(&mut value);
                    let key = source.and_then(|source| keys.get(source).copied().flatten());
                    let mut key = key_node(&name, key.map_or(Style::Default, |key| key.style));
                    if let Some(comments) = comments {
                        super::comments::set(&mut key, comments);
                    }
                    pairs.push(Pair { key, value });
                }
            }
        }
        if !gone.is_empty() {
            gone.sort_unstable();
            let mut at = 0;
            pairs.retain(|_| {
                at += 1;
                gone.binary_search(&(at - 1)).is_err()
            });
        }
        Ok(())
    }

    /// Tells whether a null that was written out stays, as nothing speaks of it.
    fn keeps_null(&self, value: &Node, others: [Other<'_>; 2]) -> bool {
        !self.visitor.visits_keys()
            && matches!(&value.content, Content::Scalar(text, ScalarTag::Null) if !text.is_empty())
            && others.into_iter().all(|other| matches!(other, Other::Absent))
    }
}

fn lists<'a>(
    dest: Option<&'a Node>,
    others: [Other<'a>; 2],
) -> impl Iterator<Item = &'a Vec<Node>> {
    dest.into_iter().chain(others.into_iter().filter_map(Other::present)).filter_map(Node::items)
}

/// Tells whether all elements have a name.
fn is_named(items: &[Node]) -> bool {
    items.iter().all(|item| item.get("name").is_some())
}

fn take_whole(visit: Visit, others: [Other<'_>; 2], empty: Content) -> Walked {
    match visit {
        Visit::Gone => Walked::Gone,
        Visit::Stays => Walked::Stays,
        Visit::Fresh => {
            Walked::Becomes { node: Node { content: empty, ..Node::default() }, source: None }
        }
        Visit::Adopt(index) => match others.get(index) {
            Some(Other::Node(node)) => {
                Walked::Becomes { node: (*node).clone(), source: Some(index) }
            }
            _ => Walked::Stays,
        },
    }
}

/// Makes a scalar that says its value without a tag, in the style of `like`.
pub(super) fn bare(text: &str, like: &Node) -> Node {
    let style = if is_quoted(like.style) { like.style } else { Style::Default };
    crate::fields::scalar::untagged(text, style)
}
