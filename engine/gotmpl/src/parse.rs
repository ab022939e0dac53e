//! From text to trees.

mod lex;
mod node;
mod number;
mod parser;
mod print;

pub(crate) use node::{Branch, BranchKind, Command, Expr, Literal, Node, Pipe, Tree, VariableId};
pub(crate) use number::Number;
pub(crate) use parser::parse;
pub(crate) use print::Show;
