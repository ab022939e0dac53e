//! From tokens to events: Go's grammar of documents, collections and scalars, comments included.

use smol_str::SmolStr;

use crate::dialect::Dialect;
use crate::input::Input;
use crate::scan::{Mark, Problem, ScalarStyle, Scanner, Stage, Token, TokenKind};

/// What the grammar found.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) start: Mark,
    /// Empty when there is none.
    pub(crate) anchor: SmolStr,
    /// The tag with its handle resolved; empty when there is none.
    pub(crate) tag: SmolStr,
    pub(crate) comments: Option<Box<EventComments>>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum EventKind {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias,
    Scalar {
        value: SmolStr,
        style: ScalarStyle,
        plain_implicit: bool,
    },
    SequenceStart {
        flow: bool,
    },
    SequenceEnd,
    MappingStart {
        flow: bool,
    },
    MappingEnd,
    /// A foot comment for the value before.
    TailComment,
}

/// The comments of an event.
#[derive(Debug, Default)]
pub(crate) struct EventComments {
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// Which nodes may come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Block,
    BlockOrIndentless,
    Flow,
}

/// The shapes of tokens that the grammar decides by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    StreamStart,
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

impl Shape {
    fn of(kind: &TokenKind) -> Self {
        match kind {
            TokenKind::StreamStart => Self::StreamStart,
            TokenKind::StreamEnd => Self::StreamEnd,
            TokenKind::VersionDirective(..) | TokenKind::TagDirective(_) => Self::Directive,
            TokenKind::DocumentStart => Self::DocumentStart,
            TokenKind::DocumentEnd => Self::DocumentEnd,
            TokenKind::BlockSequenceStart => Self::BlockSequenceStart,
            TokenKind::BlockMappingStart => Self::BlockMappingStart,
            TokenKind::BlockEnd => Self::BlockEnd,
            TokenKind::FlowSequenceStart => Self::FlowSequenceStart,
            TokenKind::FlowSequenceEnd => Self::FlowSequenceEnd,
            TokenKind::FlowMappingStart => Self::FlowMappingStart,
            TokenKind::FlowMappingEnd => Self::FlowMappingEnd,
            TokenKind::BlockEntry => Self::BlockEntry,
            TokenKind::FlowEntry => Self::FlowEntry,
            TokenKind::Key => Self::Key,
            TokenKind::Value => Self::Value,
            TokenKind::Alias(_) => Self::Alias,
            TokenKind::Anchor(_) => Self::Anchor,
            TokenKind::Tag(_) => Self::Tag,
            TokenKind::Scalar(..) => Self::Scalar,
        }
    }
}

/// What was peeked at: the shape, the beginning and the end of a token.
#[derive(Clone, Copy)]
struct Peeked {
    shape: Shape,
    start: Mark,
    end: Mark,
}

/// The parser.
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    /// Where the open collections began.
    marks: Vec<Mark>,
    tag_directives: Vec<(SmolStr, SmolStr)>,
    head: String,
    line: String,
    foot: String,
    stem: Option<String>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(input: &'a Input<'_>, dialect: Dialect) -> Self {
        Self {
            scanner: Scanner::new(&input.text, input.broken, dialect),
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_directives: Vec::new(),
            head: String::new(),
            line: String::new(),
            foot: String::new(),
            stem: None,
        }
    }

    /// Returns the next event.
    pub(crate) fn next(&mut self) -> Result<Event, Box<Problem>> {
        match self.state {
            State::StreamStart => {
                self.peek()?;
                self.scanner.skip();
                self.state = State::ImplicitDocumentStart;
                self.next()
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(Expect::Block),
            State::BlockSequenceFirstEntry => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.flow_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => {
                let token = self.peek()?;
                self.state = State::FlowSequenceEntry;
                Ok(event(EventKind::MappingEnd, token.start))
            }
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => Ok(event(EventKind::StreamEnd, Mark::default())),
        }
    }

    fn peek(&mut self) -> Result<Peeked, Box<Problem>> {
        let token = self.scanner.peek()?;
        let peeked = Peeked { shape: Shape::of(&token.kind), start: token.start, end: token.end() };
        if self.scanner.comments_head < self.scanner.comments.len() {
            self.unfold_comments(peeked);
        }
        Ok(peeked)
    }

    /// Collects the comments that stand before or at a token.
    fn unfold_comments(&mut self, token: Peeked) {
        while let Some(comment) = self.scanner.comments.get_mut(self.scanner.comments_head) {
            if token.start.index < comment.token.index {
                return;
            }
            // A head stays for what follows the end of a block.
            if !comment.head.is_empty() && token.shape == Shape::BlockEnd {
                return;
            }
            join(&mut self.head, &comment.head);
            join(&mut self.foot, &comment.foot);
            join(&mut self.line, &comment.line);
            self.scanner.comments_head += 1;
        }
        self.scanner.comments.clear();
        self.scanner.comments_head = 0;
    }

    fn take_comments(&mut self) -> Option<Box<EventComments>> {
        self.stem = None;
        if self.head.is_empty() && self.line.is_empty() && self.foot.is_empty() {
            return None;
        }
        Some(Box::new(EventComments {
            head: std::mem::take(&mut self.head),
            line: std::mem::take(&mut self.line),
            foot: std::mem::take(&mut self.foot),
        }))
    }

    fn take_token(&mut self) -> Result<Token, Box<Problem>> {
        match self.scanner.take() {
            Some(token) => Ok(token),
            None => Err(problem("the text ended too early", Mark::default())),
        }
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn document_start(&mut self, implicit: bool) -> Result<Event, Box<Problem>> {
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

    fn document_content(&mut self) -> Result<Event, Box<Problem>> {
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

    fn document_end(&mut self) -> Result<Event, Box<Problem>> {
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

    fn node(&mut self, expect: Expect) -> Result<Event, Box<Problem>> {
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

    fn open(&mut self) -> Result<(), Box<Problem>> {
        let token = self.peek()?;
        self.marks.push(token.start);
        self.scanner.skip();
        Ok(())
    }

    fn close(&mut self, kind: EventKind, token: Peeked, with_comments: bool) -> Event {
        self.pop_state();
        self.marks.pop();
        let mut end = event(kind, token.start);
        if with_comments {
            end.comments = self.take_comments();
        }
        self.scanner.skip();
        end
    }

    fn unclosed(&mut self, message: &str, token: Peeked) -> Box<Problem> {
        let context = self.marks.pop().unwrap_or_default();
        in_context(message, context, token.start)
    }

    /// Consumes a `-` and sets the comment before it aside, if it heads a collection within the entry.
    fn enter_entry(&mut self) -> Result<Peeked, Box<Problem>> {
        let stem_len = self.head.len();
        self.scanner.skip();
        let token = self.peek()?;
        if stem_len > 0
            && matches!(token.shape, Shape::BlockSequenceStart | Shape::BlockMappingStart)
        {
            let rest = self.head.get(stem_len + 1..).unwrap_or_default().to_owned();
            self.head.truncate(stem_len);
            self.stem = Some(std::mem::replace(&mut self.head, rest));
        }
        Ok(token)
    }

    fn block_sequence_entry(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let token = self.peek()?;
        match token.shape {
            Shape::BlockEntry => {
                let mark = token.end;
                let token = self.enter_entry()?;
                if matches!(token.shape, Shape::BlockEntry | Shape::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(Expect::Block)
            }
            Shape::BlockEnd => Ok(self.close(EventKind::SequenceEnd, token, false)),
            _ => Err(self.unclosed("did not find expected '-' indicator", token)),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if token.shape != Shape::BlockEntry {
            self.pop_state();
            return Ok(event(EventKind::SequenceEnd, token.start));
        }
        let mark = token.end;
        let token = self.enter_entry()?;
        if matches!(token.shape, Shape::BlockEntry | Shape::Key | Shape::Value | Shape::BlockEnd) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(empty_scalar(mark));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(Expect::Block)
    }

    fn block_mapping_key(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let token = self.peek()?;
        match token.shape {
            Shape::Key => {
                let mark = token.end;
                self.scanner.skip();
                let token = self.peek()?;
                if matches!(token.shape, Shape::Key | Shape::Value | Shape::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::BlockMappingValue);
                self.node(Expect::BlockOrIndentless)
            }
            Shape::BlockEnd => Ok(self.close(EventKind::MappingEnd, token, true)),
            _ => Err(self.unclosed("did not find expected key", token)),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        let mut mark = token.start;
        if token.shape == Shape::Value {
            mark = token.end;
            self.scanner.skip();
            let token = self.peek()?;
            if !matches!(token.shape, Shape::Key | Shape::Value | Shape::BlockEnd) {
                self.states.push(State::BlockMappingKey);
                return self.node(Expect::BlockOrIndentless);
            }
        }
        self.state = State::BlockMappingKey;
        Ok(empty_scalar(mark))
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let mut token = self.peek()?;
        if token.shape != Shape::FlowSequenceEnd {
            if !first {
                if token.shape != Shape::FlowEntry {
                    return Err(self.unclosed("did not find expected ',' or ']'", token));
                }
                self.scanner.skip();
                token = self.peek()?;
            }
            if token.shape == Shape::Key {
                self.state = State::FlowSequenceEntryMappingKey;
                self.scanner.skip();
                return Ok(event(EventKind::MappingStart { flow: true }, token.start));
            }
            if token.shape != Shape::FlowSequenceEnd {
                self.states.push(State::FlowSequenceEntry);
                return self.node(Expect::Flow);
            }
        }
        Ok(self.close(EventKind::SequenceEnd, token, true))
    }

    fn flow_entry_mapping_key(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if !matches!(token.shape, Shape::Value | Shape::FlowEntry | Shape::FlowSequenceEnd) {
            self.states.push(State::FlowSequenceEntryMappingValue);
            return self.node(Expect::Flow);
        }
        self.scanner.skip();
        self.state = State::FlowSequenceEntryMappingValue;
        Ok(empty_scalar(token.end))
    }

    fn flow_entry_mapping_value(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if token.shape == Shape::Value {
            self.scanner.skip();
            let token = self.peek()?;
            if !matches!(token.shape, Shape::FlowEntry | Shape::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(Expect::Flow);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(empty_scalar(token.start))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let mut token = self.peek()?;
        if token.shape != Shape::FlowMappingEnd {
            if !first {
                if token.shape != Shape::FlowEntry {
                    return Err(self.unclosed("did not find expected ',' or '}'", token));
                }
                self.scanner.skip();
                token = self.peek()?;
            }
            if token.shape == Shape::Key {
                self.scanner.skip();
                token = self.peek()?;
                if matches!(token.shape, Shape::Value | Shape::FlowEntry | Shape::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(empty_scalar(token.start));
                }
                self.states.push(State::FlowMappingValue);
                return self.node(Expect::Flow);
            }
            if token.shape != Shape::FlowMappingEnd {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(Expect::Flow);
            }
        }
        Ok(self.close(EventKind::MappingEnd, token, true))
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event, Box<Problem>> {
        let mut token = self.peek()?;
        if !empty && token.shape == Shape::Value {
            self.scanner.skip();
            token = self.peek()?;
            if !matches!(token.shape, Shape::FlowEntry | Shape::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(Expect::Flow);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(empty_scalar(token.start))
    }
}

fn join(all: &mut String, more: &str) {
    if more.is_empty() {
        return;
    }
    if !all.is_empty() {
        all.push('\n');
    }
    all.push_str(more);
}

fn event(kind: EventKind, start: Mark) -> Event {
    Event { kind, start, anchor: SmolStr::default(), tag: SmolStr::default(), comments: None }
}

fn empty_scalar(mark: Mark) -> Event {
    let kind = EventKind::Scalar {
        value: SmolStr::default(),
        style: ScalarStyle::Plain,
        plain_implicit: true,
    };
    event(kind, mark)
}

fn problem(message: &str, at: Mark) -> Box<Problem> {
    in_context(message, Mark::default(), at)
}

fn in_context(message: &str, context: Mark, at: Mark) -> Box<Problem> {
    Box::new(Problem { stage: Stage::Parser, message: message.to_owned(), context, at })
}
