//! From text to tokens.

use memchr::memmem;
use weir_golang::strconv;

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Eof,
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    Bool,
    Char,
    CharConstant,
    Complex,
    Number,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    String,
    RawString,
    Identifier,
    Field,
    Variable,
    // Keywords, which errors show between angle brackets.
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// Returns the kind of a keyword.
fn keyword(word: &str) -> Option<Kind> {
    Some(match word {
        "block" => Kind::Block,
        "break" => Kind::Break,
        "continue" => Kind::Continue,
        "define" => Kind::Define,
        "else" => Kind::Else,
        "end" => Kind::End,
        "false" | "true" => Kind::Bool,
        "if" => Kind::If,
        "nil" => Kind::Nil,
        "range" => Kind::Range,
        "template" => Kind::Template,
        "with" => Kind::With,
        _ => return None,
    })
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Where it starts; the number of the error for [`Kind::Error`], whose words the lexer keeps.
    pub(super) pos: u32,
    pub(super) line: u32,
    pub(super) text: &'a str,
}

/// Cuts a text into tokens.
pub(super) struct Lexer<'a> {
    input: &'a str,
    /// Finds the next opening delimiter.
    opening: memmem::Finder<'static>,
    pos: usize,
    start: usize,
    line: u32,
    start_line: u32,
    parens: u32,
    inside: bool,
    /// What is wrong, for each token that is an error.
    errors: Vec<Box<str>>,
    /// Whether `break` and `continue` are keywords, that is, no functions of these names are defined.
    pub(super) break_is_keyword: bool,
    pub(super) continue_is_keyword: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Self {
            input,
            opening: memmem::Finder::new("{{"),
            pos: 0,
            start: 0,
            line: 1,
            start_line: 1,
            parens: 0,
            inside: false,
            errors: Vec::new(),
            break_is_keyword: true,
            continue_is_keyword: true,
        }
    }

    /// Returns the next token. After the end, and after an error, it goes on with the end or further errors.
    pub(super) fn next_token(&mut self) -> Token<'a> {
        if self.inside { self.action() } else { self.text() }
    }

    /// Shows a token as Go's errors do.
    pub(super) fn shown(&self, token: Token<'_>) -> String {
        let text = token.text;
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => self.errors.get(token.pos as usize).cloned().unwrap_or_default().into(),
            kind if kind as u8 >= Kind::Dot as u8 => format!("<{text}>"),
            _ if text.len() > 10 => {
                let end = text.char_indices().nth(10).map_or(text.len(), |(index, _)| index);
                format!("{}...", strconv::quote(&text[..end]))
            }
            _ => strconv::quote(text),
        }
    }

    fn rest(&self) -> &'a str {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        // Nearly all of what stands in actions is ASCII.
        match self.input.as_bytes().get(self.pos)? {
            byte if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest().chars().next(),
        }
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.pos += character.len_utf8();
        self.line += u32::from(character == '\n');
        Some(character)
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|character| valid.contains(character));
        if found {
            self.bump();
        }
        found
    }

    /// Passes over characters, none of which is a newline.
    fn accept_run(&mut self, valid: impl Fn(char) -> bool) {
        while let Some(character) = self.peek().filter(|character| valid(*character)) {
            self.pos += character.len_utf8();
        }
    }

    /// Makes a token of what was read since the last.
    fn token(&mut self, kind: Kind) -> Token<'a> {
        let text = self.input.get(self.start..self.pos).unwrap_or_default();
        let token = Token { kind, pos: self.start as u32, line: self.start_line, text };
        self.start = self.pos;
        self.start_line = self.line;
        token
    }

    fn error(&mut self, message: impl Into<Box<str>>) -> Token<'a> {
        let number = self.errors.len() as u32;
        let token = Token { kind: Kind::Error, pos: number, line: self.start_line, text: "" };
        self.errors.push(message.into());
        self.start = 0;
        self.pos = 0;
        self.input = "";
        token
    }

    /// Skips what was passed over without reading it character by character.
    fn ignore(&mut self) {
        self.count_lines();
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn count_lines(&mut self) {
        let skipped = self.input.get(self.start..self.pos).unwrap_or_default();
        self.line += skipped.bytes().filter(|byte| *byte == b'\n').count() as u32;
    }

    /// Reads text up to an action, and past comments.
    fn text(&mut self) -> Token<'a> {
        loop {
            let Some(offset) = self.opening.find(self.rest().as_bytes()) else {
                self.pos = self.input.len();
                if self.pos > self.start {
                    self.count_lines();
                    return self.token(Kind::Text);
                }
                return self.token(Kind::Eof);
            };
            if offset > 0 {
                let brace = self.pos + offset;
                let text = &self.input[self.start..brace];
                let kept = if starts_with_trim(&self.input[brace + 2..]) {
                    text.trim_end_matches(is_space)
                } else {
                    text
                };
                self.pos = self.start + kept.len();
                self.count_lines();
                let token = self.token(Kind::Text);
                self.pos = brace;
                self.ignore();
                if !token.text.is_empty() {
                    return token;
                }
            }
            self.pos += 2;
            let trim = if starts_with_trim(self.rest()) { 2 } else { 0 };
            if !self.input[self.pos + trim..].starts_with("/*") {
                let token = self.token(Kind::LeftDelimiter);
                self.inside = true;
                self.pos += trim;
                self.ignore();
                self.parens = 0;
                return token;
            }
            self.pos += trim;
            self.ignore();
            if let Err(message) = self.comment() {
                return self.error(message);
            }
        }
    }

    /// Skips a comment with its closing delimiter.
    fn comment(&mut self) -> Result<(), &'static str> {
        self.pos += 2;
        let length = self.rest().find("*/").ok_or("unclosed comment")?;
        self.pos += length + 2;
        let trim = self.at_right_delimiter().ok_or("comment ends before closing delimiter")?;
        self.count_lines();
        self.start = self.pos;
        self.pos += if trim { 4 } else { 2 };
        if trim {
            self.pos += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        }
        self.ignore();
        Ok(())
    }

    /// Tells whether the closing delimiter is next, and whether it trims.
    fn at_right_delimiter(&self) -> Option<bool> {
        match self.rest().as_bytes() {
            [space, b'-', b'}', b'}', ..] if is_space(char::from(*space)) => Some(true),
            [b'}', b'}', ..] => Some(false),
            _ => None,
        }
    }

    fn right_delimiter(&mut self, trim: bool) -> Token<'a> {
        if trim {
            self.pos += 2;
            self.ignore();
        }
        self.pos += 2;
        let token = self.token(Kind::RightDelimiter);
        if trim {
            self.pos += self.rest().len() - self.rest().trim_start_matches(is_space).len();
            self.ignore();
        }
        self.inside = false;
        token
    }

    /// Reads a token between delimiters.
    fn action(&mut self) -> Token<'a> {
        if let Some(trim) = self.at_right_delimiter() {
            return if self.parens == 0 {
                self.right_delimiter(trim)
            } else {
                self.error("unclosed left paren")
            };
        }
        let Some(character) = self.peek() else { return self.error("unclosed action") };
        if is_space(character) {
            return self.space();
        }
        let followed_by_digit = |lexer: &Self| {
            let next = lexer.rest().as_bytes().get(1);
            next.is_none_or(u8::is_ascii_digit)
        };
        match character {
            '+' | '-' | '0'..='9' => return self.number(),
            '.' if followed_by_digit(self) => return self.number(),
            _ if is_alphanumeric(character) => return self.identifier(),
            _ => {}
        }
        self.bump();
        match character {
            '=' => self.token(Kind::Assign),
            ':' => {
                if self.bump() == Some('=') {
                    self.token(Kind::Declare)
                } else {
                    self.error("expected :=")
                }
            }
            '|' => self.token(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '`' => loop {
                match self.bump() {
                    None => return self.error("unterminated raw quoted string"),
                    Some('`') => return self.token(Kind::RawString),
                    Some(_) => {}
                }
            },
            '$' => self.field(Kind::Variable, Kind::Variable),
            '.' => self.field(Kind::Field, Kind::Dot),
            '(' => {
                self.parens += 1;
                self.token(Kind::LeftParen)
            }
            ')' => match self.parens.checked_sub(1) {
                Some(parens) => {
                    self.parens = parens;
                    self.token(Kind::RightParen)
                }
                None => self.error("unexpected right paren"),
            },
            ' '..='~' => self.token(Kind::Char),
            _ => self.error(format!("unrecognized character in action: {}", sharp_u(character))),
        }
    }

    fn space(&mut self) -> Token<'a> {
        let mut count = 0;
        let mut before_last = (self.pos, self.line);
        while self.peek().is_some_and(is_space) {
            before_last = (self.pos, self.line);
            self.bump();
            count += 1;
        }
        // The last space may belong to a closing delimiter that trims.
        if self.rest().starts_with("-}}") {
            (self.pos, self.line) = before_last;
            if count == 1 {
                return self.right_delimiter(true);
            }
        }
        self.token(Kind::Space)
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &'static str) -> Token<'a> {
        loop {
            match self.bump() {
                Some('\\') if self.bump().is_some_and(|character| character != '\n') => {}
                None | Some('\n' | '\\') => return self.error(unterminated),
                Some(character) if character == quote => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn identifier(&mut self) -> Token<'a> {
        self.accept_run(is_alphanumeric);
        if !self.is_terminated() {
            return self.bad_character();
        }
        let kind = keyword(&self.input[self.start..self.pos]).unwrap_or(Kind::Identifier);
        self.token(match kind {
            Kind::Break if !self.break_is_keyword => Kind::Identifier,
            Kind::Continue if !self.continue_is_keyword => Kind::Identifier,
            kind => kind,
        })
    }

    /// Reads the name after a `.` or `$`.
    fn field(&mut self, named: Kind, alone: Kind) -> Token<'a> {
        if self.is_terminated() {
            return self.token(alone);
        }
        self.accept_run(is_alphanumeric);
        if self.is_terminated() { self.token(named) } else { self.bad_character() }
    }

    /// Tells whether an identifier may end here.
    fn is_terminated(&self) -> bool {
        self.peek().is_none_or(|character| {
            is_space(character)
                || matches!(character, '.' | ',' | '|' | ':' | ')' | '(')
                || character == '}' && self.rest().starts_with("}}")
        })
    }

    /// Says which character stands where an identifier should end.
    fn bad_character(&mut self) -> Token<'a> {
        let shown = self.peek().map(sharp_u).unwrap_or_default();
        self.error(format!("bad character {shown}"))
    }

    fn number(&mut self) -> Token<'a> {
        let mut good = self.scan_number();
        let mut kind = Kind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            good = self.scan_number() && self.input[..self.pos].ends_with('i');
        }
        if good {
            return self.token(kind);
        }
        let text = strconv::quote(&self.input[self.start..self.pos]);
        self.error(format!("bad number syntax: {text}"))
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut radix = 10;
        if self.accept("0") {
            if self.accept("xX") {
                radix = 16;
            } else if self.accept("oO") {
                radix = 8;
            } else if self.accept("bB") {
                radix = 2;
            }
        }
        let digit = |character: char| character == '_' || character.is_digit(radix);
        self.accept_run(digit);
        if self.accept(".") {
            self.accept_run(digit);
        }
        if (radix == 10 && self.accept("eE")) || (radix == 16 && self.accept("pP")) {
            self.accept("+-");
            self.accept_run(|character| character == '_' || character.is_ascii_digit());
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(character: char) -> bool {
    character == '_'
        || if character.is_ascii() {
            character.is_ascii_alphanumeric()
        } else {
            character.is_alphanumeric()
        }
}

/// Tells whether an opening delimiter goes on with a trim marker.
fn starts_with_trim(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_space))
}

/// Shows a character as `%#U`.
fn sharp_u(character: char) -> String {
    let code = u32::from(character);
    if strconv::is_print(character) {
        format!("U+{code:04X} '{character}'")
    } else {
        format!("U+{code:04X}")
    }
}
