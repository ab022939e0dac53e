//! What an API server serves: each kind with the path of its objects.

use std::collections::BTreeMap;
use std::fmt::Write;

use weir_model::{ObjectId, SmolStr, Value};

/// A kind as one version of the API serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The group; empty for the core group.
    pub group: SmolStr,
    /// The version.
    pub version: SmolStr,
    /// The kind.
    pub kind: SmolStr,
    /// The name in paths, such as `deployments`.
    pub plural: SmolStr,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with its objects, such as `list`.
    pub verbs: Vec<SmolStr>,
}

impl Resource {
    /// Returns `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Tells whether a verb is served.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// Returns the path of all objects, or of those of one namespace.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str("/namespaces/");
            escape(namespace, &mut path);
        }
        path.push('/');
        path.push_str(&self.plural);
        path
    }

    /// Returns the path of one object. The namespace of a kind without namespaces is left out.
    pub fn object_path(&self, id: &ObjectId) -> String {
        let mut path = self.path(id.namespace.as_deref());
        path.push('/');
        escape(&id.name, &mut path);
        path
    }
}

/// Everything that an API server serves.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// The versions of each kind, the preferred one first.
    kinds: BTreeMap<(SmolStr, SmolStr), Vec<Resource>>,
}

impl Resources {
    /// Reads the lists that `/api` and `/apis` answer in their aggregated form.
    pub(crate) fn read(lists: &[Value]) -> Self {
        let mut found = Self::default();
        for group in lists.iter().filter_map(|list| list.get("items")?.as_list()).flatten() {
            let name = group.pointer(&["metadata", "name"]).and_then(Value::as_str);
            for version in items(group, "versions") {
                for served in items(version, "resources") {
                    found.add(name.unwrap_or_default(), text(version, "version"), served);
                }
            }
        }
        found
    }

    fn add(&mut self, group: &str, version: &str, served: &Value) {
        let kind = served.get("responseKind").map_or("", |of| text(of, "kind"));
        let verbs: Vec<SmolStr> =
            items(served, "verbs").iter().filter_map(Value::as_str).map(Into::into).collect();
        // What cannot be read is no object, such as a review.
        if kind.is_empty() || !verbs.iter().any(|verb| verb == "get") {
            return;
        }
        self.kinds.entry((group.into(), kind.into())).or_default().push(Resource {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: text(served, "resource").into(),
            namespaced: text(served, "scope") == "Namespaced",
            verbs,
        });
    }

    /// Returns a kind in the version that is asked for.
    pub fn of(&self, group: &str, version: &str, kind: &str) -> Option<&Resource> {
        self.versions(group, kind).iter().find(|resource| resource.version == version)
    }

    /// Returns a kind in the version that the server prefers.
    pub fn preferred(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.versions(group, kind).first()
    }

    /// Returns all kinds in all versions, sorted by group and kind.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        self.kinds.values().flatten()
    }

    fn versions(&self, group: &str, kind: &str) -> &[Resource] {
        self.kinds.get(&(group.into(), kind.into())).map_or(&[], Vec::as_slice)
    }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Adds a name to a path so that it stays one step of it, whatever it holds.
fn escape(name: &str, path: &mut String) {
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                path.push(byte.into());
            }
            // Writing to a text cannot fail.
            _ => write!(path, "%{byte:02X}").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn kinds_are_found_with_their_paths() {
        let list = weir_yaml::json::read(
            br#"{"items":[
                {"metadata":{},"versions":[{"version":"v1","resources":[
                    {"resource":"configmaps","responseKind":{"kind":"ConfigMap"},"scope":"Namespaced","verbs":["get","list"]},
                    {"resource":"bindings","responseKind":{"kind":"Binding"},"scope":"Namespaced","verbs":["create"]}]}]},
                {"metadata":{"name":"rbac.authorization.k8s.io"},"versions":[
                    {"version":"v1","resources":[{"resource":"clusterroles","responseKind":{"kind":"ClusterRole"},"scope":"Cluster","verbs":["get"]}]},
                    {"version":"v1beta1","resources":[{"resource":"clusterroles","responseKind":{"kind":"ClusterRole"},"scope":"Cluster","verbs":["get"]}]}]}]}"#,
            Source::default(),
        )
        .unwrap();
        let resources = Resources::read(&[list]);
        assert_eq!(resources.all().count(), 3);
        assert!(resources.preferred("", "Binding").is_none());
        let map = resources.of("", "v1", "ConfigMap").unwrap();
        assert!(map.can("list") && !map.can("delete"));
        let id = ObjectId::new("", "ConfigMap", Some("a"), "b/../c");
        assert_eq!(map.object_path(&id), "/api/v1/namespaces/a/configmaps/b%2F..%2Fc");
        let role = resources.preferred("rbac.authorization.k8s.io", "ClusterRole").unwrap();
        let id = ObjectId::new("rbac.authorization.k8s.io", "ClusterRole", Some("x"), "system:a");
        assert_eq!(
            role.object_path(&id),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a"
        );
    }
}
