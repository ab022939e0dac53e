//! The annotations in which kustomize keeps what it remembers of a resource. Here they are fields of [`Resource`];
//! a text that states them is read all the same, and none of them is printed.

use smol_str::SmolStr;

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
}

/// Tells whether an annotation is for kustomize alone and is never printed.
pub(crate) fn is_kept_inside(key: &str) -> bool {
    key.strip_prefix(DOMAIN).is_some_and(|name| NAMES.contains(&name)) || OTHERS.contains(&key)
}

/// Tells whether kustomize would keep any annotation on this resource by now.
pub(crate) fn has_any(resource: &Resource) -> bool {
    !resource.previous.is_empty()
        || !resource.prefixes.is_empty()
        || !resource.suffixes.is_empty()
        || resource.needs_hash
        || resource.from_chart
        || resource.behavior != Behavior::Unspecified
}
