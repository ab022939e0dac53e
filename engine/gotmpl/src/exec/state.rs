//! The state of one running template: its variables, and the place errors name.

use std::rc::Rc;

use weir_golang::strconv;

use super::Context;
use crate::parse::{Command, Expr, Node, Pipe, Show, Tree, VariableId};
use crate::trace::Piece;
use crate::{Error, Output, Value};

/// A value with how it is held.
///
/// Go's errors name the type `interface {}` for what was taken out of a map or list of that element type,
/// and the value's own type once it has passed through a pipeline.
#[derive(Clone)]
pub(super) struct Dot {
    pub(super) value: Value,
    pub(super) boxed: bool,
    /// What it came from, when that is traced.
    pub(super) piece: Option<Rc<Piece>>,
}

impl Dot {
    pub(super) fn plain(value: Value) -> Self {
        Self { value, boxed: false, piece: None }
    }

    pub(super) fn of(value: Value, boxed: bool) -> Self {
        Self { value, boxed, piece: None }
    }
}

/// A variable of a running template.
pub(super) struct Variable {
    pub(super) id: VariableId,
    pub(super) value: Dot,
}

/// The node an error names: the last one looked at.
#[derive(Clone, Copy)]
pub(super) enum At<'t> {
    Nowhere,
    Node(&'t Node),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
}

/// One running template.
pub(super) struct State<'s, 'a, 't> {
    pub(super) context: &'s mut Context<'a>,
    pub(super) out: &'s mut Output,
    pub(super) tree: &'t Tree,
    /// The number of the tree's file in the output.
    pub(super) file: u32,
    /// Where the template's variables begin.
    base: usize,
    /// How many `{{template}}`s are around.
    pub(super) nested: u32,
    pub(super) at: At<'t>,
}

impl<'s, 'a, 't> State<'s, 'a, 't> {
    pub(super) fn new(
        context: &'s mut Context<'a>,
        tree: &'t Tree,
        file: u32,
        base: usize,
        nested: u32,
        out: &'s mut Output,
    ) -> Self {
        State { context, out, tree, file, base, nested, at: At::Nowhere }
    }

    /// Makes an error at the current node.
    #[cold]
    pub(super) fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(self.describe(message))
    }

    /// Says where and what.
    #[cold]
    pub(super) fn describe(&self, message: impl std::fmt::Display) -> String {
        let tree = self.tree;
        let (pos, shown) = match self.at {
            At::Nowhere => return format!("template: {}: {message}", tree.name),
            At::Node(node) => (node.pos(), Show(tree, node).to_string()),
            At::Pipe(pipe) => (pipe.pos, Show(tree, pipe).to_string()),
            At::Command(command) => (command.pos, Show(tree, command).to_string()),
            At::Expr(expr) => (expr.pos(), Show(tree, expr).to_string()),
        };
        let name = strconv::quote(&tree.name);
        format!("template: {}: executing {name} at <{shown}>: {message}", tree.location(pos))
    }

    /// Evaluates something, and returns what it came from when that is traced.
    pub(super) fn traced<T>(
        &mut self,
        evaluate: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<(T, Option<Rc<Piece>>), Error> {
        let Some(trace) = &mut self.context.trace else {
            return Ok((evaluate(self)?, None));
        };
        let outer = std::mem::take(&mut **trace);
        let value = evaluate(self)?;
        let piece = self.context.trace.as_mut().map(|trace| std::mem::replace(&mut **trace, outer));
        Ok((value, piece.map(Rc::new)))
    }

    /// Notes that a dot or a variable was used.
    pub(super) fn uses(&mut self, piece: Option<&Rc<Piece>>) {
        if let (Some(trace), Some(piece)) = (&mut self.context.trace, piece) {
            trace.uses(piece);
        }
    }

    /// Notes that a name was looked up.
    pub(super) fn reads(&mut self, from: &Value, name: &str, value: &Value) {
        if let Some(trace) = &mut self.context.trace {
            trace.read(from, name, value);
        }
    }

    /// Returns how many variables there are.
    pub(super) fn mark(&self) -> usize {
        self.context.variables.len()
    }

    /// Forgets the variables since a mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.context.variables.truncate(mark);
    }

    pub(super) fn push(&mut self, id: VariableId, value: Dot) {
        self.context.variables.push(Variable { id, value });
    }

    /// Changes the innermost variable of this name.
    pub(super) fn assign(&mut self, id: VariableId, value: Dot) -> Result<(), Error> {
        let index = self.find(id)?;
        if let Some(variable) = self.context.variables.get_mut(index) {
            variable.value = value;
        }
        Ok(())
    }

    /// Changes the variable this far from the innermost.
    pub(super) fn assign_top(&mut self, from_top: usize, value: Dot) {
        let index = self.context.variables.len().wrapping_sub(from_top);
        if let Some(variable) = self.context.variables.get_mut(index) {
            variable.value = value;
        }
    }

    /// Returns the innermost variable of this name.
    pub(super) fn variable(&mut self, id: VariableId) -> Result<Dot, Error> {
        let index = self.find(id)?;
        let found = self.context.variables.get(index).map(|variable| variable.value.clone());
        found.ok_or_else(|| self.undefined(id))
    }

    /// Finds the innermost variable of this name. A long way to it counts.
    fn find(&mut self, id: VariableId) -> Result<usize, Error> {
        let own = self.context.variables.get(self.base..).unwrap_or_default();
        let Some(index) = own.iter().rposition(|variable| variable.id == id) else {
            return Err(self.undefined(id));
        };
        let passed = own.len() - index;
        self.context.meter.step(passed as u64 / 64)?;
        Ok(self.base + index)
    }

    fn undefined(&self, id: VariableId) -> Error {
        let name = self.tree.variables.get(id as usize).map_or("", |name| name.as_str());
        self.error(format_args!("undefined variable: {name}"))
    }
}
