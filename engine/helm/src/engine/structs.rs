//! Go structs as templates see them: a table of fields, and their values.

use std::any::Any;
use std::rc::Rc;

use weir_gotmpl::{Function, Object, Value};
use weir_model::SmolStr;

/// A Go struct type.
pub(super) struct Shape {
    /// The type's name as `%T` shows it.
    pub(super) type_name: &'static str,
    /// The names of the fields, in order.
    pub(super) fields: &'static [&'static str],
    /// The names of the fields in JSON, and whether an empty one is left out there. JSON knows no field without a name.
    pub(super) tags: &'static [(&'static str, bool)],
    /// The methods.
    pub(super) methods: &'static [Function],
}

/// A Go struct.
pub(super) struct Struct {
    pub(super) shape: &'static Shape,
    pub(super) values: Vec<Value>,
    /// What the `String` method of a pointer to it says.
    pub(super) string: Option<SmolStr>,
}

impl Struct {
    /// Makes a struct; the values stand in the order of the shape's fields.
    pub(super) fn new(shape: &'static Shape, values: Vec<Value>) -> Self {
        Self { shape, values, string: None }
    }

    /// Makes a value of it.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

impl Object for Struct {
    fn type_name(&self) -> &'static str {
        self.shape.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        let index = self.shape.fields.iter().position(|field| *field == name)?;
        self.values.get(index).cloned()
    }

    fn fields(&self) -> &'static [&'static str] {
        self.shape.fields
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        self.shape.methods.iter().find(|method| method.name == name)
    }

    fn string_in_place(&self) -> Option<SmolStr> {
        self.string.clone()
    }

    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        let tags = self.shape.tags.iter().zip(&self.values);
        let kept = tags.filter(|((name, omit_empty), value)| {
            !name.is_empty() && (!*omit_empty || is_shown(value))
        });
        Some(kept.map(|((name, _), value)| (*name, value.clone())).collect())
    }
}

/// Tells whether `omitempty` keeps a value.
fn is_shown(value: &Value) -> bool {
    value.truth()
}
