//! The functions that Go's templates always have.

mod call;
mod compare;
mod escape;
mod index;

pub(crate) use call::call;
pub use compare::compare_equal;

use crate::function::Special;
use crate::{Error, Function, Type, Value, format};

/// Go's own functions.
pub const TABLE: &[Function] = &[
    // The arguments of these two are evaluated one by one, by the call itself.
    Function::variadic("and", &[Type::Reflect, Type::Reflect], |_, args| Ok(args.value(0).clone()))
        .special(Special::And),
    Function::variadic("or", &[Type::Reflect, Type::Reflect], |_, args| Ok(args.value(0).clone()))
        .special(Special::Or),
    Function::variadic("call", &[Type::Reflect, Type::Reflect], |context, args| {
        call(context, "", args)
    })
    .special(Special::Call),
    Function::new("not", &[Type::Reflect], |_, args| Ok(Value::Bool(!args.value(0).truth()))),
    Function::variadic("eq", &[Type::Reflect, Type::Reflect], compare::eq).deep(),
    Function::new("ne", &[Type::Reflect, Type::Reflect], compare::ne).deep(),
    Function::new("lt", &[Type::Reflect, Type::Reflect], compare::lt),
    Function::new("le", &[Type::Reflect, Type::Reflect], compare::le),
    Function::new("gt", &[Type::Reflect, Type::Reflect], compare::gt),
    Function::new("ge", &[Type::Reflect, Type::Reflect], compare::ge),
    Function::new("len", &[Type::Reflect], index::len),
    Function::variadic("index", &[Type::Reflect, Type::Reflect], index::index),
    Function::variadic("slice", &[Type::Reflect, Type::Reflect], index::slice)
        .special(Special::Slice),
    Function::variadic("print", &[Type::Any], |_, args| printed(format::sprint(args))).deep(),
    Function::variadic("println", &[Type::Any], |_, args| printed(format::sprintln(args))).deep(),
    Function::variadic("printf", &[Type::String, Type::Any], |_, args| {
        printed(format::sprintf(args.bytes(0), args.rest(1)))
    })
    .deep(),
    Function::variadic("html", &[Type::Any], escape::html).deep(),
    Function::variadic("js", &[Type::Any], escape::js).deep(),
    Function::variadic("urlquery", &[Type::Any], escape::urlquery).deep(),
];

/// Makes a value of a printed text. Refuses one that was too long to be printed whole.
fn printed(text: Vec<u8>) -> Result<Value, Error> {
    if text.len() > format::LONGEST {
        return Err(Error::new(format!("the text is longer than {} bytes", format::LONGEST)));
    }
    Ok(Value::from_bytes(text))
}
