//! Documents: their directives, their beginnings and ends, and the comments that head them.

use smol_str::SmolStr;

use super::{
    Event, EventComments, EventKind, Expect, Parser, Shape, State, empty_scalar, event, problem,
};
use crate::scan::{Problem, TokenKind};

impl Parser<'_> {
    pub(super) fn document_start(&mut self, implicit: bool) -> Result<Event, Box<Problem>> {
        let mut token = self.peek()?;
        if !implicit {
            while token.shape == Shape::DocumentEnd {
                self.scanner.skip();
                token = self.peek()?;
            }
        }
        let explicit =
            matches!(token.shape, Shape::Directive | Shape::DocumentStart | Shape::StreamEnd);
        if implicit && !explicit {
            self.process_directives()?;
            self.states.push(State::DocumentEnd);
            self.state = State::BlockNode;
            let mut start = event(EventKind::DocumentStart, token.start);
            if let Some(head) = self.split_document_head() {
                start.comments = Some(Box::new(EventComments { head, ..EventComments::default() }));
            }
            return Ok(start);
        }
        if token.shape == Shape::StreamEnd {
            self.state = State::End;
            self.scanner.skip();
            return Ok(event(EventKind::StreamEnd, token.start));
        }
        let start = token.start;
        self.process_directives()?;
        let token = self.peek()?;
        if token.shape != Shape::DocumentStart {
            return Err(problem("did not find expected <document start>", token.start));
        }
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        self.scanner.skip();
        Ok(event(EventKind::DocumentStart, start))
    }

    /// Takes the part of the head comment above the last empty line: it heads the document, the rest its first node.
    fn split_document_head(&mut self) -> Option<String> {
        let (above, below) = if self.head.len() > 1 && self.head.ends_with('\n') {
            (self.head.len() - 1, self.head.len())
        } else {
            let gap = self.head.rfind("\n\n")?;
            (gap, gap + 2)
        };
        let head = self.head.get(..above)?.to_owned();
        self.head = self.head.get(below..)?.to_owned();
        Some(head)
    }

    pub(super) fn document_content(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if matches!(
            token.shape,
            Shape::Directive | Shape::DocumentStart | Shape::DocumentEnd | Shape::StreamEnd
        ) {
            self.pop_state();
            return Ok(empty_scalar(token.start));
        }
        self.node(Expect::Block)
    }

    pub(super) fn document_end(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if token.shape == Shape::DocumentEnd {
            self.scanner.skip();
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        let mut end = event(EventKind::DocumentEnd, token.start);
        end.comments = self.take_comments();
        if let Some(comments) = &mut end.comments
            && comments.foot.is_empty()
        {
            comments.foot = std::mem::take(&mut comments.head);
        }
        Ok(end)
    }

    fn process_directives(&mut self) -> Result<(), Box<Problem>> {
        let mut version = false;
        while self.peek()?.shape == Shape::Directive {
            let token = self.take_token()?;
            match token.kind {
                TokenKind::VersionDirective(major, minor) => {
                    if version {
                        return Err(problem("found duplicate %YAML directive", token.start));
                    }
                    if (major, minor) != (1, 1) {
                        return Err(problem("found incompatible YAML document", token.start));
                    }
                    version = true;
                }
                TokenKind::TagDirective(directive) => {
                    if self.tag_directives.iter().any(|(handle, _)| *handle == directive.0) {
                        return Err(problem("found duplicate %TAG directive", token.start));
                    }
                    self.tag_directives.push(*directive);
                }
                _ => {}
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tag_directives.iter().any(|(known, _)| known == handle) {
                self.tag_directives
                    .push((SmolStr::new_static(handle), SmolStr::new_static(prefix)));
            }
        }
        Ok(())
    }
}
