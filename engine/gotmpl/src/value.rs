//! The values templates work with: Go's kinds, with Go's type names and reference semantics.

mod convert;
mod list;
mod map;
mod object;
mod types;

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use smol_str::SmolStr;

pub use convert::Numbers;
pub use list::List;
pub(crate) use map::key_text;
pub use map::{Entries, Map};
pub use object::{FuncValue, Object};
pub use types::{FloatKind, IntKind, Type, UintKind};

/// A Go value. Cloning is cheap; lists, maps and objects are shared; single-threaded.
#[derive(Clone, Default)]
pub enum Value {
    /// Nothing at all: what a missing key gives. Functions with a parameter of type [`Type::Any`] get [`Value::Nil`] instead.
    NoValue,
    /// A nil of type `interface {}`.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A whole number with sign.
    Int(i64, IntKind),
    /// A whole number without sign.
    Uint(u64, UintKind),
    /// A floating point number.
    Float(f64, FloatKind),
    /// `complex128`.
    Complex(Rc<(f64, f64)>),
    /// `string`.
    String(SmolStr),
    /// A `string` that is not UTF-8, as Go allows; made by [`Value::from_bytes`] only.
    RawString(Rc<[u8]>),
    /// `[]uint8`.
    Bytes(Rc<[u8]>),
    /// A slice.
    List(List),
    /// A map.
    Map(Map),
    /// A function.
    Func(Rc<FuncValue>),
    /// A struct, pointer or defined type.
    Object(Rc<dyn Object>),
}

impl Value {
    /// Makes a `string`.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self::String(text.into())
    }

    /// Makes a `string` of any bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::String(text.into()),
            Err(error) => Self::RawString(error.into_bytes().into()),
        }
    }

    /// Makes an `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(value, IntKind::Int)
    }

    /// Makes an `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(value, IntKind::Int64)
    }

    /// Makes a `float64`.
    pub fn float64(value: f64) -> Self {
        Self::Float(value, FloatKind::Float64)
    }

    /// Makes a `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// Makes an object.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Returns what tells a map, list or object from an equal one: its address, which is its own while a clone is kept.
    pub fn identity(&self) -> Option<usize> {
        match self {
            Self::Map(map) => Some(map.address()),
            Self::List(list) => Some(list.address()),
            Self::Object(object) => Some(Rc::as_ptr(object).cast::<()>().addr()),
            _ => None,
        }
    }

    /// Returns the type; [`Type::Any`] for the nil interface and for no value.
    pub fn type_of(&self) -> Type {
        match self {
            Self::NoValue | Self::Nil => Type::Any,
            Self::Bool(_) => Type::Bool,
            Self::Int(_, kind) => Type::Int(*kind),
            Self::Uint(_, kind) => Type::Uint(*kind),
            Self::Float(_, kind) => Type::Float(*kind),
            Self::Complex(_) => Type::Complex,
            Self::String(_) | Self::RawString(_) => Type::String,
            Self::Bytes(_) => Type::BYTES,
            Self::List(list) => Type::Slice(list.element()),
            Self::Map(map) => Type::Map(map.key(), map.element()),
            Self::Func(function) => function.type_of(),
            Self::Object(object) => Type::Named(object.type_name()),
        }
    }

    /// Tells whether this is `nil` of some type, or no value.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::NoValue | Self::Nil => true,
            Self::List(list) => list.is_nil(),
            Self::Map(map) => map.is_nil(),
            Self::Object(object) => object.is_nil(),
            _ => false,
        }
    }

    /// Tells whether `if` takes this for true: not zero, not empty, not nil.
    pub fn truth(&self) -> bool {
        match self {
            Self::NoValue | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Uint(value, _) => *value != 0,
            Self::Float(value, _) => *value != 0.0,
            Self::Complex(value) => **value != (0.0, 0.0),
            Self::String(text) => !text.is_empty(),
            Self::RawString(bytes) | Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Func(_) => true,
            Self::Object(object) => {
                !object.is_nil() && object.underlying().is_none_or(|value| value.truth())
            }
        }
    }

    /// Returns the length as Go's `len`: bytes of a string, entries, items.
    pub fn length(&self) -> Option<usize> {
        match self {
            Self::String(text) => Some(text.len()),
            Self::RawString(bytes) | Self::Bytes(bytes) => Some(bytes.len()),
            Self::List(list) => Some(list.len()),
            Self::Map(map) => Some(map.len()),
            Self::Object(object) => object.underlying()?.length(),
            _ => None,
        }
    }

    /// Returns the text of a `string` that is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// Returns the text of a `string`; stray bytes become U+FFFD.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::String(text) => Some(Cow::Borrowed(text)),
            Self::RawString(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }

    /// Returns the bytes of a `string` or `[]uint8`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::String(text) => Some(text.as_bytes()),
            Self::RawString(bytes) | Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the value under a defined type, or this.
    pub fn underlying(&self) -> Cow<'_, Self> {
        match self {
            Self::Object(object) => object.underlying().map_or(Cow::Borrowed(self), Cow::Owned),
            _ => Cow::Borrowed(self),
        }
    }

    /// Returns the zero of a type, as a missing entry of a typed map gives it.
    pub fn zero(of: Type) -> Self {
        match of {
            Type::Any | Type::Reflect | Type::Error | Type::Func(_) | Type::Named(_) => Self::Nil,
            Type::Bool => Self::Bool(false),
            Type::Int(kind) => Self::Int(0, kind),
            Type::Uint(kind) => Self::Uint(0, kind),
            Type::Float(kind) => Self::Float(0.0, kind),
            Type::Complex => Self::Complex(Rc::default()),
            Type::String => Self::String(SmolStr::default()),
            Type::Slice(element) => Self::List(List::nil(element)),
            Type::Map(key, element) => Self::Map(Map::nil(key, element)),
        }
    }

    /// Tells whether the value can be given to a parameter of this type, apart from nil.
    pub(crate) fn is_of(&self, wanted: Type) -> bool {
        match (wanted, self) {
            (Type::Any | Type::Reflect, _) => true,
            (Type::String, Self::String(_) | Self::RawString(_))
            | (Type::Bool, Self::Bool(_))
            | (Type::Complex, Self::Complex(_))
            | (Type::Slice(&Type::BYTE), Self::Bytes(_)) => true,
            (Type::Int(wanted), Self::Int(_, kind)) => wanted == *kind,
            (Type::Uint(wanted), Self::Uint(_, kind)) => wanted == *kind,
            (Type::Float(wanted), Self::Float(_, kind)) => wanted == *kind,
            (Type::Slice(wanted), Self::List(list)) => wanted == list.element(),
            (Type::Map(key, element), Self::Map(map)) => {
                key == map.key() && element == map.element()
            }
            (Type::Error, Self::Object(object)) => object.is_error(),
            (Type::Func(wanted), Self::Func(function)) => wanted == function.signature,
            (Type::Named(wanted), Self::Object(object)) => wanted == object.type_name(),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    /// Shows the value as `%#v` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&crate::format::sprintf(
            b"%#v",
            std::slice::from_ref(self),
        )))
    }
}

/// Takes containers apart one level at a time, since dropping deep values by recursion could overflow the stack.
fn dismantle(values: Vec<Value>) {
    let mut pending = values;
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => pending.extend(list.into_items()),
            Value::Map(map) => pending.extend(map.into_values()),
            _ => {}
        }
    }
}
