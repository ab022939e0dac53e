//! Types and kinds.

use weir_gotmpl::{Function, Type, Value};

use super::cast;

const ANY: Type = Type::Any;
const STRING: Type = Type::String;

/// Sprig's functions for types.
pub(super) const TABLE: &[Function] = &[
    Function::new("typeOf", &[ANY], |_, args| Ok(type_of(args.value(0)).into())),
    Function::new("typeIs", &[STRING, ANY], |_, args| {
        Ok((args.text(0) == type_of(args.value(1))).into())
    }),
    Function::new("typeIsLike", &[STRING, ANY], |_, args| {
        let (wanted, found) = (args.text(0), type_of(args.value(1)));
        Ok((found == wanted || found.strip_prefix('*') == Some(&*wanted)).into())
    }),
    Function::new("kindOf", &[ANY], |_, args| Ok(cast::kind(args.value(0)).into())),
    Function::new("kindIs", &[STRING, ANY], |_, args| {
        Ok((args.text(0) == cast::kind(args.value(1))).into())
    }),
    Function::new("deepEqual", &[ANY, ANY], |_, args| {
        Ok(cast::deep_equal(args.value(0), args.value(1)).into())
    })
    .deep(),
];

fn type_of(value: &Value) -> String {
    if cast::is_bare_nil(value) { "<nil>".to_owned() } else { value.type_of().to_string() }
}
