//! From tokens to events: Go's grammar of documents, collections and scalars, comments included.

mod block;
mod document;
mod flow;
mod node;

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
