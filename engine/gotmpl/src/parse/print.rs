//! Nodes as Go writes them in errors: normalised, not as they were typed.

use std::fmt::{self, Display, Write};

use weir_golang::strconv;

use super::{BranchKind, Command, Expr, Node, Pipe, Tree};

/// A node of a tree, to be shown.
pub(crate) struct Show<'a, T>(pub(crate) &'a Tree, pub(crate) &'a T);

impl Display for Show<'_, Pipe> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tree, pipe) = self;
        for (index, id) in pipe.variables.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(variable(tree, *id))?;
        }
        if !pipe.variables.is_empty() {
            f.write_str(if pipe.assign { " = " } else { " := " })?;
        }
        for (index, command) in pipe.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            Show(tree, command).fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Show<'_, Command> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tree, command) = self;
        for (index, arg) in command.args.iter().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            operand(tree, arg, f)?;
        }
        Ok(())
    }
}

impl Display for Show<'_, Expr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tree, expr) = self;
        let path = match expr {
            Expr::Bool { value, .. } => return write!(f, "{value}"),
            Expr::Dot { .. } => return f.write_char('.'),
            Expr::Nil { .. } => return f.write_str("nil"),
            Expr::Function { name, .. } => return f.write_str(name),
            Expr::Number { number, .. } => return f.write_str(&number.text),
            Expr::String { pos, end, .. } => return f.write_str(tree.slice(*pos, *end)),
            Expr::Pipe(pipe) => return Show(tree, &**pipe).fmt(f),
            Expr::Field { path, .. } => path,
            Expr::Variable { id, path, .. } => {
                f.write_str(variable(tree, *id))?;
                path
            }
            Expr::Chain { base, path, .. } => {
                operand(tree, base, f)?;
                path
            }
        };
        for name in path {
            write!(f, ".{name}")?;
        }
        Ok(())
    }
}

impl Display for Show<'_, Node> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tree, node) = self;
        match node {
            Node::Text { start, end, .. } => f.write_str(tree.slice(*start, *end)),
            Node::Action { pipe, .. } => write!(f, "{{{{{}}}}}", Show(tree, pipe)),
            Node::Template { name, pipe, .. } => {
                write!(f, "{{{{template {}", strconv::quote(name))?;
                if let Some(pipe) = pipe {
                    write!(f, " {}", Show(tree, pipe))?;
                }
                f.write_str("}}")
            }
            Node::Break { .. } => f.write_str("{{break}}"),
            Node::Continue { .. } => f.write_str("{{continue}}"),
            Node::Branch(branch) => {
                let word = match branch.kind {
                    BranchKind::If => "if",
                    BranchKind::Range => "range",
                    BranchKind::With => "with",
                };
                write!(f, "{{{{{word} {}}}}}", Show(tree, &branch.pipe))?;
                for node in &branch.list {
                    Show(tree, node).fmt(f)?;
                }
                if let Some(otherwise) = &branch.otherwise {
                    f.write_str("{{else}}")?;
                    for node in otherwise {
                        Show(tree, node).fmt(f)?;
                    }
                }
                f.write_str("{{end}}")
            }
        }
    }
}

fn operand(tree: &Tree, expr: &Expr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match expr {
        Expr::Pipe(pipe) => write!(f, "({})", Show(tree, &**pipe)),
        _ => Show(tree, expr).fmt(f),
    }
}

fn variable(tree: &Tree, id: u32) -> &str {
    tree.variables.get(id as usize).map_or("$", |name| name.as_str())
}
