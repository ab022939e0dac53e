//! Which resources a selector means.

use weir_yaml::Node;

use super::list::ResourceList;
use super::resource::Resource;
use crate::error::{BuildError, Result};
use crate::fields::Gvk;
use crate::filters::selector::{IdPattern, LabelSelector, ResId};
use crate::kustomization::types::Selector;
use crate::schema::Schema;
use crate::session::Session;

/// A selector with its patterns compiled.
pub(crate) struct Compiled {
    id: IdPattern,
    labels: LabelSelector,
    annotations: LabelSelector,
}

impl Compiled {
    /// Compiles the patterns of a selector.
    pub(crate) fn new(selector: &Selector) -> Result<Self> {
        let Selector { group, version, kind, name, namespace, annotation_selector, label_selector } =
            selector.clone();
        let id = ResId { group, version, kind, name, namespace };
        Ok(Self {
            id: IdPattern::new(&id).map_err(BuildError::new)?,
            labels: LabelSelector::parse(&label_selector).map_err(BuildError::new)?,
            annotations: LabelSelector::parse(&annotation_selector).map_err(BuildError::new)?,
        })
    }

    /// Tells whether a resource is meant: by the name and namespace that it has now, or had at first.
    fn selects(&self, resource: &Resource, schema: &Schema) -> bool {
        if !self.id.matches_kind(Gvk::of(&resource.node)) || resource.is_empty() {
            return false;
        }
        let (now, first) = (resource.id(schema), resource.original_id(schema));
        (self.id.name.matches(&first.name) || self.id.name.matches(&now.name))
            && (self.id.namespace.matches(&first.effective_namespace())
                || self.id.namespace.matches(&now.effective_namespace()))
            && self.labels.matches_labels(&resource.node)
            && self.annotations.matches_annotations(&resource.node)
    }

    /// Returns where the resources stand that are meant. A name that is no pattern is looked up.
    pub(crate) fn find(
        &self,
        resources: &mut ResourceList,
        session: &Session<'_>,
    ) -> Result<Vec<usize>> {
        let candidates: Vec<usize> = match self.id.name.text() {
            Some(name) => resources.once_named(name).to_vec(),
            None => (0..resources.as_slice().len()).collect(),
        };
        session.step(candidates.len())?;
        let selects = |at: &usize| {
            let resource = resources.as_slice().get(*at);
            resource.is_some_and(|resource| self.selects(resource, &session.schema))
        };
        Ok(candidates.into_iter().filter(selects).collect())
    }
}

/// Names up to five resources that a selector nearly means, for a hint.
pub(crate) fn alternatives(kind: &str, resources: &[Resource]) -> Option<String> {
    let named: Vec<String> = resources
        .iter()
        .filter(|resource| resource.node.get("kind").and_then(Node::text) == Some(kind))
        .take(5)
        .map(|resource| format!("`{}`", resource.name()))
        .collect();
    if named.is_empty() {
        return Some(format!("there is no resource of kind `{kind}`"));
    }
    Some(format!("the resources of kind `{kind}` are {}", named.join(", ")))
}
