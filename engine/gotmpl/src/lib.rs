//! Go's `text/template`, as of Go 1.26: the same output, byte for byte, the same errors, word for word.
//!
//! Parse texts into a [`Set`], share it, and [`Context::execute`] a template of it with a [`Value`].
//! Functions are rows of tables ([`Function`]); Go structs are [`Object`]s.
//! What is absent on purpose: anything of Helm, custom delimiters, channels, and clocks: a [`Meter`](weir_model::Meter) bounds the work.

pub mod builtins;
mod error;
mod exec;
pub mod format;
mod function;
mod output;
mod parse;
mod template;
#[cfg(test)]
mod tests;
mod trace;
mod value;

pub use error::Error;
pub use exec::{Context, MissingKey};
pub use function::{Args, Body, Function, Functions};
pub use output::Output;
pub use template::Set;
pub use trace::{LineTrace, Read, Run, TemplateLine};
pub use value::{
    Entries, FloatKind, FuncValue, IntKind, List, Map, Numbers, Object, Type, UintKind, Value,
};
