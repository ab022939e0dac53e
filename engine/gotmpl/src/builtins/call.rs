//! `call`: a function that is a value.

use crate::{Context, Error, Type, Value};

/// Calls the first value with the others. `name` is how the template writes the function.
pub(crate) fn call(context: &mut Context<'_>, name: &str, args: &[Value]) -> Result<Value, Error> {
    let Some((function, args)) = args.split_first() else { return Err("call of nil".into()) };
    let function = match function {
        Value::NoValue | Value::Nil => return Err("call of nil".into()),
        Value::Func(function) => function,
        other => return Err(format!("non-function {name} of type {}", other.type_of()).into()),
    };
    if !(1..=2).contains(&function.results) {
        let results = function.results;
        return Err(format!("function {name} has {results} return values; should be 1 or 2").into());
    }
    let row = &function.function;
    let (given, fixed) = (args.len(), row.fixed());
    if row.variadic && given < fixed {
        return Err(
            format!("wrong number of args for {name}: got {given} want at least {fixed}").into()
        );
    }
    if !row.variadic && given != fixed {
        return Err(format!("wrong number of args for {name}: got {given} want {fixed}").into());
    }
    let mut values = Vec::with_capacity(given);
    for (index, arg) in args.iter().enumerate() {
        let value = prepare(arg, row.param(index))
            .map_err(|error| error.map(|why| format!("arg {index}: {why}")))?;
        values.push(value);
    }
    function.invoke(context, &values)
}

/// Gives a value the type of a parameter or map key: whole numbers change their size and sign.
pub(super) fn prepare(value: &Value, kind: Type) -> Result<Value, Error> {
    match (value, kind) {
        (Value::NoValue | Value::Nil, _) if kind.can_be_nil() => Ok(Value::zero(kind)),
        (Value::NoValue | Value::Nil, _) => {
            Err(format!("value is nil; should be of type {kind}").into())
        }
        _ if value.is_of(kind) => Ok(value.clone()),
        (Value::Int(value, _), Type::Int(kind)) => Ok(Value::Int(kind.wrap(*value), kind)),
        (Value::Int(value, _), Type::Uint(kind)) => {
            Ok(Value::Uint(kind.wrap(value.cast_unsigned()), kind))
        }
        (Value::Uint(value, _), Type::Int(kind)) => {
            Ok(Value::Int(kind.wrap(value.cast_signed()), kind))
        }
        (Value::Uint(value, _), Type::Uint(kind)) => Ok(Value::Uint(kind.wrap(*value), kind)),
        _ => Err(format!("value has type {}; should be {kind}", value.type_of()).into()),
    }
}
