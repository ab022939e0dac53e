//! The plan as data: its digest first, then units and objects.

use weir_model::{Diagnostic, Value};
use weir_plan::{Body, Plan, PlanObject, Unit, hide, hide_id};

use super::json::{identity, map};

/// Returns the plan as one value. `manifests` adds the objects in full, secrets hidden.
pub(crate) fn value(plan: &Plan, manifests: bool) -> Value {
    let units: Vec<Value> = plan.units.iter().map(|item| unit(item, manifests)).collect();
    map([("digest", Value::string(plan.digest.to_string())), ("units", units.into())])
}

fn unit(unit: &Unit, manifests: bool) -> Value {
    let mut entries = vec![
        ("kind", Value::from(unit.id.kind.as_str())),
        ("namespace", Value::string(unit.id.namespace.clone())),
        ("name", Value::string(unit.id.name.clone())),
        ("state", Value::from(state(&unit.body))),
    ];
    if unit.suspended {
        entries.push(("suspended", true.into()));
    }
    if !unit.after.is_empty() {
        let after: Vec<Value> = unit.after.iter().map(|id| Value::string(id.to_string())).collect();
        entries.push(("dependsOn", after.into()));
    }
    if let Some(source) = &unit.source {
        let source = [
            ("object", Value::string(source.id.to_string())),
            ("path", source.path.as_str().into()),
        ];
        entries.push(("source", map(source)));
    }
    if unit.origin.is_known() {
        entries.push(("origin", Value::string(unit.origin.to_string())));
    }
    match &unit.body {
        Body::Ready(objects) => {
            let objects: Vec<Value> = objects.iter().map(|item| object(item, manifests)).collect();
            entries.push(("objects", objects.into()));
        }
        Body::Waiting(reasons) | Body::Broken(reasons) => {
            let reasons: Vec<Value> = reasons.iter().map(reason).collect();
            entries.push(("reasons", reasons.into()));
        }
        Body::Same => {}
    }
    map(entries)
}

/// Returns the word for a unit's state.
pub(crate) fn state(body: &Body) -> &'static str {
    match body {
        Body::Ready(_) => "ready",
        Body::Waiting(_) => "waiting",
        Body::Broken(_) => "broken",
        Body::Same => "same",
    }
}

fn object(object: &PlanObject, manifests: bool) -> Value {
    let mut entries = identity(&hide_id(&object.id, &object.manifest));
    entries.push(("apiVersion", object.manifest.api_version().into()));
    entries.push(("digest", Value::string(object.public.to_string())));
    if object.provenance.origin.is_known() {
        entries.push(("origin", Value::string(object.provenance.origin.to_string())));
    }
    if !object.provenance.generated.is_empty() {
        let places = object.provenance.generated.iter();
        let places: Vec<Value> = places.map(|place| Value::from(place.as_str())).collect();
        entries.push(("generated", places.into()));
    }
    if manifests {
        entries.push(("manifest", hide(&object.manifest)));
    }
    map(entries)
}

fn reason(diagnostic: &Diagnostic) -> Value {
    Value::string(diagnostic.to_string())
}
