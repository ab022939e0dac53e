//! The Go types a value can have.

use std::fmt;

/// A Go type, as `%T` and error texts show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: takes anything.
    Any,
    /// `reflect.Value`: takes anything, and sees [`Value::NoValue`](crate::Value::NoValue) as it is.
    Reflect,
    /// `error`.
    Error,
    /// `bool`.
    Bool,
    /// `int` and its sizes.
    Int(IntKind),
    /// `uint` and its sizes.
    Uint(UintKind),
    /// `float32` and `float64`.
    Float(FloatKind),
    /// `complex128`.
    Complex,
    /// `string`.
    String,
    /// A slice of this element type.
    Slice(&'static Self),
    /// A map of this key and element type.
    Map(&'static Self, &'static Self),
    /// A function, by its signature.
    Func(&'static str),
    /// A named type: a struct, a pointer to one, or a defined type.
    Named(&'static str),
}

/// The sizes of `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Go's")]
pub enum IntKind {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
}

/// The sizes of `uint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Go's")]
pub enum UintKind {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
}

/// The sizes of `float`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Go's")]
pub enum FloatKind {
    Float32,
    Float64,
}

impl Type {
    /// `int`.
    pub const INT: Self = Self::Int(IntKind::Int);
    /// `int64`.
    pub const INT64: Self = Self::Int(IntKind::Int64);
    /// `uint8`, which is `byte`.
    pub const BYTE: Self = Self::Uint(UintKind::Uint8);
    /// `float64`.
    pub const FLOAT64: Self = Self::Float(FloatKind::Float64);
    /// `[]interface {}`.
    pub const LIST: Self = Self::Slice(&Self::Any);
    /// `[]string`.
    pub const STRINGS: Self = Self::Slice(&Self::String);
    /// `[]uint8`.
    pub const BYTES: Self = Self::Slice(&Self::BYTE);
    /// `map[string]interface {}`.
    pub const MAP: Self = Self::Map(&Self::String, &Self::Any);
    /// `map[string]string`.
    pub const STRING_MAP: Self = Self::Map(&Self::String, &Self::String);

    /// Tells whether `nil` is a value of this type.
    pub fn can_be_nil(self) -> bool {
        match self {
            Self::Any
            | Self::Reflect
            | Self::Error
            | Self::Slice(_)
            | Self::Map(..)
            | Self::Func(_) => true,
            Self::Named(name) => name.starts_with('*'),
            Self::Bool
            | Self::Int(_)
            | Self::Uint(_)
            | Self::Float(_)
            | Self::Complex
            | Self::String => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Error => "error",
            Self::Bool => "bool",
            Self::Int(kind) => kind.name(),
            Self::Uint(kind) => kind.name(),
            Self::Float(FloatKind::Float32) => "float32",
            Self::Float(FloatKind::Float64) => "float64",
            Self::Complex => "complex128",
            Self::String => "string",
            Self::Slice(element) => return write!(f, "[]{element}"),
            Self::Map(key, element) => return write!(f, "map[{key}]{element}"),
            Self::Func(name) | Self::Named(name) => name,
        })
    }
}

impl IntKind {
    /// Returns the name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// Cuts a number to the size, as a conversion in Go does.
    #[expect(clippy::cast_possible_truncation, reason = "a conversion in Go truncates")]
    pub fn wrap(self, value: i64) -> i64 {
        match self {
            Self::Int | Self::Int64 => value,
            Self::Int8 => i64::from(value as i8),
            Self::Int16 => i64::from(value as i16),
            Self::Int32 => i64::from(value as i32),
        }
    }
}

impl UintKind {
    /// Returns the name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }

    /// Cuts a number to the size, as a conversion in Go does.
    #[expect(clippy::cast_possible_truncation, reason = "a conversion in Go truncates")]
    pub fn wrap(self, value: u64) -> u64 {
        match self {
            Self::Uint | Self::Uint64 => value,
            Self::Uint8 => u64::from(value as u8),
            Self::Uint16 => u64::from(value as u16),
            Self::Uint32 => u64::from(value as u32),
        }
    }
}
