//! What OpenAPI documents say about merging lists and about scope.
//!
//! The built-in facts are those of Kubernetes 1.21.2, which kustomize 5.8 holds: a static table that is searched, never
//! parsed. A build may bring a document of its own.

mod builtin;
mod custom;
#[rustfmt::skip]
mod table;

use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::Value;

use custom::Document;

/// Scopes that kustomize knows beyond its document.
const LATER_SCOPES: &[(&str, &str, bool)] = &[
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", false),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", false),
];

/// How many definitions may stand for one another in a row.
const REFERENCES: u32 = 100;

/// The schemas of a build.
#[derive(Clone, Debug)]
pub struct Schema {
    own: Option<Arc<Document>>,
    builtin: bool,
}

impl Default for Schema {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Schema {
    /// Returns the built-in schemas.
    pub fn builtin() -> Self {
        Self { own: None, builtin: true }
    }

    /// Returns the schemas of a build's own OpenAPI document (`openapi.path`), which stand in for the built-in ones,
    /// or beside them.
    pub fn custom(document: &Value, beside_builtin: bool) -> Self {
        Self { own: Some(Arc::new(Document::read(document))), builtin: beside_builtin }
    }

    /// Tells whether objects of this kind live in namespaces; nothing when the kind is not known.
    pub fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        builtin::scope(api_version, kind)
            .or_else(|| {
                let row = LATER_SCOPES
                    .iter()
                    .find(|(version, name, _)| (*version, *name) == (api_version, kind));
                row.map(|(.., is)| *is)
            })
            .or_else(|| self.own.as_ref()?.scope(api_version, kind))
    }

    /// Tells whether objects of this kind are known to live outside namespaces.
    pub fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        self.is_namespaced(api_version, kind) == Some(false)
    }

    /// Returns the type of a kind of object.
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<Type> {
        if let Some(own) = &self.own
            && let Some(index) = own.of_kind(api_version, kind)
        {
            return Some(Type::Own(own.clone(), index));
        }
        // The kustomization API is always there.
        let is_known = self.builtin || api_version.starts_with("kustomize.config.k8s.io/");
        builtin::of_kind(api_version, kind).filter(|_| is_known).map(Type::Builtin)
    }

    /// Reads a schema that stands in a comment of a document.
    pub(crate) fn in_comment(&self, schema: &Value) -> Option<Type> {
        self.resolve(Type::Own(Document::single(schema), 0))
    }

    /// Returns the type of a field.
    pub fn field(&self, of: &Type, name: &str) -> Option<Type> {
        let found = match of {
            Type::Builtin(index) => Type::Builtin(builtin::get(*index)?.field(name)?),
            Type::Own(document, index) => {
                let parent = document.get(*index)?;
                Type::Own(document.clone(), parent.fields.get(name).copied().or(parent.values)?)
            }
        };
        self.resolve(found)
    }

    /// Returns the type of the items of a list.
    pub fn items(&self, of: &Type) -> Option<Type> {
        let found = match of {
            Type::Builtin(index) => Type::Builtin(builtin::get(*index)?.items()?),
            Type::Own(document, index) => Type::Own(document.clone(), document.get(*index)?.items?),
        };
        self.resolve(found)
    }

    /// Follows references; one that leads nowhere leaves nothing.
    fn resolve(&self, mut found: Type) -> Option<Type> {
        for _ in 0..REFERENCES {
            let Type::Own(document, index) = &found else { return Some(found) };
            let Some(name) = &document.get(*index)?.reference else { return Some(found) };
            let own =
                [Some(document), self.own.as_ref()].into_iter().flatten().find_map(|document| {
                    Some(Type::Own(document.clone(), document.of_definition(name)?))
                });
            found = own.or_else(|| {
                builtin::of_definition(name).filter(|_| self.builtin).map(Type::Builtin)
            })?;
        }
        None
    }
}

/// What a schema says about one place in an object.
#[derive(Clone, Debug)]
pub enum Type {
    /// By its index in the built-in table.
    Builtin(u16),
    /// By its index in a document.
    Own(Arc<Document>, u32),
}

impl Type {
    /// The type that says nothing.
    pub(crate) const PLAIN: Self = Self::Builtin(0);

    /// Returns the keys by which a list is merged: nothing when it is not merged, none for a list of scalars.
    pub fn merge_keys(&self) -> Option<Vec<SmolStr>> {
        match self {
            Self::Builtin(index) => Some(
                builtin::get(*index)?.keys?.iter().map(|key| SmolStr::new_static(key)).collect(),
            ),
            Self::Own(document, index) => document.get(*index)?.keys.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(schema: &Schema, api_version: &str, kind: &str, path: &[&str]) -> Option<Vec<SmolStr>> {
        let mut found = schema.of_kind(api_version, kind)?;
        for part in path {
            found = if *part == "[]" { schema.items(&found) } else { schema.field(&found, part) }?;
        }
        found.merge_keys()
    }

    #[test]
    fn built_in_lists_have_their_merge_keys() {
        let schema = Schema::builtin();
        for (kind, path, expected) in [
            (("v1", "Service"), &["spec", "ports"][..], Some(vec!["port", "protocol"])),
            (("v1", "Pod"), &["spec", "containers"], Some(vec!["name"])),
            (("v1", "Pod"), &["spec", "containers", "[]", "args"], None),
            (("apps/v1", "Deployment"), &["metadata", "finalizers"], Some(vec![])),
            (("v1", "Pod"), &["spec", "volumes", "[]", "projected", "sources"], None),
            (
                ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
                &["configMapGenerator"],
                Some(vec!["name"]),
            ),
            (("example.com/v1", "Unknown"), &[], None),
        ] {
            let found = keys(&schema, kind.0, kind.1, path);
            let expected: Option<Vec<SmolStr>> =
                expected.map(|keys| keys.into_iter().map(SmolStr::new).collect());
            assert_eq!(found, expected, "{kind:?} {path:?}");
        }
    }

    #[test]
    fn scopes_are_known() {
        let schema = Schema::builtin();
        assert_eq!(schema.is_namespaced("v1", "Namespace"), Some(false));
        assert_eq!(schema.is_namespaced("apps/v1", "Deployment"), Some(true));
        assert_eq!(schema.is_namespaced("example.com/v1", "Unknown"), None);
    }
}
