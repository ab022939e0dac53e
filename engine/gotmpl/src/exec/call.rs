//! Calls: the arguments are evaluated, counted and checked as Go's reflection does.

use std::rc::Rc;

use super::cost;
use super::eval::literal;
use super::state::{At, Dot, State};
use crate::function::Special;
use crate::parse::{Expr, Show};
use crate::{Args, Error, Function, Object, Type, Value, builtins};

impl<'t> State<'_, '_, 't> {
    /// Calls the function an operand names.
    pub(super) fn function(
        &mut self,
        dot: &Dot,
        operand: &'t Expr,
        at: At<'t>,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        self.at = At::Expr(operand);
        let Expr::Function { name, index, .. } = operand else { return Ok(Value::NoValue) };
        let functions = self.context.functions;
        let Some(function) = functions.at(*index, name) else {
            let name = weir_golang::strconv::quote(name);
            return Err(self.error(format_args!("{name} is not a defined function")));
        };
        self.call(dot, function, None, at, name, args, last)
    }

    /// Calls a function or method. Errors of the function itself are reported `at` the place given.
    #[expect(
        clippy::too_many_arguments,
        reason = "a call has that many parts, and they come from three places"
    )]
    pub(super) fn call(
        &mut self,
        dot: &Dot,
        function: &Function,
        receiver: Option<&Rc<dyn Object>>,
        at: At<'t>,
        name: &str,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let given = args.len() + usize::from(last.is_some());
        let fixed = function.fixed();
        if function.variadic {
            if given < fixed {
                let given = args.len();
                return Err(self.error(format_args!(
                    "wrong number of args for {name}: want at least {fixed} got {given}"
                )));
            }
        } else if given != fixed {
            return Err(self
                .error(format_args!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        self.context.meter.step(1)?;
        if matches!(function.special, Special::And | Special::Or) {
            return self.short_circuit(dot, function.special == Special::Or, args, last);
        }
        let callee = match (function.special, args.first(), &last) {
            (Special::Call, Some(first), _) => Some(Show(self.tree, first).to_string()),
            (Special::Call, None, Some(last)) => Some(match last.to_text() {
                Some(text) => text.into_owned(),
                None => format!("<{} Value>", last.type_of()),
            }),
            _ => None,
        };
        let mut values = Vec::with_capacity(given);
        for (index, arg) in args.iter().enumerate() {
            let Dot { value, boxed, .. } = self.argument(dot, function.param(index), arg)?;
            let hidden = boxed && index > 0 && function.special == Special::Slice;
            values.push(if hidden { Value::Nil } else { value });
        }
        if let Some(last) = last {
            values.push(self.validate(last, function.param(args.len()))?);
        }
        self.context.meter.step(cost::linear(&values))?;
        if function.deep {
            values.iter().try_for_each(|value| cost::deep(self.context.meter, value))?;
        }
        let result = match (&callee, receiver) {
            (Some(callee), _) => builtins::call(self.context, callee, &values),
            (None, Some(receiver)) => (function.body)(self.context, &Args::of(receiver, &values)),
            (None, None) => (function.body)(self.context, &Args::new(&values)),
        };
        let result = result.and_then(|value| {
            self.context.meter.bytes(cost::made(&value))?;
            Ok(value)
        });
        result.map_err(|error| {
            self.at = at;
            error.map(|message| self.describe(format_args!("error calling {name}: {message}")))
        })
    }

    /// Evaluates the arguments of `and` and `or` until one decides.
    fn short_circuit(
        &mut self,
        dot: &Dot,
        until: bool,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, Error> {
        let mut value = Value::NoValue;
        for arg in args {
            value = self.argument(dot, Type::Reflect, arg)?.value;
            if value.truth() == until {
                return Ok(value);
            }
        }
        match last {
            Some(last) => self.validate(last, Type::Reflect),
            None => Ok(value),
        }
    }

    /// Evaluates an argument for a parameter of this type.
    fn argument(&mut self, dot: &Dot, kind: Type, arg: &'t Expr) -> Result<Dot, Error> {
        self.at = At::Expr(arg);
        let Dot { value, boxed, .. } = match arg {
            Expr::Dot { .. } => {
                self.uses(dot.piece.as_ref());
                dot.clone()
            }
            Expr::Nil { .. } => {
                if kind.can_be_nil() {
                    return Ok(Dot::plain(zero(kind)));
                }
                return Err(self.error(format_args!("cannot assign nil to {kind}")));
            }
            Expr::Field { path, .. } => self.chain(dot, dot.clone(), arg, path, &[], None)?,
            Expr::Variable { id, path, .. } => {
                let value = self.variable(*id)?;
                self.uses(value.piece.as_ref());
                if path.is_empty() { value } else { self.chain(dot, value, arg, path, &[], None)? }
            }
            Expr::Pipe(pipe) => Dot::plain(self.nested_pipeline(dot, pipe)?),
            Expr::Function { .. } => {
                Dot::plain(self.function(dot, arg, At::Expr(arg), &[], None)?)
            }
            Expr::Chain { base, path, .. } => {
                let receiver = self.chain_base(dot, arg, base)?;
                self.chain(dot, receiver, arg, path, &[], None)?
            }
            Expr::Bool { .. } | Expr::Number { .. } | Expr::String { .. } => {
                return self.constant(kind, arg).map(Dot::plain);
            }
        };
        Ok(Dot::of(self.validate(value, kind)?, boxed))
    }

    /// Gives a literal the type of its parameter.
    fn constant(&self, kind: Type, arg: &Expr) -> Result<Value, Error> {
        let number = if let Expr::Number { number, .. } = arg { Some(&**number) } else { None };
        let (value, wanted) = match kind {
            Type::Any | Type::Reflect => {
                return match arg {
                    Expr::Bool { value, .. } => Ok(Value::Bool(*value)),
                    Expr::String { value, .. } => Ok(literal(value)),
                    _ => number.map_or(Ok(Value::NoValue), |number| self.number(number)),
                };
            }
            Type::Bool => {
                let value = if let Expr::Bool { value, .. } = arg {
                    Some(Value::Bool(*value))
                } else {
                    None
                };
                (value, "bool")
            }
            Type::String => {
                let value =
                    if let Expr::String { value, .. } = arg { Some(literal(value)) } else { None };
                (value, "string")
            }
            Type::Int(kind) => {
                let int = number.and_then(|number| number.int);
                (int.map(|value| Value::Int(kind.wrap(value), kind)), "integer")
            }
            Type::Uint(kind) => {
                let uint = number.and_then(|number| number.uint);
                (uint.map(|value| Value::Uint(kind.wrap(value), kind)), "unsigned integer")
            }
            Type::Float(kind) => (
                number.and_then(|number| number.float).map(|value| Value::Float(value, kind)),
                "float",
            ),
            Type::Complex => (
                number.and_then(|number| number.complex).map(|value| Value::Complex(value.into())),
                "complex",
            ),
            Type::Error | Type::Slice(_) | Type::Map(..) | Type::Func(_) | Type::Named(_) => {
                let shown = Show(self.tree, arg);
                return Err(self.error(format_args!("can't handle {shown} for arg of type {kind}")));
            }
        };
        value.ok_or_else(|| {
            let shown = Show(self.tree, arg);
            self.error(format_args!("expected {wanted}; found {shown}"))
        })
    }

    /// Checks that a value can be given to a parameter of this type.
    fn validate(&self, value: Value, kind: Type) -> Result<Value, Error> {
        match (&value, kind) {
            (_, Type::Reflect) => return Ok(value),
            (Value::NoValue | Value::Nil, Type::Any) => return Ok(Value::Nil),
            (Value::NoValue, _) if kind.can_be_nil() => return Ok(zero(kind)),
            (Value::NoValue, _) => {
                return Err(self.error(format_args!("invalid value; expected {kind}")));
            }
            _ if value.is_of(kind) => return Ok(value),
            (Value::Object(object), Type::Slice(_) | Type::Map(..)) => {
                if let Some(under) = object.underlying().filter(|under| under.is_of(kind)) {
                    return Ok(under);
                }
            }
            (Value::Object(object), Type::Named(wanted))
                if object.type_name().strip_prefix('*') == Some(wanted) =>
            {
                if object.is_nil() {
                    return Err(
                        self.error(format_args!("dereference of nil pointer of type {kind}"))
                    );
                }
                return Ok(value);
            }
            _ => {}
        }
        Err(self
            .error(format_args!("wrong type for value; expected {kind}; got {}", value.type_of())))
    }
}

/// Returns the nil of a type as a function sees it.
fn zero(kind: Type) -> Value {
    if kind == Type::Reflect { Value::NoValue } else { Value::zero(kind) }
}
