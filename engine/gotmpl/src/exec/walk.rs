//! The walk over nodes: text, actions, control structures, templates.

use std::sync::Arc;

use weir_golang::strconv;

use super::cost;
use super::state::{At, Dot, State};
use crate::parse::{Branch, BranchKind, Node, Pipe};
use crate::{Error, Type, Value, format};

/// Templates within templates beyond this are refused, as in Go.
const MAX_DEPTH: u32 = 100_000;

/// What comes after a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'t> State<'_, '_, 't> {
    /// Walks nodes in order.
    pub(super) fn list(&mut self, dot: &Dot, nodes: &'t [Node]) -> Result<Flow, Error> {
        for node in nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Dot, node: &'t Node) -> Result<Flow, Error> {
        self.at = At::Node(node);
        self.context.meter.step(1)?;
        match node {
            Node::Text { start, end, line } => {
                let text = self.tree.slice(*start, *end);
                self.context.meter.bytes(text.len())?;
                self.out.mark(self.file, *line, true);
                self.out.write(text.as_bytes());
            }
            Node::Action { line, pipe, .. } => {
                if !pipe.variables.is_empty() {
                    self.pipeline(dot, pipe)?;
                    return Ok(Flow::Next);
                }
                let (value, piece) = self.traced(|state| state.pipeline(dot, pipe))?;
                self.at = At::Node(node);
                self.print(&value, *line)?;
                if let Some(piece) = piece {
                    self.out.came_from(piece);
                }
            }
            Node::Branch(branch) => {
                return stacker::maybe_grow(64 << 10, 1 << 20, || match branch.kind {
                    BranchKind::Range => self.range(dot, branch),
                    BranchKind::If | BranchKind::With => self.condition(dot, branch),
                });
            }
            Node::Template { name, pipe, .. } => self.template(dot, name, pipe.as_ref())?,
            Node::Break { .. } => return Ok(Flow::Break),
            Node::Continue { .. } => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, value: &Value, line: u32) -> Result<(), Error> {
        let before = self.out.as_bytes().len();
        self.out.mark(self.file, line, false);
        if let Value::String(text) = value {
            self.out.write(text.as_bytes());
        } else {
            cost::deep(self.context.meter, value)?;
            if !format::print_action(self.out.buffer(), value) {
                let At::Node(node) = self.at else { return Ok(()) };
                let shown = crate::parse::Show(self.tree, node);
                let kind = value.type_of();
                return Err(self.error(format_args!("can't print {shown} of type {kind}")));
            }
        }
        let written = self.out.as_bytes().len() - before;
        self.context.meter.bytes(written)?;
        Ok(())
    }

    fn condition(&mut self, dot: &Dot, branch: &'t Branch) -> Result<Flow, Error> {
        let mark = self.mark();
        let (value, piece) = self.traced(|state| state.pipeline(dot, &branch.pipe))?;
        let flow = if value.truth() {
            if branch.kind == BranchKind::With {
                self.list(&Dot { value, boxed: false, piece }, &branch.list)?
            } else {
                self.list(dot, &branch.list)?
            }
        } else if let Some(otherwise) = &branch.otherwise {
            self.list(dot, otherwise)?
        } else {
            Flow::Next
        };
        self.forget(mark);
        Ok(flow)
    }

    fn range(&mut self, dot: &Dot, branch: &'t Branch) -> Result<Flow, Error> {
        let mark = self.mark();
        let (value, piece) = self.traced(|state| state.pipeline(dot, &branch.pipe))?;
        let value = value.underlying();
        let mut flow = Flow::Next;
        let iterate =
            |state: &mut Self, index: Value, item: Value, boxed: bool| -> Result<bool, Error> {
                let item = Dot { value: item, boxed, piece: piece.clone() };
                Ok(state.iteration(branch, index, &item)? == Flow::Break)
            };
        let mut some = true;
        match value.as_ref() {
            Value::List(list) if !list.is_empty() => {
                let boxed = *list.element() == Type::Any;
                for (index, item) in list.iter().enumerate() {
                    if iterate(self, Value::int(index as i64), item.clone(), boxed)? {
                        break;
                    }
                }
            }
            Value::Map(map) if !map.is_empty() => {
                let boxed = *map.element() == Type::Any;
                for (key, item) in map.entries().iter() {
                    if iterate(self, map.key_value(key), item.clone(), boxed)? {
                        break;
                    }
                }
            }
            Value::Bytes(bytes) if !bytes.is_empty() => {
                for (index, byte) in bytes.iter().enumerate() {
                    let item = Value::Uint(u64::from(*byte), crate::UintKind::Uint8);
                    if iterate(self, Value::int(index as i64), item, false)? {
                        break;
                    }
                }
            }
            Value::Int(..) | Value::Uint(..) if branch.pipe.variables.len() > 1 => {
                let shown = format::to_text(&value);
                return Err(self.error(format_args!(
                    "can't use {shown} to iterate over more than one variable"
                )));
            }
            Value::Int(end, kind) if *end > 0 => {
                for number in 0..*end {
                    if iterate(self, Value::NoValue, Value::Int(number, *kind), false)? {
                        break;
                    }
                }
            }
            Value::Uint(end, kind) if *end > 0 => {
                for number in 0..*end {
                    if iterate(self, Value::NoValue, Value::Uint(number, *kind), false)? {
                        break;
                    }
                }
            }
            Value::NoValue
            | Value::Nil
            | Value::List(_)
            | Value::Map(_)
            | Value::Bytes(_)
            | Value::Int(..)
            | Value::Uint(..) => some = false,
            Value::Bool(_)
            | Value::Float(..)
            | Value::Complex(_)
            | Value::String(_)
            | Value::RawString(_)
            | Value::Func(_)
            | Value::Object(_) => {
                let shown = format::to_text(&value);
                return Err(self.error(format_args!("range can't iterate over {shown}")));
            }
        }
        if let (false, Some(otherwise)) = (some, &branch.otherwise) {
            flow = self.list(dot, otherwise)?;
            // Go ends this range for a `break` in its `else` too.
            if flow == Flow::Break {
                flow = Flow::Next;
            }
        }
        self.forget(mark);
        Ok(flow)
    }

    /// Walks the body of a range once.
    fn iteration(&mut self, branch: &'t Branch, index: Value, item: &Dot) -> Result<Flow, Error> {
        self.context.meter.step(1)?;
        let mark = self.mark();
        let index = Dot { value: index, boxed: false, piece: item.piece.clone() };
        match (branch.pipe.variables.as_slice(), branch.pipe.assign) {
            ([], _) => {}
            ([only], true) => self.assign(*only, item.clone())?,
            ([_], false) => self.assign_top(1, item.clone()),
            ([first, second, ..], true) => {
                self.assign(*first, index)?;
                self.assign(*second, item.clone())?;
            }
            (_, false) => {
                self.assign_top(1, item.clone());
                self.assign_top(2, index);
            }
        }
        let flow = self.list(item, &branch.list)?;
        self.forget(mark);
        Ok(flow)
    }

    fn template(&mut self, dot: &Dot, name: &str, pipe: Option<&'t Pipe>) -> Result<(), Error> {
        let Some(tree) = self.context.set.get(name).map(Arc::clone) else {
            return Err(self.error(format_args!("template {} not defined", strconv::quote(name))));
        };
        if self.nested >= MAX_DEPTH {
            return Err(self.error(format_args!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        let (value, piece) = match pipe {
            Some(pipe) => self.traced(|state| state.pipeline(dot, pipe))?,
            None => (Value::NoValue, None),
        };
        let dot = Dot { value, boxed: false, piece };
        self.context.run(&tree, &dot, self.nested + 1, self.out)
    }
}
