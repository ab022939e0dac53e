//! `replacements`.

use weir_model::{Origin, Value};

use super::{Context, Named, Transformer, trouble};
use crate::error::{BuildError, Errors, Result, Within};
use crate::filters::replacement::{Candidate, Replacement, Replacer};
use crate::filters::selector::ResId;
use crate::kustomization::Kustomization;
use crate::resources::ResourceList;
use crate::resources::resource::Resource;
use crate::session::Session;

/// Copies values from fields of some resources into fields of others.
pub(crate) struct ReplacementTransformer {
    /// The replacements, and where each is written.
    replacements: Vec<(Replacement, Origin)>,
}

impl ReplacementTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(
        config: &Value,
        context: &mut Context<'_, '_>,
    ) -> Result<Box<dyn Transformer>> {
        let list = config.get("replacements").and_then(Value::as_list).unwrap_or_default();
        Ok(Box::new(Self::of(list, context)?))
    }

    /// Reads a list of replacements, some of which may stand in files of their own.
    fn of(list: &[Value], context: &mut Context<'_, '_>) -> Result<Self> {
        let mut replacements = Vec::new();
        let read = |value: &Value| (Replacement::read(value), value.origin);
        for entry in list {
            let path = entry.get("path").and_then(Value::as_str).unwrap_or_default();
            if path.is_empty() {
                replacements.push(read(entry));
                continue;
            }
            let says = |key| entry.get(key).is_some_and(|value| !value.is_null());
            if says("source") || says("targets") {
                return Err(BuildError::new("cannot specify both path and inline replacement")
                    .at(entry.origin));
            }
            let file = context.folder.load(path, context.session)?;
            let value = weir_yaml::read_value(file.blob.bytes(), file.source)?;
            match (value.as_list(), value.as_map()) {
                (Some(list), _) => replacements.extend(list.iter().map(read)),
                (None, Some(_)) => replacements.push(read(&value)),
                (None, None) => {
                    return Err(BuildError::new(format!(
                        "unsupported replacement type encountered within replacement path: {}",
                        if value.is_null() { "invalid" } else { value.kind() }
                    ))
                    .at(value.origin));
                }
            }
        }
        Ok(Self { replacements })
    }
}

/// Makes the transformer of `replacements`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    context: &mut Context<'_, '_>,
    made: &mut Vec<Named>,
) -> Result<()> {
    let list = &kustomization.replacements;
    if list.is_empty() {
        return Ok(());
    }
    let config =
        Value::map(std::iter::once(("replacements".into(), Value::list(list.clone()))).collect());
    let transformer =
        trouble(ReplacementTransformer::of(list, context), "ReplacementTransformer", &config)?;
    made.push(("ReplacementTransformer", Box::new(transformer)));
    Ok(())
}

impl Transformer for ReplacementTransformer {
    fn reads_others(&self) -> bool {
        true
    }

    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let previous: Vec<Vec<ResId>> = resources.as_slice().iter().map(previous_ids).collect();
        let mut candidates: Vec<Candidate<'_>> = resources
            .as_mut()
            .iter_mut()
            .zip(&previous)
            .map(|(resource, previous)| Candidate { object: &mut resource.node, previous })
            .collect();
        let mut replacer = Replacer::new(&mut candidates, &session.budget);
        let mut errors = Errors::default();
        for (replacement, at) in &self.replacements {
            let made =
                replacer.make(replacement).map_err(|error| BuildError::new(error.to_string()));
            errors.note(made.at(*at));
        }
        errors.finish(())
    }
}

fn previous_ids(resource: &Resource) -> Vec<ResId> {
    resource
        .previous_ids()
        .map(|id| ResId {
            group: id.group,
            version: id.version,
            kind: id.kind,
            name: id.name,
            namespace: id.namespace,
        })
        .collect()
}
