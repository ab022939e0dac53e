//! What is remembered from one evaluation to the next, by the digests of what it was made from.
//!
//! A key holds all that a step reads: the step is handed nothing else (see [`inputs`]). So a memo is never out of date,
//! and whatever it lacks is made again. [`store`] says where results are kept between processes; [`explain`] tells what
//! was reused.

mod entry;
mod explain;
mod facts;
mod inputs;
mod shared;
mod store;
mod table;

use std::fmt;
use std::sync::Arc;

use weir_flux::closure::References;
use weir_model::{Digest, Manifest, SmolStr, Tree};
use weir_plan::{Body, UnitId};

use crate::rendering::{Made, Rendering};
use crate::units::Task;

pub use explain::{Reuse, UnitReuse};
pub(crate) use facts::{ClosureFacts, Facts};
pub(crate) use inputs::{Inputs, value_digest};
pub(crate) use shared::Shared;
pub use store::{MemoStore, NoStore, Privacy};
pub(crate) use table::Table;

use explain::Log;

/// Remembers results by the digests of their inputs. Any number of threads may share one.
pub struct Memo {
    store: Arc<dyn MemoStore>,
    log: Log,
    /// What units gave, by their input.
    renderings: Table<Rendering>,
    /// Trees made of other trees: ignored, copied, included.
    trees: Table<Result<Tree, String>>,
    /// What comes of sealed trees, by its digest.
    pub(crate) names: Facts<Result<Digest, String>>,
    /// Trees that were brought into memory, as long as someone uses them.
    pub(crate) opened: Shared<Tree>,
    /// Charts that were read, as long as someone uses them.
    pub(crate) charts: Shared<weir_helm::Chart>,
    /// Objects that lie in the repository although no unit makes them, by the tree and the object's name.
    pub(crate) loose_objects: Table<Option<Arc<Manifest>>>,
    /// The texts of kustomization files that may be paths, by the files' digests.
    pub(crate) references: Table<References>,
    /// What a Kustomization's build may look at, by its tree and paths.
    pub(crate) closures: Facts<ClosureFacts>,
    /// Whether a chart's templates may make Flux objects, by the digest of its tree.
    pub(crate) makes_flux_objects: Facts<bool>,
    /// Whether a chart's templates may look objects of the cluster up, by the digest of its tree.
    pub(crate) looks_up: Facts<bool>,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

impl Default for Memo {
    fn default() -> Self {
        Self::new(Arc::new(NoStore))
    }
}

impl Memo {
    /// Remembers in memory, and in a store between processes.
    pub fn new(store: Arc<dyn MemoStore>) -> Self {
        Self {
            store,
            log: Log::default(),
            renderings: Table::default(),
            trees: Table::default(),
            names: Facts::new("names"),
            opened: Shared::default(),
            charts: Shared::default(),
            loose_objects: Table::default(),
            references: Table::default(),
            closures: Facts::new("closures"),
            makes_flux_objects: Facts::new("makes-flux-objects"),
            looks_up: Facts::new("looks-up"),
        }
    }

    /// Returns a tree made of others, from memory or anew.
    pub(crate) fn tree(
        &self,
        key: Digest,
        make: impl FnOnce() -> Result<Tree, String>,
    ) -> Result<Arc<Tree>, String> {
        match &*self.trees.get_or_make(key, make) {
            Ok(tree) => Ok(Arc::new(tree.clone())),
            Err(message) => Err(message.clone()),
        }
    }

    /// Returns what a unit gave for the same inputs.
    pub(crate) fn recall(&self, id: &UnitId, task: &Task) -> Option<Arc<Rendering>> {
        if let Some(known) = self.renderings.get(&task.input) {
            return Some(known);
        }
        let kept = self.store.get(&entry::key(&task.input))?;
        let rendering = entry::read(&kept)?;
        self.log.reused(id, &task.input);
        Some(self.renderings.keep(task.input, rendering))
    }

    /// Remembers what a unit gave. What waits for something is not worth it: it is quickly made, and soon otherwise.
    pub(crate) fn remember(&self, id: &UnitId, task: &Task, made: Made) -> Arc<Rendering> {
        if matches!(made.rendering.body, Body::Waiting(_)) {
            return Arc::new(made.rendering);
        }
        let written =
            self.store.keeps().then(|| entry::write(&made, task.inputs.parts())).flatten();
        let rendering = match written {
            Some((bytes, privacy)) => {
                let bytes: Arc<[u8]> = bytes.into();
                self.store.put(&entry::key(&task.input), &bytes, privacy);
                // What is packed takes a tenth of the memory.
                entry::read(&bytes).unwrap_or(made.rendering)
            }
            None => made.rendering,
        };
        let parts = task.inputs.parts().iter().map(|(name, part)| (SmolStr::new(name), *part));
        let details = made.details.into_iter().map(|(name, part)| (SmolStr::new(name), part));
        self.log.made(id, &task.input, parts.chain(details).collect());
        self.renderings.keep(task.input, rendering)
    }
}
