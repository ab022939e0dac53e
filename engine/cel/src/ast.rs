//! Expressions as a tree.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_golang::regexp::Regexp;

use crate::Val;

/// The deepest nesting of an expression, as in cel-go.
pub(crate) const DEEPEST: u32 = 250;

/// An expression with where it begins in the text.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) node: Node,
    /// How many levels there are below, itself included.
    pub(crate) height: u32,
    pub(crate) at: usize,
}

/// The kinds of expressions. Macros are expanded when they are read.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Literal(Val),
    /// A variable, or the name of a type.
    Ident(SmolStr),
    Select {
        operand: Box<Expr>,
        field: SmolStr,
        optional: bool,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Expr>,
        field: SmolStr,
        optional: bool,
    },
    Index {
        operand: Box<Expr>,
        index: Box<Expr>,
        optional: bool,
    },
    Call {
        function: SmolStr,
        target: Option<Box<Expr>>,
        args: Vec<Expr>,
        /// The compiled pattern of `matches` with a literal.
        pattern: Option<Arc<Regexp>>,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Binary(Operator, Box<(Expr, Expr)>),
    Conditional(Box<(Expr, Expr, Expr)>),
    List(Vec<(Expr, bool)>),
    Map(Vec<(Expr, Expr, bool)>),
    Comprehension(Box<Comprehension>),
    /// `target.optMap(variable, body)`; flat when the body gives an optional itself.
    OptionalMap {
        target: Box<Expr>,
        variable: SmolStr,
        body: Box<Expr>,
        flat: bool,
    },
}

/// A macro that goes over a list or a map.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub(crate) kind: ComprehensionKind,
    pub(crate) range: Expr,
    /// The item of a list or the key of a map; with a second variable the index or the key.
    pub(crate) variable: SmolStr,
    /// The item of a list or the value of a map.
    pub(crate) second: Option<SmolStr>,
    /// What decides whether an item counts.
    pub(crate) predicate: Option<Expr>,
    /// What is made of an item.
    pub(crate) transform: Option<Expr>,
}

/// What a comprehension gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComprehensionKind {
    All,
    Exists,
    ExistsOne,
    /// A list of what is made of each item that counts.
    List,
    /// A map from the same keys.
    Map,
    /// A map of the entries that are made.
    MapEntry,
}

/// The binary operators but `&&` and `||`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// The name that cel-go's messages have for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equal => "_==_",
            Self::NotEqual => "_!=_",
            Self::Less => "_<_",
            Self::LessEqual => "_<=_",
            Self::Greater => "_>_",
            Self::GreaterEqual => "_>=_",
            Self::In => "@in",
            Self::Add => "_+_",
            Self::Subtract => "_-_",
            Self::Multiply => "_*_",
            Self::Divide => "_/_",
            Self::Remainder => "_%_",
        }
    }
}
