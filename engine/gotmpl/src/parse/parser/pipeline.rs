//! Pipelines: declarations, commands, operands and terms.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_golang::strconv;

use super::super::lex::{Kind, Token};
use super::super::{Command, Expr, Literal, Number, Pipe, Show, Tree, VariableId};
use super::Parser;
use crate::Error;

impl<'a> Parser<'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Error> {
        let mut pipe = Pipe {
            pos: self.peek_non_space().pos,
            assign: false,
            variables: Vec::new(),
            commands: Vec::new(),
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
                _ => return Err(self.unexpected(&token, context)),
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
        let names = &mut self.scope.names;
        let id = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.into());
            names.len() - 1
        }) as VariableId;
        pipe.variables.push(id);
        self.scope.visible.push(id);
    }

    fn command(&mut self) -> Result<Command, Error> {
        let pos = self.peek_non_space().pos;
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParen => self.back(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
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
        let mut further = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            further.push(SmolStr::new(&token.text[1..]));
        }
        let pos = first.pos;
        Ok(Some(match term {
            Expr::Field { mut path, .. } => {
                path.extend(further);
                Expr::Field { pos, path }
            }
            Expr::Variable { id, mut path, .. } => {
                path.extend(further);
                Expr::Variable { pos, id, path }
            }
            Expr::Bool { .. }
            | Expr::String { .. }
            | Expr::Number { .. }
            | Expr::Nil { .. }
            | Expr::Dot { .. } => {
                let tree = self.names_only();
                let shown = strconv::quote(&Show(&tree, &term).to_string());
                return Err(self.error(format_args!("unexpected . after term {shown}")));
            }
            Expr::Function { .. } | Expr::Chain { .. } | Expr::Pipe(_) => {
                Expr::Chain { pos, base: Box::new(term), path: further }
            }
        }))
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
            Kind::Variable => {
                let scope = &self.scope;
                let id = scope.visible.iter().find(|id| {
                    scope.names.get(**id as usize).is_some_and(|name| name == token.text)
                });
                match id {
                    Some(id) => Expr::Variable { pos, id: *id, path: Vec::new() },
                    None => {
                        return Err(self.error(format_args!(
                            "undefined variable {}",
                            strconv::quote(token.text)
                        )));
                    }
                }
            }
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
                Expr::String { pos, quoted: token.text.into(), value: self.unquote(&token)? }
            }
            _ => {
                self.back();
                return Ok(None);
            }
        }))
    }

    pub(super) fn unquote(&self, token: &Token<'_>) -> Result<Literal, Error> {
        let bytes = strconv::unquote(token.text).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Literal::Text(text.into()),
            Err(error) => Literal::Bytes(error.into_bytes().into()),
        })
    }
}
