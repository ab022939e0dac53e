//! The report of an apply for programs.

use weir_io_apply::{ObjectReport, Report, UnitOutcome, UnitReport};
use weir_model::Value;
use weir_plan::Plan;

use super::json::{identity, map};

/// Returns the report as one value, with the digest of the plan that was applied.
pub(crate) fn value(report: &Report, plan: &Plan) -> Value {
    map([
        ("plan", Value::string(plan.digest.to_string())),
        ("requests", Value::from(i64::try_from(report.requests).unwrap_or(i64::MAX))),
        ("units", units(&report.units)),
    ])
}

/// Returns the units of a report.
pub(crate) fn units(units: &[UnitReport]) -> Value {
    units.iter().map(unit).collect::<Vec<_>>().into()
}

fn unit(unit: &UnitReport) -> Value {
    let outcome = match unit.outcome {
        UnitOutcome::Done => "done",
        UnitOutcome::Failed => "failed",
        UnitOutcome::Skipped => "skipped",
    };
    let notes: Vec<Value> = unit.notes.iter().map(|note| note.as_str().into()).collect();
    map([
        ("kind", Value::from(unit.id.kind.as_str())),
        ("namespace", Value::string(unit.id.namespace.clone())),
        ("name", Value::string(unit.id.name.clone())),
        ("outcome", outcome.into()),
        ("notes", notes.into()),
        ("objects", unit.objects.iter().map(object).collect::<Vec<_>>().into()),
    ])
}

fn object(object: &ObjectReport) -> Value {
    let mut entries = identity(&object.id);
    entries.push(("outcome", object.outcome.word().into()));
    let why = object.outcome.why();
    if !why.is_empty() {
        entries.push(("why", Value::string(why)));
    }
    if let Some(hint) = object.outcome.hint() {
        entries.push(("hint", hint.into()));
    }
    if object.origin.is_known() {
        entries.push(("origin", Value::string(object.origin.to_string())));
    }
    map(entries)
}
