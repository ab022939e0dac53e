//! The objects of a release's manifest, with their places in the cluster.

use weir_model::{Manifest, Map, SmolStr, Source, Value};

use crate::target::{Place, Target};

/// The label that says who manages an object, and what Helm writes there.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "Helm");
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// One object of a release.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// Which release objects belong to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
}

impl Item {
    /// Returns the group, version and kind in Go's form, as Helm's errors have them.
    pub(super) fn gvk(&self) -> String {
        let api_version = self.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let kind = &self.place.id.kind;
        if api_version.contains('/') {
            format!("{api_version}, Kind={kind}")
        } else {
            format!("/{api_version}, Kind={kind}")
        }
    }

    /// Returns `namespace/name`, as Helm's errors have it.
    pub(super) fn full_name(&self) -> String {
        let id = &self.place.id;
        format!("{}/{}", id.namespace.as_deref().unwrap_or_default(), id.name)
    }

    /// Tells whether two items are the same object, in whatever version.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.place.id == other.place.id
    }
}

/// Reads the objects of a manifest; lists give their elements. An object that names no namespace gets the release's.
///
/// Fails on what is no object and on kinds that the cluster does not serve.
pub(super) fn items(manifest: &str, namespace: &str, target: &Target) -> Result<Vec<Item>, String> {
    values(manifest)?.into_iter().map(|value| item(value, namespace, target)).collect()
}

/// Reads the objects of a manifest; lists give their elements, and documents without content nothing.
pub(super) fn values(manifest: &str) -> Result<Vec<Value>, String> {
    let documents = weir_yaml::read_values(manifest.as_bytes(), Source::default())
        .map_err(|error| format!("the manifest cannot be read: {}", error.message))?;
    let mut values = Vec::new();
    for value in documents {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        let elements =
            value.get("items").and_then(Value::as_list).filter(|_| kind.ends_with("List"));
        if let Some(elements) = elements {
            values.extend(elements.iter().cloned());
        } else if !value.is_null() && !value.as_map().is_some_and(Map::is_empty) {
            values.push(value);
        }
    }
    Ok(values)
}

/// Finds the place of an object.
pub(super) fn item(value: Value, namespace: &str, target: &Target) -> Result<Item, String> {
    let mut manifest = Manifest::new(value).map_err(|error| error.to_string())?;
    let (group, version, kind) = (manifest.group(), manifest.version(), manifest.kind());
    let Some(resource) = target.resources.of(group, version, kind) else {
        let (name, api_version) = (manifest.name(), manifest.api_version());
        return Err(format!(
            "resource mapping not found for name: \"{name}\" namespace: \"{}\" from \"\": no matches for kind \"{kind}\" in version \"{api_version}\"\nensure CRDs are installed first",
            manifest.namespace().unwrap_or_default()
        ));
    };
    if resource.namespaced && manifest.namespace().is_none_or(str::is_empty) {
        manifest.set_namespace(namespace);
    }
    let place = target.place(&manifest)?;
    Ok(Item { place, value: manifest.into_value() })
}

/// Marks an object as a release's, as Helm does.
pub(super) fn mark(item: &mut Item, owner: Owner<'_>) {
    let set = |value: &mut Value, place: &str, key: &str, text: &str| {
        let Some(metadata) = value.as_map_mut().map(|map| map.entry("metadata")) else { return };
        let Some(metadata) = metadata.as_map_mut() else { return };
        let entries = metadata.entry(place);
        if entries.as_map().is_none() {
            *entries = Value::map(Map::new());
        }
        if let Some(entries) = entries.as_map_mut() {
            entries.insert(SmolStr::new(key), text.into());
        }
    };
    set(&mut item.value, "labels", MANAGED_BY.0, MANAGED_BY.1);
    set(&mut item.value, "annotations", RELEASE_NAME, owner.name);
    set(&mut item.value, "annotations", RELEASE_NAMESPACE, owner.namespace);
}

/// Says why an object does not belong to a release; nothing when it does.
pub(super) fn disowned(live: &Value, owner: Owner<'_>) -> Option<String> {
    let wanted = [
        ("labels", "label", MANAGED_BY.0, MANAGED_BY.1),
        ("annotations", "annotation", RELEASE_NAME, owner.name),
        ("annotations", "annotation", RELEASE_NAMESPACE, owner.namespace),
    ];
    let problems: Vec<String> = wanted
        .iter()
        .filter_map(|(place, what, key, text)| {
            match live.pointer(&["metadata", place, key]).and_then(Value::as_str) {
                None => Some(format!(
                    "{what} validation error: missing key \"{key}\": must be set to \"{text}\""
                )),
                Some(there) if there != *text => Some(format!(
                    "{what} validation error: key \"{key}\" must equal \"{text}\": current value is \"{there}\""
                )),
                Some(_) => None,
            }
        })
        .collect();
    (!problems.is_empty()).then(|| format!("invalid ownership metadata; {}", problems.join("; ")))
}

/// Tells whether an object is to be kept when its release lets it go.
pub(super) fn is_kept(object: &Value) -> bool {
    object
        .pointer(&["metadata", "annotations", "helm.sh/resource-policy"])
        .and_then(Value::as_str)
        .is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap()
    }

    #[test]
    fn an_object_belongs_to_one_release() {
        let owner = Owner { name: "web", namespace: "apps" };
        for (metadata, problem) in [
            (
                "{labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: apps}}",
                "",
            ),
            (
                "{labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: other, meta.helm.sh/release-namespace: apps}}",
                "must equal \"web\": current value is \"other\"",
            ),
            ("{name: x}", "missing key \"app.kubernetes.io/managed-by\""),
        ] {
            let said = disowned(&value(&format!("{{metadata: {metadata}}}")), owner);
            assert_eq!(said.is_none(), problem.is_empty(), "{metadata}");
            assert!(said.unwrap_or_default().contains(problem), "{metadata}");
        }
    }

    #[test]
    fn what_is_marked_belongs() {
        let owner = Owner { name: "web", namespace: "apps" };
        let place = Place {
            id: weir_model::ObjectId::new("", "ConfigMap", Some("apps"), "a"),
            path: String::new(),
        };
        let mut item = Item {
            place,
            value: value("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: null}}"),
        };
        mark(&mut item, owner);
        assert_eq!(disowned(&item.value, owner), None);
        assert_eq!(item.gvk(), "/v1, Kind=ConfigMap");
        assert_eq!(item.full_name(), "apps/a");
    }

    #[test]
    fn a_policy_keeps_objects() {
        assert!(is_kept(&value("{metadata: {annotations: {helm.sh/resource-policy: Keep}}}")));
        assert!(!is_kept(&value("{metadata: {annotations: {}}}")));
    }
}
