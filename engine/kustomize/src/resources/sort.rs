//! The order in which resources are printed.

use smol_str::SmolStr;

use super::id::{Id, gvk_text};
use super::resource::Resource;
use crate::error::{BuildError, Result};
use crate::kustomization::types::SortOptions;
use crate::schema::Schema;

/// The kinds that come first in the legacy order.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// The kinds that come last in the legacy order.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as `sortOptions` say.
pub(crate) fn by_options(
    resources: &mut Vec<Resource>,
    options: &SortOptions,
    schema: &Schema,
) -> Result<()> {
    match options.order.as_str() {
        "fifo" if options.legacy.is_some() => Err(BuildError::new(
            "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        )),
        "fifo" => Ok(()),
        "legacy" => {
            match &options.legacy {
                Some((first, last)) => legacy(resources, &Ranks { first, last }, schema),
                None => by_default(resources, schema),
            }
            Ok(())
        }
        _ => Err(BuildError::new("the field 'sortOptions.order' must be one of [fifo, legacy]")),
    }
}

/// Sorts in the legacy order.
pub(crate) fn by_default(resources: &mut Vec<Resource>, schema: &Schema) {
    let words = |words: &[&'static str]| -> Vec<SmolStr> {
        words.iter().map(|word| SmolStr::new_static(word)).collect()
    };
    legacy(resources, &Ranks { first: &words(FIRST), last: &words(LAST) }, schema);
}

/// Returns the rank of a kind in the legacy order: below zero first, above zero last.
pub(crate) fn default_rank(kind: &str) -> i64 {
    let index = |list: &[&str]| list.iter().position(|known| *known == kind);
    rank(index(FIRST), FIRST.len(), index(LAST))
}

struct Ranks<'a> {
    first: &'a [SmolStr],
    last: &'a [SmolStr],
}

impl Ranks<'_> {
    fn of(&self, kind: &str) -> i64 {
        // Of a repeated kind the last mention counts, and `orderLast` more than `orderFirst`.
        let index = |list: &[SmolStr]| list.iter().rposition(|known| known == kind);
        rank(index(self.first), self.first.len(), index(self.last))
    }
}

fn rank(first: Option<usize>, firsts: usize, last: Option<usize>) -> i64 {
    let number = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    match (last, first) {
        (Some(index), _) => 1 + number(index),
        (None, Some(index)) => number(index) - number(firsts),
        (None, None) => 0,
    }
}

fn legacy(resources: &mut Vec<Resource>, ranks: &Ranks<'_>, schema: &Schema) {
    let mut keyed: Vec<(Key, Resource)> = std::mem::take(resources)
        .into_iter()
        .map(|resource| (Key::of(&resource.id(schema), ranks), resource))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    resources.extend(keyed.into_iter().map(|(_, resource)| resource));
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rank: i64,
    gvk: String,
    rest: String,
}

impl Key {
    fn of(id: &Id, ranks: &Ranks<'_>) -> Self {
        let or = |text: &str, none: &str| {
            if text.is_empty() { none.to_owned() } else { text.to_owned() }
        };
        // Namespaces of the core group come before those of other groups.
        let group = match id.group.as_str() {
            "" if id.kind == "Namespace" => " ",
            "" => "~G",
            group => group,
        };
        Self {
            rank: ranks.of(&id.kind),
            gvk: format!("{group}_{}_{}", or(&id.version, "~V"), or(&id.kind, "~K")),
            rest: format!(
                "{}|{}|{}",
                gvk_text(&id.group, &id.version, &id.kind),
                or(&id.namespace, "~X"),
                or(&id.name, "~N")
            ),
        }
    }
}
