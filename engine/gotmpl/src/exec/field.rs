//! Fields, map keys and methods: `.a.b`.

use smol_str::SmolStr;
use weir_golang::strconv;

use super::MissingKey;
use super::state::{At, Dot, State};
use crate::parse::Expr;
use crate::{Error, Type, Value};

impl<'t> State<'_, '_, 't> {
    /// Follows `.a.b.c` from a value; the arguments go to the last, which may be a method.
    pub(super) fn chain(
        &mut self,
        dot: &Dot,
        receiver: Dot,
        node: &'t Expr,
        path: &'t [SmolStr],
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Dot, Error> {
        let Some((name, before)) = path.split_last() else { return Ok(receiver) };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(dot, &receiver, node, name, &[], None)?;
        }
        self.field(dot, &receiver, node, name, args, last)
    }

    fn field(
        &mut self,
        dot: &Dot,
        receiver: &Dot,
        node: &'t Expr,
        name: &str,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Dot, Error> {
        let has_args = !args.is_empty() || last.is_some();
        match &receiver.value {
            Value::NoValue => {
                if self.context.missing_key == MissingKey::Error {
                    return Err(self.error(format_args!(
                        "nil data; no entry for key {}",
                        strconv::quote(name)
                    )));
                }
                Ok(Dot::plain(Value::NoValue))
            }
            Value::Nil => {
                Err(self.error(format_args!("nil pointer evaluating interface {{}}.{name}")))
            }
            Value::Map(map) if matches!(map.key(), Type::String | Type::Any) => {
                if has_args {
                    return Err(
                        self.error(format_args!("{name} is not a method but has arguments"))
                    );
                }
                let found = self.key(map, name)?;
                self.reads(&receiver.value, name, &found.value);
                Ok(found)
            }
            Value::Object(object) => {
                if let Some(method) = object.method(name) {
                    let value =
                        self.call(dot, method, Some(object), At::Expr(node), name, args, last)?;
                    return Ok(Dot::plain(value));
                }
                if object.is_nil() {
                    let kind = type_name(receiver);
                    let known = object.fields().contains(&name);
                    return Err(self.error(if known {
                        format!("nil pointer evaluating {kind}.{name}")
                    } else {
                        format!("can't evaluate field {name} in type {kind}")
                    }));
                }
                if let Some(value) = object.field(name) {
                    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
                        let kind = object.type_name().trim_start_matches('*');
                        return Err(self.error(format_args!(
                            "{name} is an unexported field of struct type {kind}"
                        )));
                    }
                    if has_args {
                        let message =
                            format_args!("{name} has arguments but cannot be invoked as function");
                        return Err(self.error(message));
                    }
                    self.reads(&receiver.value, name, &value);
                    return Ok(Dot::plain(value));
                }
                if let Some(Value::Map(map)) = object.underlying()
                    && matches!(map.key(), Type::String | Type::Any)
                {
                    if has_args {
                        return Err(
                            self.error(format_args!("{name} is not a method but has arguments"))
                        );
                    }
                    let found = self.key(&map, name)?;
                    self.reads(&receiver.value, name, &found.value);
                    return Ok(found);
                }
                Err(self.no_field(receiver, name))
            }
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn key(&self, map: &crate::Map, name: &str) -> Result<Dot, Error> {
        let boxed = *map.element() == Type::Any;
        if let Some(value) = map.get(name) {
            return Ok(Dot::of(value, boxed));
        }
        match self.context.missing_key {
            MissingKey::Invalid => Ok(Dot::plain(Value::NoValue)),
            MissingKey::Zero => Ok(Dot::of(Value::zero(*map.element()), boxed)),
            MissingKey::Error => {
                Err(self.error(format_args!("map has no entry for key {}", strconv::quote(name))))
            }
        }
    }

    fn no_field(&self, receiver: &Dot, name: &str) -> Error {
        self.error(format_args!("can't evaluate field {name} in type {}", type_name(receiver)))
    }
}

fn type_name(receiver: &Dot) -> Type {
    if receiver.boxed { Type::Any } else { receiver.value.type_of() }
}
