//! Results by the digest of their input, within a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use weir_model::Digest;

/// Results by the digest of their input.
pub(crate) struct Table<T>(Mutex<BTreeMap<Digest, Arc<T>>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<T> Table<T> {
    /// Returns what is remembered.
    pub(crate) fn get(&self, key: &Digest) -> Option<Arc<T>> {
        // A table whose holder panicked is still a table of right results.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers a result; of two threads that made it the first is heard: they made the same.
    pub(crate) fn keep(&self, key: Digest, made: T) -> Arc<T> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(table.entry(key).or_insert_with(|| Arc::new(made)))
    }

    /// Returns what is remembered, or makes it.
    pub(crate) fn get_or_make(&self, key: Digest, make: impl FnOnce() -> T) -> Arc<T> {
        self.get(&key).unwrap_or_else(|| self.keep(key, make()))
    }
}
