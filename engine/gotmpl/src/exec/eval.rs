//! Pipelines, commands and operands to values.

use super::state::{At, Dot, State};
use crate::parse::{Command, Expr, Literal, Number, Pipe, Show};
use crate::{Error, Value};

impl<'t> State<'_, '_, 't> {
    /// Evaluates a pipeline and sets its variables.
    pub(super) fn pipeline(&mut self, dot: &Dot, pipe: &'t Pipe) -> Result<Value, Error> {
        if pipe.variables.is_empty() {
            return self.commands(dot, pipe);
        }
        let (value, piece) = self.traced(|state| state.commands(dot, pipe))?;
        for id in &pipe.variables {
            let value = Dot { value: value.clone(), boxed: false, piece: piece.clone() };
            if pipe.assign {
                self.assign(*id, value)?;
            } else {
                self.push(*id, value);
            }
        }
        self.uses(piece.as_ref());
        Ok(value)
    }

    fn commands(&mut self, dot: &Dot, pipe: &'t Pipe) -> Result<Value, Error> {
        self.at = At::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(match self.command(dot, command, value)?.value {
                // A nil interface holds nothing.
                Value::Nil => Value::NoValue,
                value => value,
            });
        }
        Ok(value.unwrap_or(Value::NoValue))
    }

    /// Evaluates a command. The value of the one before it is its last argument.
    fn command(
        &mut self,
        dot: &Dot,
        command: &'t Command,
        last: Option<Value>,
    ) -> Result<Dot, Error> {
        let Some(first) = command.args.first() else { return Ok(Dot::plain(Value::NoValue)) };
        let args = &command.args[1..];
        match first {
            Expr::Field { path, .. } => {
                self.at = At::Expr(first);
                return self.chain(dot, dot.clone(), first, path, args, last);
            }
            Expr::Chain { base, path, .. } => {
                let receiver = self.chain_base(dot, first, base)?;
                return self.chain(dot, receiver, first, path, args, last);
            }
            Expr::Function { .. } => {
                return self.function(dot, first, At::Command(command), args, last).map(Dot::plain);
            }
            Expr::Pipe(pipe) => {
                self.no_arguments(first, args, last.as_ref())?;
                return self.nested_pipeline(dot, pipe).map(Dot::plain);
            }
            Expr::Variable { id, path, .. } => {
                self.at = At::Expr(first);
                let value = self.variable(*id)?;
                self.uses(value.piece.as_ref());
                if path.is_empty() {
                    self.no_arguments(first, args, last.as_ref())?;
                    return Ok(value);
                }
                return self.chain(dot, value, first, path, args, last);
            }
            Expr::Bool { .. }
            | Expr::Dot { .. }
            | Expr::Nil { .. }
            | Expr::Number { .. }
            | Expr::String { .. } => {}
        }
        self.at = At::Expr(first);
        self.no_arguments(first, args, last.as_ref())?;
        Ok(match first {
            Expr::Bool { value, .. } => Dot::plain(Value::Bool(*value)),
            Expr::Dot { .. } => {
                self.uses(dot.piece.as_ref());
                dot.clone()
            }
            Expr::Number { number, .. } => Dot::plain(self.number(number)?),
            Expr::String { value, .. } => Dot::plain(literal(value)),
            _ => return Err(self.error("nil is not a command")),
        })
    }

    /// Evaluates a pipeline in parentheses, on more stack when needed.
    pub(super) fn nested_pipeline(&mut self, dot: &Dot, pipe: &'t Pipe) -> Result<Value, Error> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.pipeline(dot, pipe))
    }

    /// Evaluates what the fields of `(pipeline).a.b` are taken from.
    pub(super) fn chain_base(
        &mut self,
        dot: &Dot,
        chain: &'t Expr,
        base: &'t Expr,
    ) -> Result<Dot, Error> {
        self.at = At::Expr(chain);
        match base {
            Expr::Nil { .. } => {
                let shown = Show(self.tree, chain);
                Err(self.error(format_args!("indirection through explicit nil in {shown}")))
            }
            Expr::Pipe(pipe) => {
                self.at = At::Expr(base);
                self.nested_pipeline(dot, pipe).map(Dot::plain)
            }
            Expr::Function { .. } => {
                self.at = At::Expr(base);
                self.function(dot, base, At::Expr(base), &[], None).map(Dot::plain)
            }
            // The parser makes chains of these two only.
            _ => Err(self.error("internal error: chain without a base")),
        }
    }

    fn no_arguments(&self, first: &Expr, args: &[Expr], last: Option<&Value>) -> Result<(), Error> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        let shown = Show(self.tree, first);
        Err(self.error(format_args!("can't give argument to non-function {shown}")))
    }

    /// Gives a number the type its text suggests.
    pub(super) fn number(&self, number: &Number) -> Result<Value, Error> {
        if let Some(complex) = number.complex {
            return Ok(Value::Complex(complex.into()));
        }
        match (number.float, number.int) {
            (Some(float), _) if number.looks_float() => Ok(Value::float64(float)),
            (_, Some(int)) => Ok(Value::int(int)),
            _ if number.uint.is_some() => {
                Err(self.error(format_args!("{} overflows int", number.text)))
            }
            _ => Ok(Value::NoValue),
        }
    }
}

/// Makes the value of a string literal.
pub(super) fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::String(text.clone()),
        Literal::Bytes(bytes) => Value::RawString(bytes.as_ref().into()),
    }
}
