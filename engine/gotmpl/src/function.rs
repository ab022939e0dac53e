//! Functions that templates call: one row each.
//!
//! To add a function, write its body and a row in a table:
//!
//! ```
//! use weir_gotmpl::{Function, Type, Value};
//!
//! const TABLE: &[Function] = &[
//!     Function::new("upper", &[Type::String], |_, args| Ok(args.text(0).to_uppercase().into())),
//!     Function::variadic("list", &[Type::Any], |_, args| Ok(Value::list(args.to_vec()))),
//! ];
//! ```
//!
//! The number and the types of the arguments are checked before the body runs, with Go's error texts, so the body may rely on them.
//! An error is given as `Err("why".into())`; the call puts `error calling NAME: ` in front. Go functions that panic do the same.

use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;

use crate::{Context, Error, List, Map, Object, Type, Value};

/// What a function does.
pub type Body = fn(&mut Context<'_>, &Args<'_>) -> Result<Value, Error>;

/// A function by its name, with the types of its parameters.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The parameters; when `variadic`, the last is the type of each further argument.
    pub params: &'static [Type],
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
    /// What it does.
    pub body: Body,
    /// Whether it goes through its arguments all the way down ([`Function::deep`]).
    pub(crate) deep: bool,
    pub(crate) special: Special,
}

/// What the call of one of Go's own functions has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    /// Arguments are evaluated until one is false.
    And,
    /// Arguments are evaluated until one is true.
    Or,
    /// The first argument is the function, and errors name it as it is written.
    Call,
    /// The indexes are refused when they are held by an interface: `slice` alone does not look into it.
    Slice,
}

impl Function {
    /// Makes a function with exactly these parameters.
    pub const fn new(name: &'static str, params: &'static [Type], body: Body) -> Self {
        Self { name, params, variadic: false, body, deep: false, special: Special::None }
    }

    /// Makes a function whose last parameter takes any number of arguments.
    pub const fn variadic(name: &'static str, params: &'static [Type], body: Body) -> Self {
        Self { name, params, variadic: true, body, deep: false, special: Special::None }
    }

    /// Says that the function goes through its arguments all the way down, as printing does. Then each call costs a step
    /// for each value inside them: a small value that holds another many times over would take forever.
    #[must_use]
    pub const fn deep(mut self) -> Self {
        self.deep = true;
        self
    }

    pub(crate) const fn special(mut self, special: Special) -> Self {
        self.special = special;
        self
    }

    /// Returns the number of parameters that are not variadic.
    pub(crate) fn fixed(&self) -> usize {
        self.params.len() - usize::from(self.variadic && !self.params.is_empty())
    }

    /// Returns the type of the parameter that takes this argument.
    pub(crate) fn param(&self, index: usize) -> Type {
        self.params.get(index).or_else(|| self.params.last()).copied().unwrap_or(Type::Any)
    }
}

/// The arguments of a call: as many and of such types as the function's row says.
pub struct Args<'a> {
    values: &'a [Value],
    receiver: Option<&'a Rc<dyn Object>>,
}

impl<'a> Args<'a> {
    pub(crate) fn new(values: &'a [Value]) -> Self {
        Self { values, receiver: None }
    }

    pub(crate) fn of(receiver: &'a Rc<dyn Object>, values: &'a [Value]) -> Self {
        Self { values, receiver: Some(receiver) }
    }

    /// Returns the object whose method is called.
    pub fn receiver<T: 'static>(&self) -> Option<&T> {
        self.receiver?.as_any().downcast_ref()
    }

    /// Returns an argument; [`Value::Nil`] beyond the last.
    pub fn value(&self, index: usize) -> &Value {
        const NIL: &Value = &Value::Nil;
        self.values.get(index).unwrap_or(NIL)
    }

    /// Returns a text; stray bytes become U+FFFD. Empty for what is no string.
    pub fn text(&self, index: usize) -> Cow<'_, str> {
        self.value(index).to_text().unwrap_or_default()
    }

    /// Returns the bytes of a string or `[]byte`. Empty for anything else.
    pub fn bytes(&self, index: usize) -> &[u8] {
        self.value(index).as_bytes().unwrap_or_default()
    }

    /// Returns a whole number; zero for what is none.
    pub fn int(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Int(value, _) => *value,
            Value::Uint(value, _) => value.cast_signed(),
            _ => 0,
        }
    }

    /// Returns a floating point number; zero for what is none.
    pub fn float(&self, index: usize) -> f64 {
        if let Value::Float(value, _) = self.value(index) { *value } else { 0.0 }
    }

    /// Returns a truth value; false for what is none.
    pub fn bool(&self, index: usize) -> bool {
        matches!(self.value(index), Value::Bool(true))
    }

    /// Returns a map; an empty one for what is none.
    pub fn map(&self, index: usize) -> Map {
        if let Value::Map(map) = self.value(index) { map.clone() } else { Map::new() }
    }

    /// Returns a list; an empty one for what is none.
    pub fn list(&self, index: usize) -> List {
        if let Value::List(list) = self.value(index) { list.clone() } else { List::new(Vec::new()) }
    }

    /// Returns the arguments from here on: those of a variadic parameter.
    pub fn rest(&self, from: usize) -> &[Value] {
        self.values.get(from..).unwrap_or_default()
    }
}

impl Deref for Args<'_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.values
    }
}

/// The functions a template may call, by name. Go's own ([`builtins`](crate::builtins)) are always among them.
#[derive(Clone, Default)]
pub struct Functions {
    /// By their names.
    all: Vec<Function>,
    /// Where those begin whose names begin with a byte, for each byte and one more.
    starts: Vec<usize>,
}

impl Functions {
    /// Gathers functions from tables; of two with one name the later stays.
    pub fn new(tables: &[&[Function]]) -> Self {
        let mut all: Vec<Function> = Vec::new();
        for table in [crate::builtins::TABLE].iter().chain(tables) {
            all.extend_from_slice(table);
        }
        // The sort is stable; of equal names the last is kept.
        all.sort_by_key(|function| function.name);
        all.reverse();
        all.dedup_by_key(|function| function.name);
        all.reverse();
        let first = |function: &Function| function.name.bytes().next().unwrap_or_default();
        let starts = (0..=256)
            .map(|byte: usize| all.partition_point(|function| usize::from(first(function)) < byte))
            .collect();
        Self { all, starts }
    }

    /// Finds a function.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.all.get(self.index(name)?)
    }

    /// Finds a function's place, which is quicker to come back to.
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        let byte = usize::from(name.bytes().next()?);
        let (start, end) = (*self.starts.get(byte)?, *self.starts.get(byte + 1)?);
        let near = self.all.get(start..end)?;
        let index = near.binary_search_by(|function| function.name.cmp(name)).ok()?;
        Some(start + index)
    }

    /// Returns the function at a place where it was when the template was parsed, or finds it again.
    pub(crate) fn at(&self, index: usize, name: &str) -> Option<&Function> {
        match self.all.get(index) {
            Some(function) if function.name == name => Some(function),
            _ => self.get(name),
        }
    }
}
