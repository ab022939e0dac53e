//! From events to nodes, as yaml.v3 composes them.

use smol_str::SmolStr;
use std::collections::BTreeSet;
use weir_model::{Origin, Source};

use crate::dialect::Dialect;
use crate::error::YamlError;
use crate::events::{Event, EventComments, EventKind, Parser};
use crate::input::{self, Input};
use crate::node::{Comments, Content, Node, Pair, ScalarTag, Style};
use crate::resolve;
use crate::scan::{Mark, Problem, ScalarStyle, Stage};

/// Composes all documents of a stream.
pub(crate) fn documents(bytes: &[u8], source: Source) -> Result<Vec<Node>, YamlError> {
    compose(bytes, source, usize::MAX, usize::MAX)
}

/// Composes the first document of a stream, when there is one. More nodes than `most` are an error.
pub(crate) fn first_document(
    bytes: &[u8],
    source: Source,
    most: usize,
) -> Result<Option<Node>, YamlError> {
    Ok(compose(bytes, source, 1, most)?.pop())
}

fn compose(
    bytes: &[u8],
    source: Source,
    count: usize,
    most: usize,
) -> Result<Vec<Node>, YamlError> {
    let input = input::decode(bytes);
    let composed = Composer::new(&input, source, most).documents(count);
    composed.map_err(|problem| YamlError::new(&problem, Dialect::V3, &input, source, 0))
}

struct Composer<'a> {
    parser: Parser<'a>,
    source: Source,
    /// An event that was looked at but not used.
    peeked: Option<Event>,
    anchors: BTreeSet<SmolStr>,
    most: usize,
    nodes: usize,
}

impl<'a> Composer<'a> {
    fn new(input: &'a Input<'_>, source: Source, most: usize) -> Self {
        Self {
            parser: Parser::new(input, Dialect::V3),
            source,
            peeked: None,
            anchors: BTreeSet::new(),
            most,
            nodes: 0,
        }
    }

    fn documents(mut self, count: usize) -> Result<Vec<Node>, Box<Problem>> {
        let mut documents = Vec::new();
        while documents.len() < count {
            let start = self.next()?;
            if start.kind != EventKind::DocumentStart {
                break;
            }
            let first = self.next()?;
            let mut node = self.node(first)?;
            let end = self.next()?;
            let comments = Comments {
                head: start.comments.map(|comments| comments.head.into()).unwrap_or_default(),
                line: SmolStr::default(),
                foot: end.comments.map(|comments| comments.foot.into()).unwrap_or_default(),
            };
            if comments != Comments::default() {
                node.extras_mut().document = Some(Box::new(comments));
            }
            documents.push(node);
        }
        Ok(documents)
    }

    fn next(&mut self) -> Result<Event, Box<Problem>> {
        match self.peeked.take() {
            Some(event) => Ok(event),
            None => self.parser.next(),
        }
    }

    fn node(&mut self, event: Event) -> Result<Node, Box<Problem>> {
        let Event { kind, start, anchor, tag, comments } = event;
        self.nodes += 1;
        if self.nodes > self.most {
            return Err(too_many(self.most, start));
        }
        let mut node = Node {
            origin: Origin::new(self.source, start.line + 1),
            column: start.column + 1,
            ..Node::default()
        };
        if let Some(comments) = comments {
            node.extras_mut().comments = (*comments).into();
        }
        if kind == EventKind::Alias {
            if !self.anchors.contains(&anchor) {
                return Err(unknown_anchor(&anchor, start));
            }
            node.content = Content::Alias(anchor);
            return Ok(node);
        }
        if !anchor.is_empty() {
            self.anchors.insert(anchor.clone());
            node.extras_mut().anchor = anchor;
        }
        let tagged = !tag.is_empty() && tag != "!";
        if tagged {
            node.extras_mut().tag = resolve::short_tag(&tag);
        }
        match kind {
            EventKind::Scalar { value, style, .. } => self.scalar(&mut node, value, style, tagged),
            EventKind::SequenceStart { flow } => self.sequence(&mut node, flow)?,
            EventKind::MappingStart { flow } => self.mapping(&mut node, flow)?,
            _ => {}
        }
        Ok(node)
    }

    fn scalar(&self, node: &mut Node, value: SmolStr, style: ScalarStyle, tagged: bool) {
        node.style = match style {
            ScalarStyle::Plain => Style::Default,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let tag = if tagged {
            node.extras
                .as_ref()
                .map_or(ScalarTag::Custom, |extras| resolve::scalar_tag(&extras.tag))
        } else if style == ScalarStyle::Plain {
            resolve::tag_of(&value, Dialect::V3)
        } else {
            ScalarTag::Str
        };
        node.content = Content::Scalar(value, tag);
    }

    fn sequence(&mut self, node: &mut Node, flow: bool) -> Result<(), Box<Problem>> {
        if flow {
            node.style = Style::Flow;
        }
        let mut items = Vec::new();
        let end = loop {
            let event = self.next()?;
            if event.kind == EventKind::SequenceEnd {
                break event;
            }
            items.push(self.node(event)?);
        };
        // Most collections are small, and a list has room for four.
        items.shrink_to_fit();
        node.content = Content::Sequence(items);
        set_end_comments(node, end.comments);
        Ok(())
    }

    fn mapping(&mut self, node: &mut Node, flow: bool) -> Result<(), Box<Problem>> {
        if flow {
            node.style = Style::Flow;
        }
        let mut pairs: Vec<Pair> = Vec::new();
        let end = loop {
            let event = self.next()?;
            if event.kind == EventKind::MappingEnd {
                break event;
            }
            let mut key = self.node(event)?;
            if !flow
                && let Some(last) = pairs.last_mut()
                && let Some(foot) = take_foot(&mut key)
            {
                // A dedented foot comment is about the pair before.
                last.key.extras_mut().comments.foot = foot;
            }
            let event = self.next()?;
            let mut value = self.node(event)?;
            if foot_of(&key).is_none()
                && let Some(foot) = take_foot(&mut value)
            {
                key.extras_mut().comments.foot = foot;
            }
            let event = self.next()?;
            if event.kind == EventKind::TailComment {
                if foot_of(&key).is_none()
                    && let Some(comments) = event.comments
                {
                    key.extras_mut().comments.foot = comments.foot.into();
                }
            } else {
                self.peeked = Some(event);
            }
            pairs.push(Pair { key, value });
        };
        pairs.shrink_to_fit();
        node.content = Content::Mapping(pairs);
        set_end_comments(node, end.comments);
        if !flow
            && let Some(foot) = foot_of(node).cloned()
            && let Some(last) = node.pairs_mut().and_then(|pairs| pairs.last_mut())
        {
            last.key.extras_mut().comments.foot = foot;
            take_foot(node);
        }
        Ok(())
    }
}

fn foot_of(node: &Node) -> Option<&SmolStr> {
    let foot = &node.extras.as_ref()?.comments.foot;
    (!foot.is_empty()).then_some(foot)
}

fn take_foot(node: &mut Node) -> Option<SmolStr> {
    let foot = std::mem::take(&mut node.extras.as_mut()?.comments.foot);
    (!foot.is_empty()).then_some(foot)
}

/// The line and foot comments of a collection are those at its end.
fn set_end_comments(node: &mut Node, comments: Option<Box<EventComments>>) {
    if let Some(comments) = comments {
        let own = &mut node.extras_mut().comments;
        own.line = comments.line.into();
        own.foot = comments.foot.into();
    } else if let Some(extras) = &mut node.extras {
        extras.comments.line = SmolStr::default();
        extras.comments.foot = SmolStr::default();
    }
}

pub(crate) fn unknown_anchor(name: &str, at: Mark) -> Box<Problem> {
    Box::new(Problem {
        stage: Stage::Composer,
        message: format!("unknown anchor '{name}' referenced"),
        context: Mark::default(),
        at,
    })
}

/// Says that a document is too large.
pub(crate) fn too_many(most: usize, at: Mark) -> Box<Problem> {
    Box::new(Problem {
        stage: Stage::Composer,
        message: format!("document holds more than {most} keys and values"),
        context: Mark::default(),
        at,
    })
}

impl From<EventComments> for Comments {
    fn from(comments: EventComments) -> Self {
        Self { head: comments.head.into(), line: comments.line.into(), foot: comments.foot.into() }
    }
}
