//! Transformers: each changes the resources. One file each; [`builtin`] knows them by the kind that configures them,
//! and [`of_kustomization`] makes those that a kustomization asks for, in kustomize's order.

pub(crate) mod annotations;
pub(crate) mod hash;
pub(crate) mod image_tag;
pub(crate) mod json_patch;
pub(crate) mod label;
pub(crate) mod name_affix;
pub(crate) mod namespace;
pub(crate) mod patch;
pub(crate) mod replacement;
pub(crate) mod replica_count;
pub(crate) mod strategic_merge;
pub(crate) mod value_add;

use weir_model::Value;

use crate::config::TransformerConfig;
use crate::error::{self, BuildError, Errors, HIDDEN, Result, Within};
use crate::fields::{FieldError, FieldSpec};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::{Patch, read_field_spec};
use crate::load::Folder;
use crate::resources::ResourceList;
use crate::session::Session;

/// Changes resources.
pub(crate) trait Transformer {
    /// Changes the resources.
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()>;

    /// Tells whether this reads what transformers before it did, so that it fails when they did.
    fn reads_others(&self) -> bool {
        false
    }

    /// Tells whether resources that were deleted may still be in the list; taking them out costs a look at all.
    fn passes_over_deleted(&self) -> bool {
        false
    }
}

/// Where a transformer is configured: by a kustomization or by a resource, and in which folder.
pub(crate) struct Context<'c, 'a> {
    pub(crate) folder: &'c Folder<'a>,
    pub(crate) session: &'c mut Session<'a>,
}

/// A transformer and the kind that stands for it in notes and errors.
pub(crate) type Named = (&'static str, Box<dyn Transformer>);

/// Reads a built-in transformer from the resource that configures it; nothing when the kind is none.
pub(crate) fn builtin(
    kind: &str,
    config: &Value,
    context: &mut Context<'_, '_>,
) -> Option<Result<Box<dyn Transformer>>> {
    Some(match kind {
        "AnnotationsTransformer" => annotations::AnnotationsTransformer::read(config),
        "ImageTagTransformer" => image_tag::ImageTagTransformer::read(config),
        "LabelTransformer" => label::LabelTransformer::read(config),
        "NamespaceTransformer" => namespace::NamespaceTransformer::read(config),
        "PatchJson6902Transformer" => json_patch::JsonPatchTransformer::read(config, context),
        "PatchStrategicMergeTransformer" => {
            strategic_merge::StrategicMergeTransformer::read(config, context)
        }
        "PatchTransformer" => patch::PatchTransformer::read(config, context),
        "PrefixTransformer" => name_affix::AffixTransformer::read_prefix(config),
        "SuffixTransformer" => name_affix::AffixTransformer::read_suffix(config),
        "PrefixSuffixTransformer" => name_affix::AffixTransformer::read_both(config),
        "ReplacementTransformer" => replacement::ReplacementTransformer::read(config, context),
        "ReplicaCountTransformer" => replica_count::ReplicaCountTransformer::read(config),
        "ValueAddTransformer" => value_add::ValueAddTransformer::read(config, context),
        _ => return None,
    })
}

/// Makes the transformers that a kustomization's own fields ask for; what is wrong with one is noted.
pub(crate) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    context: &mut Context<'_, '_>,
    errors: &mut Errors,
) -> Vec<Named> {
    let mut made: Vec<Named> = Vec::new();
    errors.note(strategic_merge::of_kustomization(kustomization, context, &mut made));
    errors.note(patch::of_kustomization(kustomization, context, &mut made));
    namespace::of_kustomization(kustomization, config, &mut made);
    name_affix::of_kustomization(kustomization, config, &mut made);
    errors.note(label::of_kustomization(kustomization, config, &context.session.budget, &mut made));
    annotations::of_kustomization(kustomization, config, &mut made);
    errors.note(json_patch::of_kustomization(kustomization, context, &mut made));
    replica_count::of_kustomization(kustomization, config, &mut made);
    image_tag::of_kustomization(kustomization, config, &mut made);
    errors.note(replacement::of_kustomization(kustomization, context, &mut made));
    made
}

/// Reads `fieldSpecs` of a transformer's configuration; nothing when they are not given.
fn read_specs(decoder: &mut Decoder, value: &Value) -> Option<Vec<FieldSpec>> {
    (!value.is_null()).then(|| decoder.list("[]types.FieldSpec", value, read_field_spec))
}

/// Says which generator or transformer of a kustomization could not be configured, and with which settings.
pub(crate) fn trouble<T>(result: Result<T>, kind: &str, config: &Value) -> Result<T> {
    result
        .doing(|| {
            let config = shown_config(config);
            format!("trouble configuring builtin {kind} with config: `\n{config}`")
        })
        .at(config.origin)
}

/// Writes the settings of a generator or transformer for an error; no values of a Secret.
fn shown_config(config: &Value) -> String {
    let text = weir_yaml::to_yaml(config);
    let patch = Patch::read(&mut Decoder::lenient(), config);
    let is_patch = ["patch", "jsonOp"].iter().any(|key| config.get(key).is_some());
    if is_patch && patch.may_be_secret(&text) { HIDDEN.into() } else { error::shown(text) }
}

impl From<FieldError> for BuildError {
    fn from(error: FieldError) -> Self {
        Self::new(error.to_string())
    }
}
