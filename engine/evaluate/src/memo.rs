//! What is remembered from one evaluation to the next.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use weir_flux::closure::References;
use weir_model::{Digest, Manifest, Tree};

use crate::rendering::Rendering;

/// Remembers results by the digests of their inputs, within a process. Any number of threads may share one.
#[derive(Default)]
pub struct Memo {
    /// What units gave, by their input.
    pub(crate) renderings: Table<Rendering>,
    /// Trees made of other trees: ignored, copied, included.
    pub(crate) trees: Table<Result<Tree, String>>,
    /// Objects that lie in the repository although no unit makes them, by the tree and the object's name.
    pub(crate) loose_objects: Table<Option<Arc<Manifest>>>,
    /// The texts of kustomization files that may be paths, by the files' digests.
    pub(crate) references: Table<References>,
    /// The digest of the files that a Kustomization's build may look at, by its tree and paths.
    pub(crate) closures: Table<Digest>,
    /// Whether a chart's templates may make Flux objects, by the digest of its tree.
    pub(crate) makes_flux_objects: Table<bool>,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

/// Results by the digest of their input.
pub(crate) struct Table<T>(Mutex<BTreeMap<Digest, Arc<T>>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<T> Table<T> {
    /// Returns what is remembered, or makes it. Two threads may both make it; they make the same.
    pub(crate) fn get_or_make(&self, key: Digest, make: impl FnOnce() -> T) -> Arc<T> {
        // A table whose holder panicked is still a table of right results.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(make());
            let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(table.entry(key).or_insert(made))
        })
    }
}
