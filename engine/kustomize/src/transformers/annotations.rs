//! `commonAnnotations`.

use smol_str::SmolStr;
use weir_model::Value;
use weir_yaml::Node;

use super::{Named, Transformer, read_specs};
use crate::config::TransformerConfig;
use crate::error::{Result, Within};
use crate::fields::FieldSpec;
use crate::filters::metadata;
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::resources::ResourceList;
use crate::session::Session;

/// Adds annotations.
#[derive(Default)]
pub(crate) struct AnnotationsTransformer {
    annotations: Vec<(SmolStr, SmolStr)>,
    specs: Vec<FieldSpec>,
}

impl AnnotationsTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let mut read = Self::default();
        decoder.fields("AnnotationsTransformerPlugin", config, |decoder, key, value| {
            match key {
                "annotations" => read.annotations = decoder.text_map(value),
                "fieldspecs" => read.specs = read_specs(decoder, value).unwrap_or_default(),
                _ => return false,
            }
            true
        });
        decoder.finish(Box::new(read) as Box<dyn Transformer>)
    }
}

/// Makes the transformer of `commonAnnotations`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    made: &mut Vec<Named>,
) {
    if !kustomization.common_annotations.is_empty() {
        made.push((
            "AnnotationsTransformer",
            Box::new(AnnotationsTransformer {
                annotations: kustomization.common_annotations.clone(),
                specs: config.common_annotations.clone(),
            }),
        ));
    }
}

impl Transformer for AnnotationsTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        if self.annotations.is_empty() {
            return Ok(());
        }
        let made = self.annotations.iter().map(|(key, text)| key.len() + text.len()).sum();
        for resource in resources.as_mut() {
            let at = resource.at();
            let known = resource.node.pointer(&["metadata", "annotations"]).and_then(Node::pairs);
            let looks = self.annotations.len() + self.specs.len() + known.map_or(0, Vec::len);
            session.step(self.annotations.len() * looks).at(at)?;
            session.budget.text(made).at(at)?;
            let entries = self.annotations.iter().map(|(key, text)| (key.as_str(), text.as_str()));
            metadata::set_entries(&mut resource.node, entries, &self.specs).at(at)?;
        }
        Ok(())
    }
}
