//! Why something could not be had.

use std::collections::BTreeSet;

use weir_model::Diagnostic;

use crate::Demand;

/// What kind of obstacle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// An object is named that is not there (yet): another unit may still bring it.
    Absent,
    /// Something must be fetched, or cannot be.
    Waiting,
    /// The input is wrong.
    Broken,
}

/// Why something could not be had, and what would help.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    pub(crate) why: Why,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) demands: BTreeSet<Demand>,
}

impl Blocked {
    pub(crate) fn absent(diagnostic: Diagnostic) -> Self {
        Self { why: Why::Absent, diagnostics: vec![diagnostic], demands: BTreeSet::new() }
    }

    pub(crate) fn waiting(diagnostic: Diagnostic) -> Self {
        Self { why: Why::Waiting, diagnostics: vec![diagnostic], demands: BTreeSet::new() }
    }

    pub(crate) fn broken(diagnostics: Vec<Diagnostic>) -> Self {
        Self { why: Why::Broken, diagnostics, demands: BTreeSet::new() }
    }

    pub(crate) fn demanding(demand: Demand, diagnostic: Diagnostic) -> Self {
        Self { demands: BTreeSet::from([demand]), ..Self::waiting(diagnostic) }
    }
}
