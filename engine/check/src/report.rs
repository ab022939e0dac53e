//! What a check gives.

use std::collections::BTreeMap;

use weir_model::{Diagnostic, ObjectId, Origin, Severity};
use weir_plan::UnitId;

use crate::rules::Rule;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, or the code of the diagnostic that rendering gave.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The unit that it is about.
    pub unit: Option<UnitId>,
    /// The object that it is about.
    pub object: Option<ObjectId>,
    /// The field, as `spec.containers[0].image`; empty when it is about the whole object.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Origin,
    /// The chain of causes, outermost first.
    pub causes: Vec<String>,
    /// What to try.
    pub hints: Vec<String>,
    /// Why this is not counted, as the ignore list says.
    pub ignored: Option<String>,
}

impl Finding {
    /// Makes a finding of a rule.
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule: rule.name,
            severity: rule.severity,
            unit: None,
            object: None,
            field: String::new(),
            message: message.into(),
            at: Origin::default(),
            causes: Vec::new(),
            hints: Vec::new(),
            ignored: None,
        }
    }

    /// Takes over what rendering a unit found.
    pub(crate) fn of_diagnostic(diagnostic: &Diagnostic, unit: Option<&UnitId>) -> Self {
        Self {
            rule: diagnostic.code,
            severity: diagnostic.severity,
            unit: unit.cloned(),
            object: None,
            field: String::new(),
            message: diagnostic.message.clone(),
            at: diagnostic.at,
            causes: diagnostic.causes.clone(),
            hints: diagnostic.hints.clone(),
            ignored: None,
        }
    }

    pub(crate) fn in_unit(mut self, unit: &UnitId) -> Self {
        self.unit = Some(unit.clone());
        self
    }

    pub(crate) fn of_object(mut self, object: &ObjectId) -> Self {
        self.object = Some(object.clone());
        self
    }

    pub(crate) fn at(mut self, origin: Origin) -> Self {
        self.at = origin;
        self
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// How one unit fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitResult {
    /// Which one.
    pub id: UnitId,
    /// Where its Flux object was read.
    pub origin: Origin,
    /// `ready`, `waiting` or `broken`.
    pub state: &'static str,
    /// How many objects it makes.
    pub objects: usize,
    /// How many of them were checked against a schema.
    pub checked: usize,
}

/// What a check gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The version of Kubernetes whose schemas were used.
    pub kube_version: String,
    /// Why it is that one.
    pub kube_version_reason: String,
    /// The units in the order of their ids.
    pub units: Vec<UnitResult>,
    /// What is wrong: by unit, object and field.
    pub findings: Vec<Finding>,
    /// How many objects of each `apiVersion` and kind could not be checked, because there is no schema for it.
    pub without_schema: BTreeMap<(String, String), usize>,
}

impl Report {
    /// Returns the findings that count.
    pub fn counted(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.ignored.is_none())
    }

    /// Counts the findings of a severity that are not ignored.
    pub fn count(&self, severity: Severity) -> usize {
        self.counted().filter(|finding| finding.severity == severity).count()
    }
}
