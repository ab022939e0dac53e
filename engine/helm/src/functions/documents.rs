//! YAML texts that were read before: charts built on a library read the same defaults again and again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use weir_model::{Source, Value};
use weir_yaml::YamlError;

/// The texts read in one rendering.
#[derive(Default)]
pub(super) struct Documents {
    read: RefCell<BTreeMap<Box<[u8]>, Value>>,
    bytes: Cell<usize>,
}

/// How many bytes of texts are kept.
const KEPT: usize = 8 << 20;

impl Documents {
    /// Reads a text, or takes what was read of it before.
    pub(super) fn read(&self, text: &[u8]) -> Result<Value, YamlError> {
        if let Some(value) = self.read.borrow().get(text) {
            return Ok(value.clone());
        }
        let value = weir_yaml::read_value(text, Source::default())?;
        let bytes = self.bytes.get() + text.len();
        if bytes <= KEPT {
            self.bytes.set(bytes);
            self.read.borrow_mut().insert(text.into(), value.clone());
        }
        Ok(value)
    }
}
