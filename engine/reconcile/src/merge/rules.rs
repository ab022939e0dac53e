//! How the fields of a kind are merged.

use weir_kustomize::schema::{Schema, Type};
use weir_model::{SmolStr, Value};

/// Fields of which a merge keeps only the keys that are wanted: they hold one of several alternatives.
const RETAINED: &[&str] = &["strategy", "volumes"];

/// Lists of pods that are younger than the table of schemas, all merged by `name`, and whether they retain keys.
const YOUNGER: &[(&str, bool)] = &[("resourceClaims", true), ("schedulingGates", false)];

/// Types whose lists and maps are all known: their names, a field that tells them, and the lists and maps that are younger
/// than the table.
const PODS: &[(&str, &str, &[&str])] = &[
    (
        "PodSpec",
        "containers",
        &["os", "resourceClaims", "resources", "schedulingGates", "schedulingGroup", "workloadRef"],
    ),
    ("Container", "imagePullPolicy", &["resizePolicy", "restartPolicyRules"]),
];

/// What is known of one place of an object; of a place that is not known lists are replaced and maps merged.
#[derive(Clone)]
pub(super) struct Rules<'a> {
    schema: &'a Schema,
    place: Option<Type>,
}

/// What is known of one field.
pub(super) struct Field<'a> {
    /// What is below: the fields of the map, or of the list's elements.
    pub(super) below: Rules<'a>,
    /// The key by which a list is merged: nothing when it is replaced, empty for a list of plain values.
    pub(super) key: Option<SmolStr>,
    /// Whether keys that are not wanted go.
    pub(super) retains: bool,
}

impl<'a> Rules<'a> {
    /// Returns the rules of an object's kind.
    pub(super) fn of(schema: &'a Schema, object: &Value) -> Self {
        let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
        Self { schema, place: schema.of_kind(text("apiVersion"), text("kind")) }
    }

    /// Returns the rules of a field.
    pub(super) fn field(&self, name: &str) -> Field<'a> {
        let found = self.place.as_ref().and_then(|place| self.schema.field(place, name));
        let keys = found.as_ref().and_then(Type::merge_keys);
        let key = keys.map(|keys| keys.into_iter().next().unwrap_or_default());
        let items = found.as_ref().and_then(|found| self.schema.items(found));
        let younger = YOUNGER.iter().find(|(young, _)| *young == name && self.is_pod());
        if let Some((_, retains)) = younger {
            let below = Self { schema: self.schema, place: None };
            return Field { below, key: Some("name".into()), retains: *retains };
        }
        let retains = RETAINED.contains(&name) && found.is_some();
        let below = Self { schema: self.schema, place: items.or(found) };
        Field { below, key, retains }
    }

    /// Returns the name of the type that has no such field, where the table of schemas is known to be complete: in pods and
    /// containers. Elsewhere a field that is not known may be younger than the table.
    pub(super) fn lacks(&self, name: &str) -> Option<&'static str> {
        let place = self.place.as_ref()?;
        if self.schema.field(place, name).is_some() {
            return None;
        }
        let has = |name: &str| self.schema.field(place, name).is_some();
        PODS.iter()
            .find(|(_, told_by, later)| has(told_by) && !later.contains(&name))
            .map(|(of, ..)| *of)
    }

    /// Tells whether this is the `spec` of a pod.
    fn is_pod(&self) -> bool {
        self.place.as_ref().is_some_and(|place| self.schema.field(place, "containers").is_some())
    }
}
