//! Where functions take time and randomness from: facts, since the engine has neither clock nor chance.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use weir_golang::regexp::{Regexp, RegexpError};
use weir_golang::time::Time;

use super::documents::Documents;
use crate::Facts;

/// What functions draw on beyond their arguments, for one rendering.
pub struct Sources {
    now: Time,
    entropy: RefCell<blake3::OutputReader>,
    generated: Cell<bool>,
    patterns: RefCell<BTreeMap<String, Result<Rc<Regexp>, RegexpError>>>,
    /// The YAML texts read.
    pub(super) documents: Documents,
}

/// How many compiled expressions are kept.
const PATTERNS: usize = 512;

impl Sources {
    /// Makes the sources of the facts: the same facts give the same values in the same order.
    pub fn new(facts: &Facts) -> Self {
        let stream = blake3::Hasher::new_keyed(&facts.entropy).finalize_xof();
        Self {
            now: Time::unix(facts.now, 0).in_zone(weir_golang::time::Zone::Local),
            entropy: RefCell::new(stream),
            generated: Cell::new(false),
            patterns: RefCell::default(),
            documents: Documents::default(),
        }
    }

    /// Tells whether anything was drawn: then what was made differs from run to run.
    pub fn generated(&self) -> bool {
        self.generated.get()
    }

    /// Returns the present.
    pub(super) fn now(&self) -> Time {
        self.generated.set(true);
        self.now.clone()
    }

    /// Fills a buffer with random bytes.
    pub(super) fn fill(&self, buffer: &mut [u8]) {
        self.generated.set(true);
        self.entropy.borrow_mut().fill(buffer);
    }

    /// Returns a random number below a bound above zero; all are as likely.
    pub(super) fn below(&self, bound: u64) -> u64 {
        let bound = bound.max(1);
        // Numbers in the incomplete last stretch would make small results likelier.
        let usable = u64::MAX - u64::MAX % bound;
        loop {
            let mut bytes = [0; 8];
            self.fill(&mut bytes);
            let number = u64::from_le_bytes(bytes);
            if number < usable {
                return number % bound;
            }
        }
    }

    /// Returns an expression that was compiled before, or what was wrong with it.
    pub(super) fn known_pattern(&self, pattern: &str) -> Option<Result<Rc<Regexp>, RegexpError>> {
        self.patterns.borrow().get(pattern).cloned()
    }

    /// Compiles an expression, and keeps it.
    pub(super) fn compile(&self, pattern: &str) -> Result<Rc<Regexp>, RegexpError> {
        let compiled = Regexp::compile(pattern).map(Rc::new);
        let mut patterns = self.patterns.borrow_mut();
        if patterns.len() >= PATTERNS {
            patterns.clear();
        }
        patterns.insert(pattern.to_owned(), compiled.clone());
        compiled
    }
}
