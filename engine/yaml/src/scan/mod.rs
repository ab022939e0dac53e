//! From text to tokens, with the lookahead, the simple keys and the comments of Go's scanner.

mod comments;
mod fetch;
mod names;
mod scalars;
mod token;

pub(crate) use comments::Comment;
pub(crate) use token::{Mark, ScalarStyle, Token, TokenKind};

use crate::dialect::Dialect;
use crate::input::Broken;

/// Deeper nesting is refused, so that whoever walks through values fits a small stack. Go allows 10,000, real manifests
/// stay below 100.
const MAX_DEPTH: usize = 200;

/// A mapping key without `?` may be this long before its `:`.
const MAX_SIMPLE_KEY: usize = 1024;

/// Who found a problem; Go counts its lines differently for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Reader,
    Scanner,
    Parser,
    Composer,
}

/// Why a text is not YAML.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) stage: Stage,
    pub(crate) message: String,
    /// Where the construct began; the beginning of the text when unknown.
    pub(crate) context: Mark,
    pub(crate) at: Mark,
}

/// A place where a mapping key could have begun.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// Whether the token's number still leads here.
    indexed: bool,
    token_number: usize,
    mark: Mark,
}

/// The scanner.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    broken: Option<Broken>,
    mark: Mark,
    /// Line breaks since the last character that was not blank.
    newlines: u32,
    started: bool,
    ended: bool,
    indent: i32,
    indents: Vec<i32>,
    flow_level: usize,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    /// The queue; tokens before `head` are consumed, the last two of them are kept for the comments.
    tokens: Vec<Token>,
    head: usize,
    parsed: usize,
    available: bool,
    /// Comments not yet given to an event, in order.
    pub(crate) comments: Vec<Comment>,
    pub(crate) comments_head: usize,
    /// Room for scalars of several lines.
    buffer: String,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, broken: Option<Broken>, dialect: Dialect) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            dialect,
            broken,
            mark: Mark::default(),
            newlines: 0,
            started: false,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: false,
            simple_keys: Vec::new(),
            tokens: Vec::with_capacity(64),
            head: 0,
            parsed: 0,
            available: false,
            comments: Vec::new(),
            comments_head: 0,
            buffer: String::new(),
        }
    }

    /// Returns the next token without consuming it.
    pub(crate) fn peek(&mut self) -> Result<&Token, Box<Problem>> {
        if !self.available {
            self.fetch_more()?;
        }
        let head = self.head.min(self.tokens.len().saturating_sub(1));
        self.tokens
            .get(head)
            .ok_or_else(|| self.problem_at(Mark::default(), "the text ended too early"))
    }

    /// Consumes the token that was peeked at.
    pub(crate) fn skip(&mut self) {
        self.available = false;
        self.parsed += 1;
        self.head = (self.head + 1).min(self.tokens.len());
        if self.head > 48 {
            self.tokens.drain(..self.head - 2);
            self.head = 2;
        }
    }

    /// Consumes the token that was peeked at, and gives it.
    pub(crate) fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get_mut(self.head).map(|token| Token {
            kind: match &mut token.kind {
                // Texts are not looked at again once consumed.
                TokenKind::Scalar(text, style) => TokenKind::Scalar(std::mem::take(text), *style),
                kind => kind.clone(),
            },
            start: token.start,
            width: token.width,
        });
        self.skip();
        token
    }

    fn fetch_more(&mut self) -> Result<(), Box<Problem>> {
        // The comments need two tokens more than the grammar does.
        let lookahead = if self.dialect.has_comments() { 2 } else { 0 };
        loop {
            if self.head + lookahead < self.tokens.len() {
                // A simple key at the head may yet turn out to need a KEY token before it.
                let number = self.parsed;
                let from = self.simple_keys.partition_point(|key| key.token_number < number);
                let found = self
                    .simple_keys
                    .get(from)
                    .is_some_and(|key| key.token_number == number && key.indexed);
                if !found || !self.simple_key_is_valid(from)? {
                    break;
                }
            }
            if let Some(broken) = self.broken
                && self.mark.index + 4 > broken.noticed_at
            {
                return Err(reader_problem(broken, self.mark));
            }
            if let Err(problem) = self.fetch_next() {
                return Err(match self.broken {
                    Some(broken) if self.mark.index >= broken.noticed_at => {
                        reader_problem(broken, self.mark)
                    }
                    _ => problem,
                });
            }
        }
        self.available = true;
        Ok(())
    }

    fn simple_key_is_valid(&mut self, index: usize) -> Result<bool, Box<Problem>> {
        let Some(key) = self.simple_keys.get(index).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        let too_long = self.mark.index > key.mark.index + MAX_SIMPLE_KEY
            && self
                .text
                .get(key.mark.index..self.mark.index)
                .is_none_or(|text| text.chars().count() > MAX_SIMPLE_KEY);
        if key.mark.line < self.mark.line || too_long {
            if key.required {
                return Err(self.problem_at(key.mark, "could not find expected ':'"));
            }
            if let Some(key) = self.simple_keys.get_mut(index) {
                key.possible = false;
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn next_token_number(&self) -> usize {
        self.parsed + (self.tokens.len() - self.head)
    }

    fn save_simple_key(&mut self) -> Result<(), Box<Problem>> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = self.flow_level == 0 && self.indent == self.column();
        let key = SimpleKey {
            possible: true,
            required,
            indexed: true,
            token_number: self.next_token_number(),
            mark: self.mark,
        };
        self.remove_simple_key()?;
        if let Some(last) = self.simple_keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), Box<Problem>> {
        let Some(key) = self.simple_keys.last_mut() else { return Ok(()) };
        if key.possible {
            if key.required {
                let mark = key.mark;
                return Err(self.problem_at(mark, "could not find expected ':'"));
            }
            key.possible = false;
            key.indexed = false;
        }
        Ok(())
    }

    fn increase_flow_level(&mut self) -> Result<(), Box<Problem>> {
        self.simple_keys.push(SimpleKey {
            token_number: self.next_token_number(),
            mark: self.mark,
            ..SimpleKey::default()
        });
        self.flow_level += 1;
        self.check_depth()
    }

    fn decrease_flow_level(&mut self) {
        if self.flow_level == 0 {
            return;
        }
        self.flow_level -= 1;
        if let Some(popped) = self.simple_keys.pop()
            && let Some(last) = self.simple_keys.last_mut()
            && last.token_number == popped.token_number
        {
            last.indexed = false;
        }
    }

    fn check_depth(&self) -> Result<(), Box<Problem>> {
        if self.flow_level + self.indents.len() > MAX_DEPTH {
            let message = format!("exceeded max depth of {MAX_DEPTH}");
            let (stage, context, at) = (Stage::Scanner, self.mark, self.mark);
            return Err(Box::new(Problem { stage, message, context, at }));
        }
        Ok(())
    }

    /// Opens a block when the column is deeper than the current one.
    /// The token goes before the token of this number, or to the end.
    fn roll_indent(
        &mut self,
        column: i32,
        number: Option<usize>,
        kind: TokenKind,
        mark: Mark,
    ) -> Result<(), Box<Problem>> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        self.check_depth()?;
        self.insert(number, Token { kind, start: mark, width: 0 });
        Ok(())
    }

    fn insert(&mut self, number: Option<usize>, token: Token) {
        match number.and_then(|number| number.checked_sub(self.parsed)) {
            Some(offset) if self.head + offset <= self.tokens.len() => {
                self.tokens.insert(self.head + offset, token);
            }
            _ => self.tokens.push(token),
        }
    }

    /// Closes the blocks that are deeper than a column.
    fn unroll_indent(&mut self, column: i32, scan_mark: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut mark = if self.dialect.has_comments() {
            Mark { index: scan_mark.index.saturating_sub(1), ..scan_mark }
        } else {
            self.mark
        };
        while self.indent > column {
            // The end stands before comments that belong to the blocks around.
            let mut stop = mark.index;
            for comment in self.comments.iter().skip(self.comments_head).rev() {
                if comment.end.index < stop {
                    break;
                }
                if i64::from(comment.start.column) == i64::from(self.indent) + 1 {
                    mark = comment.start;
                }
                stop = comment.scan.index;
            }
            self.tokens.push(Token { kind: TokenKind::BlockEnd, start: mark, width: 0 });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn problem_at(&self, context: Mark, message: &str) -> Box<Problem> {
        Box::new(Problem {
            stage: Stage::Scanner,
            message: message.to_owned(),
            context,
            at: self.mark,
        })
    }

    fn at(&self, index: usize) -> u8 {
        self.bytes.get(index).copied().unwrap_or(0)
    }

    fn here(&self) -> u8 {
        self.at(self.mark.index)
    }

    fn ahead(&self, offset: usize) -> u8 {
        self.at(self.mark.index + offset)
    }

    fn column(&self) -> i32 {
        i32::try_from(self.mark.column).unwrap_or(i32::MAX)
    }

    /// Returns the length of the line break at an index; 0 when there is none.
    fn break_len(&self, index: usize) -> usize {
        match self.at(index) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.at(index + 1) == b'\n'),
            0xC2 if self.at(index + 1) == 0x85 => 2,
            0xE2 if self.at(index + 1) == 0x80 && matches!(self.at(index + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    fn is_break(&self, index: usize) -> bool {
        self.break_len(index) > 0
    }

    fn is_breakz(&self, index: usize) -> bool {
        self.at(index) == 0 || self.is_break(index)
    }

    fn is_blank(&self, index: usize) -> bool {
        matches!(self.at(index), b' ' | b'\t')
    }

    fn is_blankz(&self, index: usize) -> bool {
        self.is_blank(index) || self.is_breakz(index)
    }

    /// Tells whether `---` or `...` stands here at the beginning of a line.
    fn at_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.bytes.get(self.mark.index..self.mark.index + 3), Some(b"---" | b"..."))
            && self.is_blankz(self.mark.index + 3)
    }

    /// Moves over one character that is no line break.
    fn advance(&mut self) {
        let byte = self.here();
        if !matches!(byte, b' ' | b'\t') {
            self.newlines = 0;
        }
        self.mark.column += 1;
        self.mark.index += match byte {
            0..0xC0 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
        };
    }

    /// Moves over text without line breaks, which is not only blanks.
    fn advance_to(&mut self, index: usize) {
        let passed = self.bytes.get(self.mark.index..index).unwrap_or_default();
        let characters = passed.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
        self.mark.column =
            self.mark.column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
        self.mark.index = index;
        if !passed.is_empty() {
            self.newlines = 0;
        }
    }

    /// Moves over a line break, when there is one.
    fn advance_line(&mut self) {
        let length = self.break_len(self.mark.index);
        if length > 0 {
            self.mark.index += length;
            self.mark.column = 0;
            self.mark.line += 1;
            self.newlines += 1;
        }
    }

    /// Moves over a line break and returns what it means: a line feed, or itself.
    fn read_line(&mut self) -> &'static str {
        let meaning = match (self.here(), self.ahead(2)) {
            (0xE2, 0xA8) => "\u{2028}",
            (0xE2, 0xA9) => "\u{2029}",
            _ if self.is_break(self.mark.index) => "\n",
            _ => "",
        };
        self.advance_line();
        meaning
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }
}

fn reader_problem(broken: Broken, at: Mark) -> Box<Problem> {
    Box::new(Problem {
        stage: Stage::Reader,
        message: broken.problem.to_owned(),
        context: Mark::default(),
        at,
    })
}
