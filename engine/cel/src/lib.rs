//! The Common Expression Language, as cel-go evaluates it for Flux and for the rules of CRDs.
//!
//! [`Program::compile`] reads an expression, [`Program::evaluate`] gives its value; numbers in data are what JSON wrote
//! (a whole number is an `int`). Every step is counted, so that a hostile expression ends in an error and not in a hang.
//! There is no type checker but a light one ([`Program::compile_typed`]), no protobuf messages, and no clock.

mod ast;
mod compare;
mod error;
mod eval;
mod fold;
mod functions;
mod lex;
mod literal;
mod macros;
mod numeric;
mod parse;
mod program;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub use error::{CelError, ErrorKind};
pub use functions::Library;
pub use functions::formats::{
    dns1035_label, dns1123_label, dns1123_subdomain, label_value, qualified_name,
};
pub use functions::quantity::Quantity;
pub use parse::RESERVED;
pub use program::Program;
pub use types::Type;
pub use value::{MapVal, Val};
