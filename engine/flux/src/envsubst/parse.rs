//! From a template to nodes.

use weir_model::Meter;

use super::EnvsubstError;
use super::scan::{Escapes, Scanner, Token, Wanted};

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Text as it is.
    Text(String),
    /// `${…}`.
    Variable {
        /// The variable's name.
        name: String,
        /// What stands after the name, such as `:-` or `//`; empty for nothing; `#` without arguments is the length.
        function: String,
        /// The function's arguments.
        arguments: Vec<Self>,
    },
}

const BAD_SUBSTITUTION: EnvsubstError = EnvsubstError::Syntax("bad substitution");
const MISSING_BRACE: EnvsubstError = EnvsubstError::Syntax("missing closing brace");
const BAD_NAME: EnvsubstError = EnvsubstError::Syntax("unable to parse variable name");
const BAD_ARGUMENT: EnvsubstError =
    EnvsubstError::Syntax("unable to parse substitution within function");
const BAD_DEFAULT: EnvsubstError = EnvsubstError::Syntax("unable to parse default function");

/// How deep variables may stand in one another's defaults.
const MAX_DEPTH: u32 = 200;

/// Reads a template.
pub(super) fn parse(template: &str, meter: &mut Meter) -> Result<Vec<Node>, EnvsubstError> {
    let mut parser = Parser { scanner: Scanner::new(template), meter };
    let mut nodes = Vec::new();
    loop {
        let wanted = Wanted {
            accept: |_, _| true,
            text: true,
            open: true,
            close: false,
            escapes: Escapes::Dollar,
        };
        match parser.scanner.scan(wanted) {
            Token::Text(text) => {
                parser.meter.step(text.len() as u64 / 64 + 1)?;
                nodes.push(Node::Text(text));
            }
            Token::Open => nodes.push(parser.variable(0)?),
            Token::End => return Ok(nodes),
            Token::Close | Token::Unexpected => return Err(BAD_SUBSTITUTION),
        }
    }
}

struct Parser<'a, 'm> {
    scanner: Scanner<'a>,
    meter: &'m mut Meter,
}

fn is_name(character: char, _: usize) -> bool {
    is_letter_or_digit(character) || character == '_'
}

/// Tells whether Go calls this a letter or a decimal digit.
fn is_letter_or_digit(character: char) -> bool {
    character.is_alphanumeric()
}

fn not_closing(character: char, _: usize) -> bool {
    character != '}'
}

impl Parser<'_, '_> {
    /// Reads what stands after `${`, with the closing brace.
    fn variable(&mut self, depth: u32) -> Result<Node, EnvsubstError> {
        self.meter.step(1)?;
        if depth > MAX_DEPTH {
            return Err(weir_model::Exhausted::Depth(MAX_DEPTH).into());
        }
        if self.scanner.peek() == Some('#') {
            self.operator(|character, length| character == '#' && length == 1, BAD_SUBSTITUTION)?;
            let name = self.operator(is_name, BAD_SUBSTITUTION)?;
            self.close(BAD_SUBSTITUTION)?;
            return Ok(Node::Variable { name, function: "#".to_owned(), arguments: Vec::new() });
        }
        let name = self.operator(is_name, BAD_NAME)?;
        let (function, arguments) = match self.scanner.peek() {
            Some(':') => match self.scanner.peek_second() {
                Some('=' | '-' | '?' | '+') => self.default(is_colon_default, depth)?,
                // Upstream steps back by the width of the wrong character here and then finds no colon.
                None => return Err(BAD_SUBSTITUTION),
                Some(other) if other.len_utf8() > 1 => return Err(BAD_SUBSTITUTION),
                Some(_) => self.slice(depth)?,
            },
            Some('=') => {
                self.default(|character, length| character == '=' && length == 1, depth)?
            }
            Some(',' | '^') => {
                let function = self.operator(
                    |character, length| matches!(character, ',' | '^') && length < 3,
                    BAD_SUBSTITUTION,
                )?;
                self.close(BAD_SUBSTITUTION)?;
                (function, Vec::new())
            }
            Some('/') => self.replace(depth)?,
            Some('#') => self.trim(|character, length| character == '#' && length < 3, depth)?,
            Some('%') => self.trim(|character, length| character == '%' && length < 3, depth)?,
            _ => {
                self.close(MISSING_BRACE)?;
                (String::new(), Vec::new())
            }
        };
        Ok(Node::Variable { name, function, arguments })
    }

    /// `${name=…}`, `${name:-…}` and the like: everything up to the closing brace, variables among it.
    fn default(
        &mut self,
        accept: fn(char, usize) -> bool,
        depth: u32,
    ) -> Result<(String, Vec<Node>), EnvsubstError> {
        let function = self.operator(accept, BAD_DEFAULT)?;
        let mut arguments = Vec::new();
        while self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_closing, Escapes::None, depth)?);
        }
        self.close(BAD_SUBSTITUTION)?;
        Ok((function, arguments))
    }

    /// `${name:offset}` and `${name:offset:length}`.
    fn slice(&mut self, depth: u32) -> Result<(String, Vec<Node>), EnvsubstError> {
        let function =
            self.operator(|character, length| character == ':' && length == 1, BAD_SUBSTITUTION)?;
        let offset =
            self.argument(|character, _| !matches!(character, ':' | '}'), Escapes::None, depth)?;
        let wanted = Wanted {
            accept: |character, _| character == ':',
            text: true,
            open: false,
            close: true,
            escapes: Escapes::None,
        };
        match self.scanner.scan(wanted) {
            Token::Close => return Ok((function, vec![offset])),
            Token::Text(_) => {}
            Token::End | Token::Open | Token::Unexpected => return Err(BAD_SUBSTITUTION),
        }
        let length = self.argument(not_closing, Escapes::None, depth)?;
        self.close(BAD_SUBSTITUTION)?;
        Ok((function, vec![offset, length]))
    }

    /// `${name#pattern}`, `${name%%pattern}` and the like.
    fn trim(
        &mut self,
        accept: fn(char, usize) -> bool,
        depth: u32,
    ) -> Result<(String, Vec<Node>), EnvsubstError> {
        let function = self.operator(accept, BAD_SUBSTITUTION)?;
        let pattern = self.argument(not_closing, Escapes::None, depth)?;
        self.close(BAD_SUBSTITUTION)?;
        Ok((function, vec![pattern]))
    }

    /// `${name/old/new}`, `${name//old/new}`, `${name/#old/new}` and `${name/%old/new}`.
    fn replace(&mut self, depth: u32) -> Result<(String, Vec<Node>), EnvsubstError> {
        let function = self.operator(
            |character, length| match length {
                1 => character == '/',
                2 => matches!(character, '/' | '#' | '%'),
                _ => false,
            },
            BAD_SUBSTITUTION,
        )?;
        let mut arguments =
            vec![self.argument(|character, _| character != '/', Escapes::All, depth)?];
        self.operator(|character, _| character == '/', BAD_SUBSTITUTION)?;
        if self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_closing, Escapes::All, depth)?);
        }
        self.close(BAD_SUBSTITUTION)?;
        Ok((function, arguments))
    }

    fn argument(
        &mut self,
        accept: fn(char, usize) -> bool,
        escapes: Escapes,
        depth: u32,
    ) -> Result<Node, EnvsubstError> {
        match self.scanner.scan(Wanted { accept, text: true, open: true, close: false, escapes }) {
            Token::Open => self.variable(depth + 1),
            Token::Text(text) => {
                self.meter.step(1)?;
                Ok(Node::Text(text))
            }
            Token::End | Token::Close | Token::Unexpected => Err(BAD_ARGUMENT),
        }
    }

    fn operator(
        &mut self,
        accept: fn(char, usize) -> bool,
        error: EnvsubstError,
    ) -> Result<String, EnvsubstError> {
        let wanted =
            Wanted { accept, text: true, open: false, close: false, escapes: Escapes::None };
        match self.scanner.scan(wanted) {
            Token::Text(text) => Ok(text),
            Token::End | Token::Open | Token::Close | Token::Unexpected => Err(error),
        }
    }

    fn close(&mut self, error: EnvsubstError) -> Result<(), EnvsubstError> {
        let wanted = Wanted {
            accept: |_, _| false,
            text: false,
            open: false,
            close: true,
            escapes: Escapes::None,
        };
        if self.scanner.scan(wanted) == Token::Close { Ok(()) } else { Err(error) }
    }
}

fn is_colon_default(character: char, length: usize) -> bool {
    match length {
        1 => character == ':',
        2 => matches!(character, '=' | '-' | '?' | '+'),
        _ => false,
    }
}
