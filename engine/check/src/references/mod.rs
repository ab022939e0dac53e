//! References to objects that nothing makes.

mod made;
mod pods;
mod table;

use weir_model::{Origin, Value};
use weir_plan::Body;

use crate::index::{Index, Placed};
use crate::report::Finding;
use crate::rules;
use made::Made;
pub(crate) use pods::spec as pod_spec;

/// A reference from one object to another in the same namespace, or in none.
pub(crate) struct Reference<'a> {
    pub(crate) group: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    /// The key that must be there, of a ConfigMap or Secret.
    pub(crate) key: Option<&'a str>,
    pub(crate) field: String,
    pub(crate) at: Origin,
}

/// Checks the references of all objects.
pub(crate) fn check(index: &Index<'_>, found: &mut Vec<Finding>) {
    let made = Made::new(index);
    for placed in &index.objects {
        let mut references = Vec::new();
        pods::of(placed, &mut references);
        table::of(placed, &mut references);
        for reference in references {
            // A chart's own hooks often make a certificate, which no rendering shows.
            if reference.kind == "Secret" && made.with_jobs.contains(&placed.unit.id) {
                continue;
            }
            if let Some(finding) = problem(&reference, index, &made) {
                found.push(finding.in_unit(&placed.unit.id).of_object(&placed.object.id));
            }
        }
    }
}

fn problem(reference: &Reference<'_>, index: &Index<'_>, made: &Made<'_>) -> Option<Finding> {
    let Reference { group, kind, namespace, name, .. } = *reference;
    if name.is_empty() || name.contains("${") || made.has(group, kind, namespace, name) {
        return None;
    }
    // Kustomize gives a namespace also to what has none, where it does not know the kind.
    let anywhere = || index.of_kind(group, kind).find(|placed| placed.object.id.name == name);
    let found = index.find(group, kind, namespace, name);
    let Some(target) = found.or_else(|| anywhere().filter(|_| namespace.is_empty())) else {
        let whole = match namespace {
            "" => format!("{kind}/{name}"),
            namespace => format!("{kind}/{namespace}/{name}"),
        };
        let mut finding = Finding::new(
            rules::MISSING_REFERENCE,
            format!("refers to `{whole}`, which nothing in the repository makes"),
        )
        .field(reference.field.clone())
        .at(reference.at);
        if let Some(other) = anywhere().and_then(|placed| placed.namespace) {
            finding =
                finding.hint(format!("there is `{kind}/{other}/{name}`, in another namespace"));
        }
        let units = &index.plan.units;
        let unknown = units.iter().filter(|unit| !matches!(unit.body, Body::Ready(_))).count();
        if unknown > 0 {
            finding = finding
                .hint(format!("{unknown} units could not be rendered, one of which may make it"));
        }
        return Some(finding);
    };
    let key = reference.key.filter(|key| !has_key(target, key))?;
    let message = format!("`{kind}/{namespace}/{name}` has no key `{key}`");
    let mut finding =
        Finding::new(rules::MISSING_KEY, message).field(reference.field.clone()).at(reference.at);
    if let Some(origin) = Some(target.object.provenance.origin).filter(|origin| origin.is_known()) {
        finding = finding.cause(format!("it is made in {origin}"));
    }
    Some(finding)
}

fn has_key(target: &Placed<'_>, key: &str) -> bool {
    let value = target.value();
    ["data", "binaryData", "stringData"]
        .iter()
        .any(|field| value.pointer(&[field, key]).is_some())
        // Something may fill in what is empty here.
        || ["data", "binaryData", "stringData"]
            .iter()
            .all(|field| value.get(field).and_then(Value::as_map).is_none_or(weir_model::Map::is_empty))
}
