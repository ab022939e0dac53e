//! A diff for programs.

use weir_model::{Map, ObjectId, SmolStr, Value};
use weir_plan::{
    Action, Changes, FieldChange, ObjectChange, UnitChange, UnitState, field_changes, hide,
    hide_pair,
};

/// Returns the changes as one value, secrets hidden.
pub(crate) fn value(changes: &Changes) -> Value {
    let counts = changes.counts();
    let number = |count: usize| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let counts = map([
        ("added", number(counts.added)),
        ("changed", number(counts.changed)),
        ("removed", number(counts.removed)),
        ("moved", number(counts.moved)),
        ("unknown", number(counts.unknown)),
    ]);
    map([("counts", counts), ("units", changes.units.iter().map(unit).collect::<Vec<_>>().into())])
}

fn unit(unit: &UnitChange) -> Value {
    let mut entries = vec![
        ("kind", Value::from(unit.id.kind.as_str())),
        ("namespace", Value::string(unit.id.namespace.clone())),
        ("name", Value::string(unit.id.name.clone())),
        ("objects", unit.objects.iter().map(object).collect::<Vec<_>>().into()),
    ];
    let state = match &unit.state {
        UnitState::Kept => "changed",
        UnitState::Added => "added",
        UnitState::Removed => "removed",
        UnitState::Unknown { side, reasons } => {
            let reasons: Vec<Value> =
                reasons.iter().map(|reason| Value::string(reason.to_string())).collect();
            entries.push(("failedSide", Value::from(*side)));
            entries.push(("reasons", reasons.into()));
            "unknown"
        }
    };
    entries.push(("state", Value::from(state)));
    if let Some((before, after)) = &unit.chart {
        entries.push((
            "chart",
            map([("before", before.as_str().into()), ("after", after.as_str().into())]),
        ));
    }
    map(entries)
}

fn object(change: &ObjectChange) -> Value {
    let mut entries = identity(&change.id);
    let action = match &change.action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Remove => "remove",
        Action::Move { from } => {
            entries.push(("from", Value::string(from.to_string())));
            "move"
        }
    };
    entries.push(("action", action.into()));
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let (before, after) = hide_pair(before, after);
            let fields: Vec<Value> =
                field_changes(&before, &after).into_iter().map(field).collect();
            entries.push(("fields", fields.into()));
        }
        (None, Some(after)) => entries.push(("object", hide(after))),
        _ => {}
    }
    map(entries)
}

fn field(change: FieldChange) -> Value {
    let mut entries = vec![("path", Value::string(change.path))];
    entries.extend(change.before.map(|value| ("before", value)));
    entries.extend(change.after.map(|value| ("after", value)));
    map(entries)
}

/// Returns the entries that name an object.
pub(crate) fn identity(id: &ObjectId) -> Vec<(&'static str, Value)> {
    let mut entries = vec![
        ("group", Value::string(id.group.clone())),
        ("kind", Value::string(id.kind.clone())),
        ("name", Value::string(id.name.clone())),
    ];
    entries.extend(id.namespace.clone().map(|namespace| ("namespace", Value::string(namespace))));
    entries
}

/// Makes a map of these entries.
pub(crate) fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::map(
        entries.into_iter().map(|(key, value)| (SmolStr::new_static(key), value)).collect::<Map>(),
    )
}
