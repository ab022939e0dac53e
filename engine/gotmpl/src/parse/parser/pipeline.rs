//! Pipelines: declarations, commands, operands and terms.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_golang::strconv;

use super::super::lex::{Kind, Token};
use super::super::{Command, Expr, Literal, Number, Pipe, Show, Tree};
use super::Parser;
use crate::Error;

impl<'a> Parser<'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Error> {
        let mut pipe = Pipe {
            pos: self.peek_non_space().pos,
            assign: false,
            variables: Vec::new(),
            // Most pipelines are one command.
            commands: Vec::with_capacity(1),
        };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.back();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        if pipe.commands.is_empty() {
            return Err(self.error(format_args!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(
                Expr::Bool { .. }
                | Expr::Dot { .. }
                | Expr::Nil { .. }
                | Expr::Number { .. }
                | Expr::String { .. },
            ) = command.args.first()
            {
                return Err(self.error(format_args!(
                    "non executable command in pipeline stage {}",
                    index + 1
                )));
            }
        }
        Ok(pipe)
    }

    /// Reads `$x :=`, `$x =` and, for `range`, `$x, $y :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), Error> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next();
            // Three tokens are needed to tell `$x foo` from `$x :=`.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assign = next.kind == Kind::Assign;
                    self.next_non_space();
                    self.declare(pipe, variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.next_non_space();
                    self.declare(pipe, variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return Err(self.error(format_args!("too many declarations in {context}")));
                    }
                    match self.peek_non_space().kind {
                        Kind::Variable | Kind::RightDelimiter | Kind::RightParen => {}
                        _ => return Err(self.error("range can only initialize variables")),
                    }
                }
                _ => {
                    if after.kind == Kind::Space {
                        self.back_with(&[after, variable]);
                    } else {
                        self.back_with(&[variable]);
                    }
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, name: &str) {
        let id = self.scope.declare(name);
        pipe.variables.push(id);
    }

    fn command(&mut self) -> Result<Command, Error> {
        let pos = self.peek_non_space().pos;
        let mut args = Vec::with_capacity(1);
        loop {
            self.peek_non_space();
            args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParen => self.back(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            break;
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { pos, args })
    }

    /// Reads a term and the fields after it.
    fn operand(&mut self) -> Result<Option<Expr>, Error> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let pos = first.pos;
        Ok(Some(match term {
            Expr::Field { path, .. } => Expr::Field { pos, path: self.fields(path) },
            Expr::Variable { id, path, .. } => Expr::Variable { pos, id, path: self.fields(path) },
            Expr::Bool { .. }
            | Expr::String { .. }
            | Expr::Number { .. }
            | Expr::Nil { .. }
            | Expr::Dot { .. } => {
                self.fields(Vec::new());
                let tree = self.names_only();
                let shown = strconv::quote(&Show(&tree, &term).to_string());
                return Err(self.error(format_args!("unexpected . after term {shown}")));
            }
            Expr::Function { .. } | Expr::Chain { .. } | Expr::Pipe(_) => {
                Expr::Chain { pos, base: Box::new(term), path: self.fields(Vec::new()) }
            }
        }))
    }

    /// Adds the fields that come next to a path.
    fn fields(&mut self, mut path: Vec<SmolStr>) -> Vec<SmolStr> {
        while self.peek().kind == Kind::Field {
            let token = self.next();
            path.push(SmolStr::new(&token.text[1..]));
        }
        path
    }

    /// Makes a tree that is just enough to show a term.
    fn names_only(&self) -> Tree {
        Tree {
            name: SmolStr::default(),
            file: self.file.clone(),
            text: Arc::clone(&self.text),
            root: Vec::new(),
            variables: Vec::new(),
        }
    }

    fn term(&mut self) -> Result<Option<Expr>, Error> {
        let token = self.next_non_space();
        let pos = token.pos;
        Ok(Some(match token.kind {
            Kind::Identifier => {
                let Some(index) = self.functions.index(token.text) else {
                    return Err(self.error(format_args!(
                        "function {} not defined",
                        strconv::quote(token.text)
                    )));
                };
                Expr::Function { pos, name: token.text.into(), index }
            }
            Kind::Dot => Expr::Dot { pos },
            Kind::Nil => Expr::Nil { pos },
            Kind::Variable => match self.scope.variable(token.text) {
                Some(id) => Expr::Variable { pos, id, path: Vec::new() },
                None => {
                    return Err(self
                        .error(format_args!("undefined variable {}", strconv::quote(token.text))));
                }
            },
            Kind::Field => Expr::Field { pos, path: vec![SmolStr::new(&token.text[1..])] },
            Kind::Bool => Expr::Bool { pos, value: token.text == "true" },
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = match token.kind {
                    Kind::CharConstant => Number::character(token.text),
                    Kind::Complex => Number::complex(token.text),
                    _ => Number::plain(token.text),
                };
                Expr::Number {
                    pos,
                    number: Box::new(number.map_err(|message| self.error(message))?),
                }
            }
            Kind::LeftParen => {
                let pipe = self
                    .deeper(|parser| parser.pipeline("parenthesized pipeline", Kind::RightParen))?;
                Expr::Pipe(Box::new(pipe))
            }
            Kind::String | Kind::RawString => {
                let end = pos + token.text.len() as u32;
                Expr::String { pos, end, value: self.unquote(token)? }
            }
            _ => {
                self.back();
                return Ok(None);
            }
        }))
    }

    pub(super) fn unquote(&self, token: Token<'_>) -> Result<Literal, Error> {
        // The lexer has seen both quotes, so that what escapes nothing is what stands between them.
        let escape = if token.kind == Kind::RawString { '\r' } else { '\\' };
        if let Some(inside) = token.text.get(1..token.text.len().saturating_sub(1))
            && !inside.contains(escape)
        {
            return Ok(Literal::Text(inside.into()));
        }
        let bytes = strconv::unquote(token.text).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Literal::Text(text.into()),
            Err(error) => Literal::Bytes(error.into_bytes().into()),
        })
    }
}
