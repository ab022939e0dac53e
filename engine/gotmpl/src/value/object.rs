//! Go structs, pointers and defined types, as Helm gives them to templates.

use std::any::Any;

use smol_str::SmolStr;

use crate::{Args, Context, Error, Function, Type, Value};

/// A Go value of a named type: a struct (or a pointer to one) with fields and methods, or a defined type over a map, list or number.
pub trait Object {
    /// Returns the type's name as `%T` shows it: `*chart.Metadata`, `chartutil.VersionSet`.
    fn type_name(&self) -> &'static str;

    /// Returns this, to be cast back.
    fn as_any(&self) -> &dyn Any;

    /// Tells whether this is a nil pointer.
    fn is_nil(&self) -> bool {
        false
    }

    /// Returns the value of a field. One whose name begins with a small letter is printed, and cannot be reached by name.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Returns the fields in the order of the struct, for printing.
    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns a method: a function whose `body` takes the receiver from [`Args::receiver`].
    fn method(&self, _name: &str) -> Option<&'static Function> {
        None
    }

    /// Returns what `encoding/json` writes for a struct: the names in its tags with their values, in the order of the struct,
    /// without what `omitempty` leaves out. Nothing for what is no struct.
    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// Returns the value under a defined type (a map for `engine.files`, a list for `chartutil.VersionSet`); nothing for a struct.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// Returns what the `String` or `Error` method says, when the type has one; printing uses it.
    fn string(&self) -> Option<SmolStr> {
        None
    }

    /// Returns what the `String` method says that only a pointer to the type has. An action that prints the value where it
    /// lies uses it; functions are handed a copy, and print the fields.
    fn string_in_place(&self) -> Option<SmolStr> {
        None
    }

    /// Tells whether the type is an `error`.
    fn is_error(&self) -> bool {
        false
    }
}

/// A function as a value, for `call`.
pub struct FuncValue {
    /// The function; its `body` finds this value in [`Args::receiver`] too.
    pub function: Function,
    /// The signature as `%T` shows it: `func(int, int) int`.
    pub signature: &'static str,
    /// The number of results; `call` refuses any but one and two.
    pub results: usize,
}

impl FuncValue {
    pub(crate) fn invoke(&self, context: &mut Context<'_>, args: &[Value]) -> Result<Value, Error> {
        (self.function.body)(context, &Args::new(args))
    }

    pub(crate) fn type_of(&self) -> Type {
        Type::Func(self.signature)
    }
}
