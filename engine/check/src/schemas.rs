//! Which schema an object has: Kubernetes' own, one of a CRD in the plan, or one that the cluster serves.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use weir_model::{Blob, Manifest, SmolStr, Source, Value};
use weir_plan::{Body, Plan};

use crate::schema::custom::{self, Custom};
use crate::schema::kubernetes::{Kubernetes, Served};
use crate::schema::{NodeId, Schema};

/// A version of a kind that a CRD defines; its schema is read when it is first needed.
#[derive(Debug)]
struct Defined<'a> {
    namespaced: bool,
    schema: Option<&'a Value>,
    read: OnceLock<Option<Custom>>,
}

/// All schemas there are.
#[derive(Debug)]
pub(crate) struct Schemas<'a> {
    pub(crate) kubernetes: Kubernetes,
    defined: BTreeMap<(SmolStr, SmolStr), Defined<'a>>,
    documents: &'a BTreeMap<String, Blob>,
    served: BTreeMap<(SmolStr, SmolStr), OnceLock<Option<Custom>>>,
}

impl<'a> Schemas<'a> {
    /// Takes up the CRDs of a plan and the documents of a cluster.
    pub(crate) fn new(
        kubernetes: Kubernetes,
        plan: &'a Plan,
        documents: &'a BTreeMap<String, Blob>,
    ) -> Self {
        let mut schemas =
            Self { kubernetes, defined: BTreeMap::new(), documents, served: BTreeMap::new() };
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                if is_crd(&object.id.group, &object.id.kind) {
                    schemas.define(&object.manifest);
                } else if !documents.is_empty() {
                    let key = (object.manifest.api_version().into(), object.id.kind.clone());
                    schemas.served.entry(key).or_default();
                }
            }
        }
        schemas
    }

    fn define(&mut self, crd: &'a Manifest) {
        let Some(spec) = crd.spec() else { return };
        let text = |keys: &[&str]| spec.pointer(keys).and_then(Value::as_str).unwrap_or_default();
        let (group, kind) = (text(&["group"]), text(&["names", "kind"]));
        let namespaced = text(&["scope"]) != "Cluster";
        for version in spec.get("versions").and_then(Value::as_list).unwrap_or(&[]) {
            let Some(name) = version.get("name").and_then(Value::as_str) else { continue };
            if version.get("served").and_then(Value::as_bool) == Some(false) {
                continue;
            }
            let schema = version.pointer(&["schema", "openAPIV3Schema"]);
            let key = (format!("{group}/{name}").into(), kind.into());
            self.defined.entry(key).or_insert(Defined {
                namespaced,
                schema,
                read: OnceLock::new(),
            });
        }
    }

    /// Returns the schema of an object and where it begins.
    pub(crate) fn of(&self, manifest: &Manifest) -> Option<(&Schema, NodeId)> {
        if let Some(served) = self.kubernetes(manifest) {
            return served.node.map(|node| (&self.kubernetes.schema, node));
        }
        self.custom(manifest).map(|custom| (&custom.schema, custom.root))
    }

    /// Returns how Kubernetes itself serves the kind of an object.
    pub(crate) fn kubernetes(&self, manifest: &Manifest) -> Option<Served> {
        self.kubernetes.served(manifest.api_version(), manifest.kind())
    }

    /// Returns the schema of a custom resource.
    pub(crate) fn custom(&self, manifest: &Manifest) -> Option<&Custom> {
        let key = (SmolStr::new(manifest.api_version()), SmolStr::new(manifest.kind()));
        if let Some(defined) = self.defined.get(&key) {
            let read = || defined.schema.map(|schema| custom::read(schema, None));
            return defined.read.get_or_init(read).as_ref();
        }
        let served = self.served.get(&key)?;
        served.get_or_init(|| self.served_by_cluster(&key.0, &key.1)).as_ref()
    }

    /// Says what of a CRD's schemas cannot be read, of those that were read.
    pub(crate) fn problems_of(&self, crd: &Manifest) -> Vec<String> {
        let Some(spec) = crd.spec() else { return Vec::new() };
        let text = |way: &[&str]| spec.pointer(way).and_then(Value::as_str).unwrap_or_default();
        let (group, kind) = (text(&["group"]), text(&["names", "kind"]));
        let versions = spec.get("versions").and_then(Value::as_list).unwrap_or(&[]);
        let names = versions.iter().filter_map(|version| version.get("name")?.as_str());
        names
            .filter_map(|name| self.defined.get(&(format!("{group}/{name}").into(), kind.into())))
            .filter_map(|defined| defined.read.get()?.as_ref())
            .flat_map(|custom| custom.problems.clone())
            .collect()
    }

    /// Tells whether the CRD of a kind is known, with a schema or without.
    pub(crate) fn is_defined(&self, api_version: &str, kind: &str) -> bool {
        self.defined.contains_key(&(api_version.into(), kind.into()))
    }

    /// Tells whether objects of this kind live in namespaces; nothing when that is not known.
    pub(crate) fn is_namespaced(&self, manifest: &Manifest) -> Option<bool> {
        if let Some(served) = self.kubernetes(manifest) {
            return Some(served.namespaced);
        }
        let key = (SmolStr::new(manifest.api_version()), SmolStr::new(manifest.kind()));
        self.defined.get(&key).map(|defined| defined.namespaced)
    }

    fn served_by_cluster(&self, api_version: &str, kind: &str) -> Option<Custom> {
        let path = match api_version.contains('/') {
            true => format!("apis/{api_version}"),
            false => format!("api/{api_version}"),
        };
        let document = self.documents.get(&path)?;
        let document = weir_yaml::json::read(document.bytes(), Source::default()).ok()?;
        let definitions = document.pointer(&["components", "schemas"])?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let names = |id: &Value| {
            let is = |key: &str, text: &str| id.get(key).and_then(Value::as_str) == Some(text);
            is("group", group) && is("version", version) && is("kind", kind)
        };
        let (_, schema) = definitions.as_map()?.iter().find(|(_, schema)| {
            let ids = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_list);
            ids.is_some_and(|ids| ids.iter().any(names))
        })?;
        Some(custom::read(schema, Some(definitions)))
    }
}

/// Tells whether a group and kind are those of CRDs.
pub(crate) fn is_crd(group: &str, kind: &str) -> bool {
    group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition"
}
