//! Choosing between values, and failing.

use weir_gotmpl::{Error, Function, Type, Value};

use super::cast;

const ANY: Type = Type::Any;

/// Sprig's functions for defaults and flow.
pub(super) const TABLE: &[Function] = &[
    Function::variadic("default", &[ANY, ANY], |_, args| {
        let given = args.value(1);
        Ok(if cast::is_empty(given) { args.value(0).clone() } else { given.clone() })
    }),
    Function::new("empty", &[ANY], |_, args| Ok(cast::is_empty(args.value(0)).into())),
    Function::variadic("coalesce", &[ANY], |_, args| {
        Ok(args.iter().find(|value| !cast::is_empty(value)).cloned().unwrap_or(Value::Nil))
    }),
    Function::variadic("all", &[ANY], |_, args| {
        Ok(args.iter().all(|value| !cast::is_empty(value)).into())
    }),
    Function::variadic("any", &[ANY], |_, args| {
        Ok(args.iter().any(|value| !cast::is_empty(value)).into())
    }),
    Function::new("ternary", &[ANY, ANY, Type::Bool], |_, args| {
        Ok(args.value(usize::from(!args.bool(2))).clone())
    }),
    Function::new("fail", &[Type::String], |_, args| Err(Error::new(args.text(0)))),
];
