//! `patchesStrategicMerge`, and the applying of strategic merge patches.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use weir_model::{Origin, Value};
use weir_yaml::Node;

use super::{Context, Named, Transformer, trouble};
use crate::error::{self, BuildError, Errors, Result, Within};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::{Decoder, Entry};
use crate::merge::{self, Outcome};
use crate::resources::{Resource, ResourceList, bookkeeping, read};
use crate::schema::Schema;
use crate::session::Session;

/// Merges patches into the resources that they name.
pub(crate) struct StrategicMergeTransformer {
    patches: Vec<Resource>,
}

impl StrategicMergeTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(
        config: &Value,
        context: &mut Context<'_, '_>,
    ) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let (mut paths, mut patches) = (Vec::new(), SmolStr::default());
        decoder.fields("PatchStrategicMergeTransformerPlugin", config, |decoder, key, value| {
            match key {
                "paths" => paths = decoder.entries(value),
                "patches" => patches = decoder.text(value),
                _ => return false,
            }
            true
        });
        decoder.finish(())?;
        Ok(Box::new(Self::new(&paths, &patches, config.origin, context)?))
    }

    fn new(paths: &[Entry], text: &str, at: Origin, context: &mut Context<'_, '_>) -> Result<Self> {
        if paths.is_empty() && text.is_empty() {
            return Err(BuildError::new("empty file path and empty patch content"));
        }
        let mut patches = Vec::new();
        for Entry { text, at } in paths {
            // An entry may be the patch itself.
            let inline =
                read::resources(text.as_bytes(), at.source, at.line, &context.session.budget);
            match inline {
                Ok(mut found) => patches.append(&mut found),
                Err(_) => {
                    let file = context.folder.load(text, context.session).at(*at)?;
                    let found =
                        read::resources(file.blob.bytes(), file.source, 0, &context.session.budget)
                            .map_err(|error| read::in_file(error, text))?;
                    patches.extend(found);
                }
            }
        }
        if !text.is_empty() {
            patches.extend(read::resources(
                text.as_bytes(),
                at.source,
                at.line,
                &context.session.budget,
            )?);
        }
        if patches.is_empty() {
            let files: Vec<&str> = paths.iter().map(|path| path.text.as_str()).collect();
            return Err(BuildError::new(format!(
                "patch appears to be empty; files=[{}], Patch={}",
                files.join(" "),
                error::shown(text.to_owned())
            )));
        }
        Ok(Self { patches })
    }
}

/// Makes the transformer of `patchesStrategicMerge`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    context: &mut Context<'_, '_>,
    made: &mut Vec<Named>,
) -> Result<()> {
    let paths = &kustomization.patches_strategic_merge;
    let Some(first) = paths.first() else { return Ok(()) };
    let shown = paths.iter().map(|path| Value::string(path.text.clone())).collect();
    let config = Value::map(std::iter::once(("paths".into(), Value::list(shown))).collect());
    let transformer = StrategicMergeTransformer::new(paths, "", first.at, context);
    let transformer = trouble(transformer, "PatchStrategicMergeTransformer", &config)?;
    made.push(("PatchStrategicMergeTransformer", Box::new(transformer)));
    Ok(())
}

impl Transformer for StrategicMergeTransformer {
    fn passes_over_deleted(&self) -> bool {
        true
    }

    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let schema = &session.schema;
        let mut errors = Errors::default();
        for patch in &self.patches {
            let found = resources.one_by_any_id(&patch.original_id(schema), schema).at(patch.at());
            let Some(index) = errors.note(found) else { continue };
            errors.note(apply_to(resources, &[index], patch, session));
        }
        errors.finish(())
    }
}

/// Merges a patch into the resources at these places, whatever their group and version; afterwards each id must be there
/// once.
pub(super) fn apply_to(
    resources: &mut ResourceList,
    places: &[usize],
    patch: &Resource,
    session: &Session<'_>,
) -> Result<()> {
    let schema = &session.schema;
    // Labels and annotations of such a patch are written anew, so that a null there is the text `null`.
    let mut patch = patch.clone();
    for field in ["labels", "annotations"] {
        if patch.node.pointer(&["metadata", field]).is_some() {
            let texts = patch.texts(field);
            patch.set_texts(field, texts);
        }
    }
    for index in places {
        resources.change(*index, schema, &session.budget, |resource| {
            if let Some(api_version) = resource.node.get("apiVersion") {
                patch.node.set("apiVersion", api_version.clone());
            }
            apply(resource, &patch, schema)
        })?;
    }
    if patch.allow_name_change || patch.allow_kind_change {
        session.step(resources.as_slice().len())?;
        let mut seen = BTreeSet::new();
        for resource in resources.as_slice().iter().filter(|resource| !resource.is_empty()) {
            let id = resource.id(schema);
            if !seen.insert(id.key()) {
                return Err(BuildError::new(format!(
                    "may not add resource with an already registered id: {id}"
                ))
                .at(resource.at()));
            }
        }
    }
    Ok(())
}

/// Merges a patch into one resource; a deleted one is empty afterwards. Name, kind and namespace stay, unless the patch
/// may change them.
pub(super) fn apply(resource: &mut Resource, patch: &Resource, schema: &Schema) -> Result<()> {
    let at = resource.at();
    let (name, namespace, kind) = (resource.name(), resource.namespace(), resource.kind());
    if patch.allow_name_change || patch.allow_kind_change {
        resource.remember_name(schema);
    }
    let outcome = merge::strategic(&mut resource.node, &patch.node, schema)
        .map_err(|error| BuildError::new(error.to_string()))
        .at(patch.at())?;
    if outcome == Outcome::Deleted {
        resource.node = Node::null();
    }
    if resource.is_empty() {
        return Ok(());
    }
    bookkeeping::follow_mark(resource);
    if !patch.allow_kind_change {
        resource.set_kind(&kind);
    }
    if !patch.allow_name_change {
        resource.set_name(&name);
    }
    resource.set_namespace(&namespace);
    if !resource.node.origin.is_known() {
        resource.node.origin = at;
    }
    Ok(())
}
