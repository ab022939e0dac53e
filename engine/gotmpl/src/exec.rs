//! Running templates.

mod call;
mod cost;
mod eval;
mod field;
mod state;
mod walk;

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use state::{Dot, State, Variable};
use weir_golang::strconv;
use weir_model::Meter;

use crate::parse::Tree;
use crate::trace::Piece;
use crate::{Error, Functions, Output, Set, Value};

/// What a missing key of a map gives: Go's `missingkey` option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value (`default`, `invalid`).
    #[default]
    Invalid,
    /// The zero of the map's element type (`zero`).
    Zero,
    /// An error (`error`).
    Error,
}

/// What a running template has at hand; functions get it to look further or to run templates themselves.
pub struct Context<'a> {
    set: Arc<Set>,
    functions: &'a Functions,
    missing_key: MissingKey,
    meter: &'a mut Meter,
    host: &'a dyn Any,
    /// Templates within templates and functions, however they came to be run.
    depth: u32,
    /// The variables of all running templates.
    variables: Vec<Variable>,
    /// What was read and run for what is being evaluated, when it is traced.
    trace: Option<Box<Piece>>,
}

impl<'a> Context<'a> {
    /// Makes a context. The `host` is whatever the functions of the caller need ([`Context::host`]); `&()` when nothing.
    pub fn new(
        set: &Arc<Set>,
        functions: &'a Functions,
        missing_key: MissingKey,
        meter: &'a mut Meter,
        host: &'a dyn Any,
    ) -> Self {
        Self {
            set: Arc::clone(set),
            functions,
            missing_key,
            meter,
            host,
            depth: 0,
            variables: Vec::new(),
            trace: None,
        }
    }

    /// Remembers from now on where output comes from, for [`Output::trace`].
    pub fn trace(&mut self) {
        self.trace = Some(Box::default());
    }

    /// Gives the bytes out that a function's run of a template wrote; what the function returns came from there.
    pub fn ran(&mut self, template: &str, output: Output) -> Vec<u8> {
        let Some(trace) = &mut self.trace else { return output.into_bytes() };
        let bytes = output.as_bytes().to_vec();
        trace.ran(template, Rc::new(output));
        bytes
    }

    /// Executes a template of the current set into `out`, which on error holds what was written before.
    ///
    /// Refuses, with Go's text, what Go refuses; and what goes beyond the meter's bounds ([`Error::exhausted`]).
    pub fn execute(&mut self, name: &str, data: &Value, out: &mut Output) -> Result<(), Error> {
        let Some(tree) = self.set.get(name).cloned() else {
            let name = strconv::quote(name);
            let set = strconv::quote(self.set.name());
            return Err(Error::new(format!(
                "template: no template {name} associated with template {set}"
            )));
        };
        // At the top, Go sees the value itself, not an interface that holds it.
        let value = if matches!(data, Value::Nil) { Value::NoValue } else { data.clone() };
        self.run(&tree, &Dot::plain(value), 0, out)
    }

    /// Executes a template of another set, which is the current one meanwhile: Helm's `tpl`.
    pub fn execute_in(
        &mut self,
        set: &Arc<Set>,
        name: &str,
        data: &Value,
        out: &mut Output,
    ) -> Result<(), Error> {
        let outer = std::mem::replace(&mut self.set, Arc::clone(set));
        let result = self.execute(name, data, out);
        self.set = outer;
        result
    }

    /// Returns the current set.
    pub fn set(&self) -> &Arc<Set> {
        &self.set
    }

    /// Returns the functions, to parse further templates with.
    pub fn functions(&self) -> &'a Functions {
        self.functions
    }

    /// Returns the meter, to count work with.
    pub fn meter(&mut self) -> &mut Meter {
        self.meter
    }

    /// Counts a step for each value inside one, as each call of a [deep](crate::Function::deep) function does.
    pub fn count_inside(&mut self, value: &Value) -> Result<(), Error> {
        Ok(cost::deep(self.meter, value)?)
    }

    /// Returns the host, when it is of this type.
    pub fn host<T: 'static>(&self) -> Option<&'a T> {
        self.host.downcast_ref()
    }

    /// Runs a template; `nested` counts the `{{template}}`s around it.
    fn run(&mut self, tree: &Tree, dot: &Dot, nested: u32, out: &mut Output) -> Result<(), Error> {
        self.depth += 1;
        let base = self.variables.len();
        self.variables.push(Variable { id: 0, value: dot.clone() });
        let result = match self.meter.depth(self.depth) {
            Err(exhausted) => Err(exhausted.into()),
            Ok(()) => stacker::maybe_grow(128 << 10, 2 << 20, || {
                let file = out.template(&tree.file);
                State::new(self, tree, file, base, nested, out).list(dot, &tree.root).map(|_| ())
            }),
        };
        self.variables.truncate(base);
        self.depth -= 1;
        result
    }
}
