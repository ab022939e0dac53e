//! What Helm's functions need beyond their arguments, and what they leave behind.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use weir_gotmpl::Set;
use weir_model::{ObjectId, SmolStr};

use crate::Facts;
use crate::functions::Sources;

/// What Helm's functions need beyond their arguments, and what they leave behind. One for each rendering.
pub(crate) struct Host {
    /// What is known of the world.
    pub(crate) facts: Facts,
    /// How many runs of each template `include` has begun and not ended.
    pub(crate) included: RefCell<BTreeMap<SmolStr, u32>>,
    /// The texts that `tpl` has parsed, by the set they stand on and the text.
    pub(crate) parsed: RefCell<BTreeMap<(usize, SmolStr), Arc<Set>>>,
    /// The time and randomness that functions draw on.
    pub(crate) sources: Sources,
    /// The objects that `lookup` was asked for and that are not known.
    pub(crate) unknown: RefCell<Vec<ObjectId>>,
}

impl Host {
    /// Makes the host of a rendering.
    pub(crate) fn new(facts: &Facts) -> Self {
        Self {
            facts: facts.clone(),
            included: RefCell::default(),
            parsed: RefCell::default(),
            sources: Sources::new(facts),
            unknown: RefCell::default(),
        }
    }
}
