//! A resource on its way through a build: the object, and what kustomize remembers about it.

use smol_str::SmolStr;
use weir_model::Origin;
use weir_yaml::{Content, Node};

use super::id::{Id, scalar, split_api_version};
use super::origin::OriginNote;
use crate::fields;
use crate::history::Edit;
use crate::schema::Schema;

/// A resource: its object, and what kustomize keeps in annotations of its own and takes out before it prints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    pub(crate) node: Node,
    /// The names that it had, oldest first.
    pub(crate) previous: Vec<Previous>,
    pub(crate) prefixes: Vec<SmolStr>,
    pub(crate) suffixes: Vec<SmolStr>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    /// Of a patch: whether it may change the name.
    pub(crate) allow_name_change: bool,
    /// Of a patch: whether it may change the kind.
    pub(crate) allow_kind_change: bool,
    /// Whether a chart made it; namespaces then are the chart's business.
    pub(crate) from_chart: bool,
    /// The vars that read this resource.
    pub(crate) vars: Vec<SmolStr>,
    pub(crate) origin: Option<OriginNote>,
    pub(crate) transformations: Vec<OriginNote>,
    /// What changed it, when that is traced.
    pub(crate) history: Vec<Edit>,
}

/// A name that a resource had before a transformer changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) kind: SmolStr,
}

/// What a generator's resource does to one that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

impl Resource {
    pub(crate) fn new(node: Node) -> Self {
        let mut resource = Self { node, ..Self::default() };
        super::bookkeeping::take(&mut resource);
        resource
    }

    /// Notes where the resource came from.
    pub(crate) fn note_origin(&mut self, origin: &OriginNote) {
        self.origin = Some(origin.clone());
        super::bookkeeping::mark(self);
    }

    /// Returns where the object was read.
    pub(crate) fn at(&self) -> Origin {
        self.node.origin
    }

    /// Returns the id that the object states now.
    pub(crate) fn id(&self, schema: &Schema) -> Id {
        Id::of(&self.node, schema)
    }

    /// Returns the id that the object had at first.
    pub(crate) fn original_id(&self, schema: &Schema) -> Id {
        match self.previous.first() {
            Some(previous) => self.previous_id(previous),
            None => self.id(schema),
        }
    }

    /// Returns the ids that the object had, oldest first.
    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = Id> {
        self.previous.iter().map(|previous| self.previous_id(previous))
    }

    fn previous_id(&self, previous: &Previous) -> Id {
        let (group, version) = split_api_version(&scalar(self.node.get("apiVersion")));
        Id {
            group,
            version,
            kind: previous.kind.clone(),
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
            cluster_scoped: false,
        }
    }

    /// Remembers the name that the object has now.
    pub(crate) fn remember_name(&mut self, schema: &Schema) {
        super::bookkeeping::mark(self);
        let id = self.id(schema);
        let namespace = id.effective_namespace();
        let previous = Previous { name: id.name, namespace, kind: id.kind };
        // Those who look for a name ask for the first, or for any.
        if self.previous.last() != Some(&previous) {
            self.previous.push(previous);
        }
    }

    pub(crate) fn kind(&self) -> SmolStr {
        scalar(self.node.get("kind"))
    }

    pub(crate) fn name(&self) -> SmolStr {
        scalar(self.node.pointer(&["metadata", "name"]))
    }

    pub(crate) fn namespace(&self) -> SmolStr {
        scalar(self.node.pointer(&["metadata", "namespace"]))
    }

    /// Returns `metadata`, made when it is not there; nothing when the object is no mapping.
    pub(crate) fn metadata(&mut self) -> Option<&mut Node> {
        if self.node.get("metadata").is_none_or(Node::is_null) {
            self.node.set("metadata", Node::mapping(Vec::new()));
        }
        self.node.get_mut("metadata")
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        if let Some(metadata) = self.metadata() {
            set_scalar_field(metadata, "name", name);
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        set_scalar_field(&mut self.node, "kind", kind);
    }

    /// Sets the namespace, or takes it out when it is empty.
    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        let Some(metadata) = self.metadata() else { return };
        if namespace.is_empty() {
            metadata.remove("namespace");
        } else {
            set_scalar_field(metadata, "namespace", namespace);
        }
    }

    /// Returns labels or annotations as texts, in the order in which they stand.
    pub(crate) fn texts(&self, field: &str) -> Vec<(SmolStr, SmolStr)> {
        let pairs = self.node.pointer(&["metadata", field]).and_then(Node::pairs);
        pairs
            .into_iter()
            .flatten()
            .map(|pair| {
                let text = |node: &Node| SmolStr::new(node.text().unwrap_or_default());
                (text(&pair.key), text(&pair.value))
            })
            .collect()
    }

    /// Writes labels or annotations anew: sorted, each a text; none at all takes the field out.
    pub(crate) fn set_texts(&mut self, field: &str, mut entries: Vec<(SmolStr, SmolStr)>) {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        // Of a repeated key the last one stays.
        entries.reverse();
        entries.dedup_by(|later, earlier| later.0 == earlier.0);
        entries.reverse();
        let Some(metadata) = self.metadata() else { return };
        let old = metadata.remove(field);
        if entries.is_empty() {
            return;
        }
        let mut map = Node::mapping(Vec::new());
        for (key, text) in entries {
            let mut value = Node::string(text);
            if let Some(old) = old.as_ref().and_then(|old| old.get(&key)) {
                value.origin = old.origin;
            }
            // The keys are unique.
            let key = Node::string(key);
            if let Some(pairs) = map.pairs_mut() {
                pairs.push(weir_yaml::Pair { key, value });
            }
        }
        map.origin = old.map(|old| old.origin).unwrap_or_default();
        metadata.set(field, map);
    }

    /// Tells whether nothing is left of the object.
    pub(crate) fn is_empty(&self) -> bool {
        is_nil_or_empty(&self.node)
    }
}

/// Tells whether a node is null, or an empty mapping or sequence.
pub(crate) fn is_nil_or_empty(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(..) => node.is_null(),
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(pairs) => pairs.is_empty(),
        Content::Alias(_) => false,
    }
}

/// Sets a field to a text. An old value's style and place stay, and then the text alone says what it is.
fn set_scalar_field(node: &mut Node, field: &str, text: &str) {
    let set = match node.get_mut(field) {
        Some(old) if old.text().is_some() => fields::set_scalar(old, text, None),
        _ => fields::set_field(node, field, Node::string(text)),
    };
    // What is no mapping has no names either.
    drop(set);
}
