//! Go slices.

use std::ops::Deref;
use std::rc::Rc;

use smol_str::SmolStr;

use super::{Type, Value, dismantle};

/// A Go slice: shared, and never changed in place, since no template function does that.
#[derive(Clone)]
pub struct List(Rc<ListData>);

struct ListData {
    element: &'static Type,
    nil: bool,
    items: Vec<Value>,
}

impl List {
    /// Makes a `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(&Type::Any, items)
    }

    /// Makes a slice of this element type; the items must be of it.
    pub fn typed(element: &'static Type, items: Vec<Value>) -> Self {
        Self(Rc::new(ListData { element, nil: false, items }))
    }

    /// Makes a `[]string`.
    pub fn strings<T: Into<SmolStr>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::typed(&Type::String, items.into_iter().map(Value::string).collect())
    }

    /// Makes the nil slice of this element type.
    pub fn nil(element: &'static Type) -> Self {
        Self(Rc::new(ListData { element, nil: true, items: Vec::new() }))
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Returns the element type.
    pub fn element(&self) -> &'static Type {
        self.0.element
    }

    /// Tells whether nobody else holds the slice.
    pub(crate) fn is_unshared(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }

    /// Adds an item that is of the element type; the slices of others stay as they are.
    pub fn push(&mut self, item: Value) {
        match Rc::get_mut(&mut self.0) {
            Some(data) => data.items.push(item),
            None => {
                let mut items = self.0.items.clone();
                items.push(item);
                *self = Self::typed(self.0.element, items);
            }
        }
    }

    /// Tells whether this is the nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}

impl ListData {
    fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.items)
    }
}

impl Drop for ListData {
    fn drop(&mut self) {
        dismantle(self.take());
    }
}

impl List {
    /// Gives the items out when nobody else holds the slice, so that deep values come apart without recursion.
    pub(super) fn into_items(self) -> Vec<Value> {
        Rc::into_inner(self.0).map_or_else(Vec::new, |mut data| data.take())
    }
}
