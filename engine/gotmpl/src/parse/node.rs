//! The nodes of a parsed template.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Number;

/// A parsed template: one file, `define` or `block`.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// The template's name.
    pub(crate) name: SmolStr,
    /// The name of the text it was parsed from.
    pub(crate) file: SmolStr,
    /// The text it was parsed from.
    pub(crate) text: Arc<str>,
    pub(crate) root: Vec<Node>,
    /// The names of its variables, with the `$`.
    pub(crate) variables: Vec<SmolStr>,
}

/// A variable, by its place in [`Tree::variables`]; `$` is the first.
pub(crate) type VariableId = u32;

/// A piece of a template.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A stretch of the tree's text.
    Text { start: u32, end: u32, line: u32 },
    /// `{{pipeline}}`.
    Action { pos: u32, line: u32, pipe: Pipe },
    /// `{{if}}`, `{{range}}`, `{{with}}`.
    Branch(Box<Branch>),
    /// `{{template}}`; also what is left of a `{{block}}`.
    Template { pos: u32, name: SmolStr, pipe: Option<Pipe> },
    /// `{{break}}`.
    Break { pos: u32 },
    /// `{{continue}}`.
    Continue { pos: u32 },
}

/// A control structure.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) pos: u32,
    pub(crate) pipe: Pipe,
    pub(crate) list: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// The keyword of a control structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    Range,
    With,
}

/// Commands chained with `|`, and the variables that take the result.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: u32,
    /// Whether the variables are assigned (`=`), not declared (`:=`).
    pub(crate) assign: bool,
    pub(crate) variables: Vec<VariableId>,
    pub(crate) commands: Vec<Command>,
}

/// An operand with its arguments; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) pos: u32,
    pub(crate) args: Vec<Expr>,
}

/// An operand.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// `true`, `false`.
    Bool { pos: u32, value: bool },
    /// `.`.
    Dot { pos: u32 },
    /// `nil`.
    Nil { pos: u32 },
    /// `.a.b`.
    Field { pos: u32, path: Vec<SmolStr> },
    /// `$x.a.b`.
    Variable { pos: u32, id: VariableId, path: Vec<SmolStr> },
    /// A function, with its place in the functions the template was parsed with.
    Function { pos: u32, name: SmolStr, index: usize },
    /// A number or character.
    Number { pos: u32, number: Box<Number> },
    /// A string, and where it ends in the text.
    String { pos: u32, end: u32, value: Literal },
    /// `(pipeline).a.b`.
    Chain { pos: u32, base: Box<Self>, path: Vec<SmolStr> },
    /// `(pipeline)`.
    Pipe(Box<Pipe>),
}

/// The value of a string; rarely not UTF-8.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Text(SmolStr),
    Bytes(Arc<[u8]>),
}

impl Tree {
    /// Tells whether there is nothing but white space: such a tree does not replace another.
    pub(crate) fn is_blank(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text { start, end, .. } => self.slice(*start, *end).trim().is_empty(),
            _ => false,
        })
    }

    /// Returns a stretch of the text.
    pub(crate) fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Returns `file:line:column` of a position, as Go's errors have it: lines from 1, columns in bytes from 0.
    pub(crate) fn location(&self, pos: u32) -> String {
        let before = self.text.get(..pos as usize).unwrap_or(&self.text);
        let column = before.rfind('\n').map_or(before.len(), |newline| before.len() - newline - 1);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        format!("{}:{line}:{column}", self.file)
    }
}

impl Expr {
    /// Returns where it stands.
    pub(crate) fn pos(&self) -> u32 {
        match self {
            Self::Bool { pos, .. }
            | Self::Dot { pos }
            | Self::Nil { pos }
            | Self::Field { pos, .. }
            | Self::Variable { pos, .. }
            | Self::Function { pos, .. }
            | Self::Number { pos, .. }
            | Self::String { pos, .. }
            | Self::Chain { pos, .. } => *pos,
            Self::Pipe(pipe) => pipe.pos,
        }
    }
}

impl Node {
    /// Returns where it stands.
    pub(crate) fn pos(&self) -> u32 {
        match self {
            Self::Text { start, .. } => *start,
            Self::Action { pos, .. }
            | Self::Template { pos, .. }
            | Self::Break { pos }
            | Self::Continue { pos } => *pos,
            Self::Branch(branch) => branch.pos,
        }
    }
}
