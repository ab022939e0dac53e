//! Which resources a selector means.

use super::id::Id;
use super::resource::Resource;
use crate::error::{BuildError, Result};
use crate::filters::selector::{IdPattern, LabelSelector, ResId};
use crate::kustomization::types::Selector;
use crate::schema::Schema;

/// A selector with its patterns compiled.
pub(crate) struct Compiled {
    kind: IdPattern,
    name: IdPattern,
    namespace: IdPattern,
    labels: LabelSelector,
    annotations: LabelSelector,
}

impl Compiled {
    /// Compiles the patterns of a selector.
    pub(crate) fn new(selector: &Selector) -> Result<Self> {
        let pattern = |parts: ResId| IdPattern::new(&parts).map_err(BuildError::new);
        let labels = |text: &str| LabelSelector::parse(text).map_err(BuildError::new);
        Ok(Self {
            kind: pattern(ResId {
                group: selector.group.to_string(),
                version: selector.version.to_string(),
                kind: selector.kind.to_string(),
                ..ResId::default()
            })?,
            name: pattern(ResId { name: selector.name.to_string(), ..ResId::default() })?,
            namespace: pattern(ResId {
                namespace: selector.namespace.to_string(),
                ..ResId::default()
            })?,
            labels: labels(&selector.label_selector)?,
            annotations: labels(&selector.annotation_selector)?,
        })
    }

    /// Tells whether a resource is meant: by the name and namespace that it has now, or had at first.
    fn selects(&self, resource: &Resource, schema: &Schema) -> bool {
        let parts = |id: &Id| ResId {
            group: id.group.to_string(),
            version: id.version.to_string(),
            kind: id.kind.to_string(),
            name: id.name.to_string(),
            namespace: id.effective_namespace().to_string(),
        };
        let now = parts(&resource.id(schema));
        if !self.kind.matches(&now) {
            return false;
        }
        let first = parts(&resource.original_id(schema));
        (self.namespace.matches(&first) || self.namespace.matches(&now))
            && (self.name.matches(&first) || self.name.matches(&now))
            && self.labels.matches_labels(&resource.node)
            && self.annotations.matches_annotations(&resource.node)
    }

    /// Returns where the resources stand that are meant.
    pub(crate) fn find(&self, resources: &[Resource], schema: &Schema) -> Vec<usize> {
        resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| self.selects(resource, schema))
            .map(|(at, _)| at)
            .collect()
    }
}
