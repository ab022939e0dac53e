//! `patchesJson6902`, and the applying of JSON patches.

use smol_str::SmolStr;
use weir_model::{Origin, Value};

use super::{Context, Named, Transformer, trouble};
use crate::error::{BuildError, Errors, Result, Within};
use crate::json_patch::{self, JsonPatch};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
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
        let (mut target, mut path, mut operations) = (None, SmolStr::default(), SmolStr::default());
        decoder.fields("PatchJson6902TransformerPlugin", config, |decoder, key, value| {
            match key {
                "target" => target = (!value.is_null()).then(|| Selector::read(decoder, value)),
                "path" => path = decoder.text(value),
                "jsonop" => operations = decoder.text(value),
                _ => return false,
            }
            true
        });
        decoder.finish(())?;
        Ok(Box::new(Self::new(target.as_ref(), &path, &operations, config.origin, context)?))
    }

    fn new(
        target: Option<&Selector>,
        path: &str,
        operations: &str,
        at: Origin,
        context: &mut Context<'_, '_>,
    ) -> Result<Self> {
        let target = target
            .filter(|target| !target.name.is_empty())
            .ok_or_else(|| BuildError::new("must specify the target name"))?;
        let mut source = (at.source, at.line);
        let text = match (path, operations) {
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
        let patch = json_patch::parse(&text)
            .map_err(|error| BuildError::new(error.to_string()))
            .within(format!("decoding {text}"))?;
        if patch.is_empty() {
            return Err(BuildError::new(format!(
                "patch appears to be empty; file={path}, JsonOp={text}"
            )));
        }
        let (source, line) = source;
        Ok(Self { patch: patch.of_file(source, line), target: target.clone() })
    }
}

/// Makes a transformer for each entry of `patchesJson6902`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    context: &mut Context<'_, '_>,
    made: &mut Vec<Named>,
) -> Result<()> {
    let mut errors = Errors::default();
    for Patch { path, patch, target, raw, .. } in &kustomization.patches_json6902 {
        let text = &patch.text;
        let transformer = JsonPatchTransformer::new(target.as_ref(), path, text, patch.at, context);
        let transformer = trouble(transformer, "PatchJson6902Transformer", raw);
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
            resources
                .change(index, &session.schema, |resource| apply(resource, &self.patch))
                .unwrap_or(Ok(()))?;
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
