//! What was done, object by object.

use weir_model::{ObjectId, Origin};
use weir_plan::UnitId;
use weir_reconcile::markers::Skip;
use weir_reconcile::prune::{Danger, Reason};

/// What an apply did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The units, in the order in which they were applied.
    pub units: Vec<UnitReport>,
    /// How many requests were sent to the API server.
    pub requests: u64,
}

/// What was done for one unit.
#[derive(Clone, Debug)]
pub struct UnitReport {
    /// Which one.
    pub id: UnitId,
    /// How it ended.
    pub outcome: UnitOutcome,
    /// Its objects: those applied in the order of applying, then those deleted in the order of deleting.
    pub objects: Vec<ObjectReport>,
    /// What went wrong, or is worth knowing, beside the objects.
    pub notes: Vec<String>,
}

/// How a unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitOutcome {
    /// All its objects are as wanted, and ready when the unit waits for them.
    Done,
    /// Something failed; the objects and notes say what.
    Failed,
    /// Nothing was done; the notes say why.
    Skipped,
}

/// What was done with one object.
#[derive(Clone, Debug)]
pub struct ObjectReport {
    /// Which one.
    pub id: ObjectId,
    /// Where it is written; unknown for objects that are in no plan any more.
    pub origin: Origin,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there and was made.
    Created,
    /// It was changed.
    Configured,
    /// It was deleted and made anew, as a field could not be changed.
    Recreated,
    /// It was as wanted.
    Unchanged,
    /// It was left alone.
    Skipped(Skip),
    /// It cannot be asked about before what it needs is there: a namespace or a definition of the same plan.
    Pending(String),
    /// It was deleted.
    Deleted,
    /// It was to be deleted, but was not there any more.
    Gone,
    /// It left the unit and stays in the cluster.
    Kept(Reason),
    /// It was not deleted, as that must be allowed first.
    Refused(Danger),
    /// Something failed.
    Failed(Failure),
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// On what and why.
    pub why: String,
    /// What to try, where something can be said.
    pub hint: Option<&'static str>,
}

impl Failure {
    /// Returns it as notes about a unit.
    pub(crate) fn notes(self) -> impl Iterator<Item = String> {
        [Some(self.why), self.hint.map(|hint| format!("hint: {hint}"))].into_iter().flatten()
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self { why, hint: None }
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.why
    }
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}

impl Outcome {
    /// Returns the word for it; the first ones are Flux's.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Recreated => "recreated",
            Self::Unchanged => "unchanged",
            Self::Skipped(_) => "skipped",
            Self::Pending(_) => "pending",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
            Self::Kept(_) => "kept",
            Self::Refused(_) => "not deleted",
            Self::Failed(_) => "failed",
        }
    }

    /// Says why, for people; empty when the word says it all.
    pub fn why(&self) -> String {
        match self {
            Self::Skipped(skip) => skip.as_str().to_owned(),
            Self::Pending(needs) => format!("needs {needs} first"),
            Self::Kept(Reason::NotOwned(Some(owner))) => format!("it belongs to {owner}"),
            Self::Kept(Reason::NotOwned(None)) => "it bears no owner's labels".to_owned(),
            Self::Kept(Reason::Marked(word)) => format!("it is marked {word}"),
            Self::Kept(Reason::Moved(unit)) => format!("it is part of {unit} now"),
            Self::Kept(Reason::NoAccount) => {
                "the account that applied it is not there any more".to_owned()
            }
            Self::Kept(Reason::NoPruning) => "the unit does not prune".to_owned(),
            Self::Refused(danger) => {
                format!("{}; allow it with `--allow {}`", danger.as_str(), danger.word())
            }
            Self::Failed(failure) => failure.why.clone(),
            Self::Created
            | Self::Configured
            | Self::Recreated
            | Self::Unchanged
            | Self::Deleted
            | Self::Gone => String::new(),
        }
    }

    /// Says what to try about a failure, where something can be said.
    pub fn hint(&self) -> Option<&'static str> {
        if let Self::Failed(failure) = self { failure.hint } else { None }
    }

    /// Tells whether the cluster was, or would be, changed.
    pub fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Created | Self::Configured | Self::Recreated | Self::Deleted | Self::Pending(_)
        )
    }

    /// Tells whether it keeps the unit from being done.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Refused(_))
    }
}

impl Report {
    /// Tells whether every unit is done.
    pub fn is_success(&self) -> bool {
        self.units.iter().all(|unit| unit.outcome == UnitOutcome::Done)
    }

    /// Counts the objects with this word.
    pub fn count(&self, word: &str) -> usize {
        let objects = self.units.iter().flat_map(|unit| &unit.objects);
        objects.filter(|object| object.outcome.word() == word).count()
    }
}

/// What happens during an apply, for whoever watches.
#[derive(Clone, Debug)]
pub enum Event {
    /// A unit begins.
    Unit(UnitId),
    /// A unit ends, or was left out.
    Done(UnitId, UnitOutcome),
    /// Something was done with an object.
    Object(UnitId, ObjectReport),
    /// Objects are waited for; each with what it lacks.
    Waiting(UnitId, Vec<(ObjectId, String)>),
}
