//! `patchesJson6902`, and the applying of JSON patches.

use weir_model::{Origin, Value};

use super::{Context, Named, Transformer, trouble};
use crate::error::{BuildError, Errors, HIDDEN, Result, Within};
use crate::json_patch::{self, JsonPatch};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::{Decoder, Entry};
use crate::kustomization::types::{Patch, Selector};
use crate::resources::bookkeeping;
use crate::resources::select::Compiled;
use crate::resources::{Resource, ResourceList};
use crate::session::Session;

/// Applies a JSON patch to the resources that a selector means.
pub(crate) struct JsonPatchTransformer {
    patch: JsonPatch,
    target: Selector,
}

impl JsonPatchTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(
        config: &Value,
        context: &mut Context<'_, '_>,
    ) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let mut patch = Patch::default();
        decoder.fields("PatchJson6902TransformerPlugin", config, |decoder, key, value| {
            match key {
                "target" => {
                    patch.target = (!value.is_null()).then(|| Selector::read(decoder, value));
                }
                "path" => patch.path = decoder.text(value),
                "jsonop" => patch.patch = Entry { text: decoder.text(value), at: config.origin },
                _ => return false,
            }
            true
        });
        decoder.finish(())?;
        Ok(Box::new(Self::new(&patch, context)?))
    }

    fn new(patch: &Patch, context: &mut Context<'_, '_>) -> Result<Self> {
        let Patch { target, path, patch: operations, .. } = patch;
        let target = target
            .as_ref()
            .filter(|target| !target.name.is_empty())
            .ok_or_else(|| BuildError::new("must specify the target name"))?;
        let mut source = (operations.at.source, operations.lines_above());
        let text = match (path.as_str(), operations.text.as_str()) {
            ("", "") => return Err(BuildError::new("empty file path and empty jsonOp")),
            ("", text) => text.to_owned(),
            (path, "") => {
                let file = context.folder.load(path, context.session)?;
                source = (file.source, 0);
                let text = String::from_utf8_lossy(file.blob.bytes()).into_owned();
                if text.is_empty() {
                    return Err(BuildError::new(format!(
                        "patch file '{path}' empty seems to be empty"
                    )));
                }
                text
            }
            _ => return Err(BuildError::new("must specify a file path or jsonOp, not both")),
        };
        let (source, line) = source;
        let hides = patch.may_be_secret(&text);
        let shown = || if hides { HIDDEN } else { &text };
        let value = json_patch::read(&text).map_err(|mut error| {
            error.at = Origin::new(source, error.at.line.saturating_add(line));
            let error = BuildError::from(error);
            if hides { error.without_excerpt() } else { error }
        });
        let operations = value
            .and_then(|value| {
                let read = json_patch::from_value(&value);
                read.map_err(|error| BuildError::new(error.to_string()))
            })
            .doing(|| format!("decoding {}", shown()))?;
        if operations.is_empty() {
            return Err(BuildError::new(format!(
                "patch appears to be empty; file={path}, JsonOp={}",
                shown()
            )));
        }
        Ok(Self { patch: operations.of_file(source, line), target: target.clone() })
    }
}

/// Makes a transformer for each entry of `patchesJson6902`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    context: &mut Context<'_, '_>,
    made: &mut Vec<Named>,
) -> Result<()> {
    let mut errors = Errors::default();
    for patch in &kustomization.patches_json6902 {
        let transformer = JsonPatchTransformer::new(patch, context);
        let transformer = trouble(transformer, "PatchJson6902Transformer", &patch.raw);
        if let Some(transformer) = errors.note(transformer) {
            made.push(("PatchJson6902Transformer", Box::new(transformer)));
        }
    }
    errors.finish(())
}

impl Transformer for JsonPatchTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let meant = Compiled::new(&self.target)?.find(resources, session)?;
        for index in meant {
            resources.change(index, &session.schema, &session.budget, |resource| {
                apply(resource, &self.patch)
            })?;
        }
        Ok(())
    }
}

/// Applies a JSON patch to one resource.
pub(super) fn apply(resource: &mut Resource, patch: &JsonPatch) -> Result<()> {
    let at = resource.at();
    let marked = bookkeeping::is_marked(resource);
    json_patch::apply(&mut resource.node, patch)
        .map_err(|error| BuildError::new(error.to_string()))
        .at(at)?;
    if !resource.node.origin.is_known() {
        resource.node.origin = at;
    }
    if marked {
        bookkeeping::mark(resource);
    }
    let annotations = resource.texts("annotations");
    resource.set_texts("annotations", annotations);
    Ok(())
}
