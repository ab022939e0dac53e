//! The annotations in which kustomize keeps what it remembers of a resource. Here they are fields of [`Resource`];
//! a text that states them is read all the same, and none of them is printed.

use smol_str::SmolStr;
use weir_yaml::Node;

use super::resource::{Behavior, Previous, Resource};

const DOMAIN: &str = "internal.config.kubernetes.io/";

/// Annotations that other tools of the family leave, without [`DOMAIN`].
const OTHERS: &[&str] =
    &["config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id"];

/// The names after [`DOMAIN`] of what is taken out before printing.
const NAMES: &[&str] = &[
    "previousKinds",
    "previousNames",
    "prefixes",
    "suffixes",
    "previousNamespaces",
    "allowNameChange",
    "allowKindChange",
    "refBy",
    "generatorBehavior",
    "needsHashSuffix",
    "path",
    "index",
    "seqindent",
    "id",
    "annotations-migration-resource-id",
    "helm-generated",
];

/// What stands for all of them in the object, so that annotations are there for those who add to them, and so that it is
/// seen when a patch takes them away.
const MARK: &str = "internal.config.kubernetes.io/previousKinds";

/// Puts the mark into the object.
pub(crate) fn mark(resource: &mut Resource) {
    let Some(metadata) = resource.metadata() else { return };
    if metadata.get("annotations").is_none_or(Node::is_null) {
        metadata.set("annotations", Node::mapping(Vec::new()));
    }
    if let Some(annotations) = metadata.get_mut("annotations")
        && annotations.get(MARK).is_none()
    {
        annotations.set(MARK, Node::string(""));
    }
}

/// Tells whether the mark is in the object.
pub(crate) fn is_marked(resource: &Resource) -> bool {
    resource.node.pointer(&["metadata", "annotations", MARK]).is_some()
}

/// Forgets what was remembered, when the mark is gone.
pub(crate) fn follow_mark(resource: &mut Resource) {
    if !is_marked(resource) {
        resource.previous.clear();
        resource.prefixes.clear();
        resource.suffixes.clear();
        resource.behavior = Behavior::Unspecified;
        resource.needs_hash = false;
        resource.from_chart = false;
        resource.origin = None;
        resource.transformations.clear();
    }
}

/// Moves the annotations that a text states into the resource's fields.
pub(crate) fn take(resource: &mut Resource) {
    let Some(annotations) = resource.node.pointer(&["metadata", "annotations"]) else { return };
    let Some(pairs) = annotations.pairs() else { return };
    if !pairs.iter().any(|pair| pair.key.text().is_some_and(|key| key.starts_with(DOMAIN))) {
        return;
    }
    let list = |name: &str| -> Vec<SmolStr> {
        annotations
            .get(&format!("{DOMAIN}{name}"))
            .and_then(|node| node.text())
            .map(|text| text.split(',').map(SmolStr::new).collect())
            .unwrap_or_default()
    };
    let is = |name: &str, word: &str| list(name).first().is_some_and(|text| text == word);
    let names = list("previousNames");
    let namespaces = list("previousNamespaces");
    let kinds = list("previousKinds");
    let previous: Vec<Previous> = names
        .into_iter()
        .zip(namespaces)
        .zip(kinds)
        .map(|((name, namespace), kind)| Previous { name, namespace, kind })
        .collect();
    let (prefixes, suffixes) = (list("prefixes"), list("suffixes"));
    let behavior = list("generatorBehavior");
    let needs_hash = is("needsHashSuffix", "enabled");
    let allow_name_change = is("allowNameChange", "enabled");
    let allow_kind_change = is("allowKindChange", "enabled");
    let from_chart = is("helm-generated", "true");
    if let Some(behavior) = behavior.first() {
        resource.behavior = Behavior::parse(behavior);
    }
    resource.previous.extend(previous);
    resource.prefixes.extend(prefixes);
    resource.suffixes.extend(suffixes);
    resource.needs_hash |= needs_hash;
    resource.allow_name_change |= allow_name_change;
    resource.allow_kind_change |= allow_kind_change;
    resource.from_chart |= from_chart;
    if let Some(pairs) = resource
        .node
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"))
        .and_then(|annotations| annotations.pairs_mut())
    {
        pairs.retain(|pair| !pair.key.text().is_some_and(is_kept_inside));
    }
    mark(resource);
}

/// Tells whether an annotation is for kustomize alone and is never printed.
pub(crate) fn is_kept_inside(key: &str) -> bool {
    key.strip_prefix(DOMAIN).is_some_and(|name| NAMES.contains(&name)) || OTHERS.contains(&key)
}
