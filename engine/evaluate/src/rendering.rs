//! What rendering a unit gave.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{Diagnostic, Digest};
use weir_plan::{Body, PlanObject};

use crate::Demand;
use crate::blocked::{Blocked, Why};

/// What rendering a unit gave; remembered by the unit's input.
#[derive(Clone, Debug)]
pub(crate) struct Rendering {
    pub(crate) body: Body,
    /// What was found beside what the body says.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) demands: BTreeSet<Demand>,
}

/// A rendering that was just made, with what it was made from.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) rendering: Rendering,
    /// Single inputs, such as files, by names for people: they say what a changed key is about. No secrets among them.
    pub(crate) details: Vec<(String, Digest)>,
    /// Whether values from secrets went in, whether or not they came out.
    pub(crate) from_secrets: bool,
}

impl Rendering {
    /// A unit whose objects could be rendered; with an error among the diagnostics it is broken as a whole.
    pub(crate) fn of(objects: Vec<PlanObject>, diagnostics: Vec<Diagnostic>) -> Self {
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Blocked::broken(diagnostics).into();
        }
        Self { body: Body::Ready(Arc::new(objects)), diagnostics, demands: BTreeSet::new() }
    }

    /// What a unit gave before its snapshot was saved.
    pub(crate) fn recorded(body: Body) -> Self {
        Self { body, diagnostics: Vec::new(), demands: BTreeSet::new() }
    }

    /// Returns the objects; none when the unit is not ready.
    pub(crate) fn objects(&self) -> &[PlanObject] {
        if let Body::Ready(objects) = &self.body { objects } else { &[] }
    }
}

impl From<Blocked> for Rendering {
    fn from(blocked: Blocked) -> Self {
        let body = match blocked.why {
            Why::Absent | Why::Waiting => Body::Waiting(blocked.diagnostics),
            Why::Broken => Body::Broken(blocked.diagnostics),
        };
        Self { body, diagnostics: Vec::new(), demands: blocked.demands }
    }
}
