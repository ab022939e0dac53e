//! `patches`: strategic merge patches and JSON patches, told apart by their text.

use weir_golang::strconv::quote;
use weir_model::Value;

use super::{
    Context, Named, Transformer, json_patch as json_patches, shown_config, strategic_merge, trouble,
};
use crate::error::{BuildError, Errors, HIDDEN, Result, Within};
use crate::json_patch::{self, JsonPatch};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::{Patch, Selector};
use crate::resources::select::Compiled;
use crate::resources::{Resource, ResourceList, bookkeeping, read};
use crate::session::Session;

/// Applies one entry of `patches`.
pub(crate) struct PatchTransformer {
    body: Body,
    target: Option<Selector>,
    /// The patch as errors name it.
    shown: String,
}

enum Body {
    StrategicMerge(Vec<Resource>),
    Json(JsonPatch),
}

impl PatchTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(
        config: &Value,
        context: &mut Context<'_, '_>,
    ) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let patch = Patch::read(&mut decoder, config);
        let patch = decoder.finish(patch)?;
        Ok(Box::new(Self::new(&patch, context)?))
    }

    fn new(patch: &Patch, context: &mut Context<'_, '_>) -> Result<Self> {
        let inline = patch.patch.text.trim();
        let (text, shown, source, line) = match (inline, patch.path.as_str()) {
            ("", "") => {
                return Err(BuildError::new(format!(
                    "must specify one of patch and path in\n{}",
                    shown_config(&patch.raw)
                )));
            }
            ("", path) => {
                let file = context
                    .folder
                    .load(path, context.session)
                    .within(format!("failed to get the patch file from path({path})"))?;
                let text = String::from_utf8_lossy(file.blob.bytes()).into_owned();
                (text, format!("[path: {}]", quote(path)), file.source, 0)
            }
            (inline, "") => {
                let shown = if patch.may_be_secret(inline) { HIDDEN } else { inline };
                (
                    inline.to_owned(),
                    format!("[patch: {}]", quote(shown)),
                    patch.patch.at.source,
                    patch.patch.lines_above(),
                )
            }
            _ => {
                return Err(BuildError::new(format!(
                    "patch and path can't be set at the same time\n{}",
                    shown_config(&patch.raw)
                )));
            }
        };
        let merges = read::resources(text.as_bytes(), source, line, &context.session.budget);
        let json = if text.is_empty() { None } else { json_patch::parse(&text).ok() };
        let json = json.map(|patch| patch.of_file(source, line));
        let body = match (merges, json) {
            (Ok(merges), Some(json)) if !merges.is_empty() && !json.is_empty() => {
                return Err(BuildError::new(format!(
                    "illegally qualifies as both an SM and JSON patch: {shown}"
                )));
            }
            (Ok(mut merges), _) => {
                for merge in &mut merges {
                    allow(merge, patch);
                }
                Body::StrategicMerge(merges)
            }
            (Err(_), Some(json)) => Body::Json(json),
            (Err(error), None) => {
                context.session.budget.text(0)?;
                let error =
                    error.reworded(|_| format!("unable to parse SM or JSON patch from {shown}"));
                return Err(if patch.may_be_secret(&text) {
                    error.without_excerpt()
                } else {
                    error
                });
            }
        };
        Ok(Self { body, target: patch.target.clone(), shown })
    }
}

/// Notes on a patch what it may change. Its annotations then are texts, as where kustomize notes it among them.
fn allow(merge: &mut Resource, patch: &Patch) {
    if patch.allow_name_change || patch.allow_kind_change {
        merge.allow_name_change |= patch.allow_name_change;
        merge.allow_kind_change |= patch.allow_kind_change;
        bookkeeping::mark(merge);
        let annotations = merge.texts("annotations");
        merge.set_texts("annotations", annotations);
    }
}

/// Makes a transformer for each entry of `patches`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    context: &mut Context<'_, '_>,
    made: &mut Vec<Named>,
) -> Result<()> {
    let mut errors = Errors::default();
    for patch in &kustomization.patches {
        let transformer = PatchTransformer::new(patch, context);
        let transformer = trouble(transformer, "PatchTransformer", &patch.raw);
        if let Some(transformer) = errors.note(transformer) {
            made.push(("PatchTransformer", Box::new(transformer)));
        }
    }
    errors.finish(())
}

impl Transformer for PatchTransformer {
    fn passes_over_deleted(&self) -> bool {
        true
    }

    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let (schema, budget) = (&session.schema, &session.budget);
        match (&self.body, &self.target) {
            (Body::StrategicMerge(patches), Some(target)) => match patches.as_slice() {
                [] => Ok(()),
                [patch] => {
                    let meant = Compiled::new(target)
                        .within("unable to find patch target in `resources`")?
                        .find(resources, session)?;
                    strategic_merge::apply_to(resources, &meant, patch, session)
                }
                [first, ..] => Err(BuildError::new(format!(
                    "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {}",
                    self.shown
                ))
                .at(first.at())),
            },
            (Body::StrategicMerge(patches), None) => {
                let mut errors = Errors::default();
                for patch in patches {
                    let id = patch.original_id(schema);
                    let found = resources
                        .one_by_any_id(&id, schema)
                        .doing(|| {
                            let id = quote(&id.to_string());
                            format!("no resource matches strategic merge patch {id}")
                        })
                        .at(patch.at());
                    let Some(index) = errors.note(found) else { continue };
                    let merged = resources.change(index, schema, budget, |resource| {
                        strategic_merge::apply(resource, patch, schema)
                    });
                    errors.note(merged);
                }
                errors.finish(())
            }
            (Body::Json(patch), _) if patch.is_empty() => Ok(()),
            (Body::Json(_), None) => Err(BuildError::new(format!(
                "must specify a target for JSON patch {}",
                self.shown
            ))),
            (Body::Json(patch), Some(target)) => {
                let meant = Compiled::new(target)?.find(resources, session)?;
                for index in meant {
                    resources.change(index, schema, budget, |resource| {
                        resource.remember_name(schema);
                        json_patches::apply(resource, patch)
                    })?;
                }
                Ok(())
            }
        }
    }
}
