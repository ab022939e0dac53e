//! A node: an alias, or an anchor and a tag before a scalar or a collection.

use smol_str::SmolStr;

use super::{
    Event, EventComments, EventKind, Expect, Parser, Shape, State, event, in_context, problem,
};
use crate::scan::{Mark, Problem, ScalarStyle, TokenKind};

impl Parser<'_> {
    pub(super) fn node(&mut self, expect: Expect) -> Result<Event, Box<Problem>> {
        let mut token = self.peek()?;
        if token.shape == Shape::Alias {
            self.pop_state();
            let mut alias = event(EventKind::Alias, token.start);
            alias.comments = self.take_comments();
            if let TokenKind::Alias(name) = self.take_token()?.kind {
                alias.anchor = name;
            }
            return Ok(alias);
        }
        let start = token.start;
        let mut anchor = SmolStr::default();
        let mut tag = SmolStr::default();
        // An anchor and a tag, in either order, each once.
        if matches!(token.shape, Shape::Anchor | Shape::Tag) {
            let mut tag_parts = None;
            let mut tag_mark = start;
            for _ in 0..2 {
                match token.shape {
                    Shape::Anchor if anchor.is_empty() => {
                        if let TokenKind::Anchor(name) = self.take_token()?.kind {
                            anchor = name;
                        }
                    }
                    Shape::Tag if tag_parts.is_none() => {
                        tag_mark = token.start;
                        if let TokenKind::Tag(parts) = self.take_token()?.kind {
                            tag_parts = Some(parts);
                        }
                    }
                    _ => break,
                }
                token = self.peek()?;
            }
            if let Some(parts) = tag_parts {
                let (handle, suffix) = *parts;
                tag = self.resolve_tag(&handle, suffix, start, tag_mark)?;
            }
        }
        let (kind, comments) = match token.shape {
            Shape::BlockEntry if expect == Expect::BlockOrIndentless => {
                self.state = State::IndentlessSequenceEntry;
                (EventKind::SequenceStart { flow: false }, None)
            }
            Shape::Scalar => {
                self.pop_state();
                let comments = self.take_comments();
                let TokenKind::Scalar(value, style) = self.take_token()?.kind else {
                    return Err(problem("did not find expected node content", token.start));
                };
                let plain_implicit = (tag.is_empty() && style == ScalarStyle::Plain) || tag == "!";
                (EventKind::Scalar { value, style, plain_implicit }, comments)
            }
            Shape::FlowSequenceStart => {
                self.state = State::FlowSequenceFirstEntry;
                (EventKind::SequenceStart { flow: true }, self.take_comments())
            }
            Shape::FlowMappingStart => {
                self.state = State::FlowMappingFirstKey;
                (EventKind::MappingStart { flow: true }, self.take_comments())
            }
            Shape::BlockSequenceStart if expect != Expect::Flow => {
                self.state = State::BlockSequenceFirstEntry;
                (EventKind::SequenceStart { flow: false }, self.take_stem())
            }
            Shape::BlockMappingStart if expect != Expect::Flow => {
                self.state = State::BlockMappingFirstKey;
                (EventKind::MappingStart { flow: false }, self.take_stem())
            }
            _ if !anchor.is_empty() || !tag.is_empty() => {
                self.pop_state();
                let kind = EventKind::Scalar {
                    value: SmolStr::default(),
                    style: ScalarStyle::Plain,
                    plain_implicit: tag.is_empty(),
                };
                (kind, None)
            }
            _ => {
                return Err(in_context("did not find expected node content", start, token.start));
            }
        };
        Ok(Event { kind, start, anchor, tag, comments })
    }

    fn take_stem(&mut self) -> Option<Box<EventComments>> {
        let head = self.stem.take()?;
        Some(Box::new(EventComments { head, ..EventComments::default() }))
    }

    fn resolve_tag(
        &self,
        handle: &str,
        suffix: SmolStr,
        start: Mark,
        at: Mark,
    ) -> Result<SmolStr, Box<Problem>> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        match self.tag_directives.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) if !prefix.is_empty() || !suffix.is_empty() => {
                Ok(smol_str::format_smolstr!("{prefix}{suffix}"))
            }
            _ => Err(in_context("found undefined tag handle", start, at)),
        }
    }
}
