//! `labels` and `commonLabels`.

use smol_str::SmolStr;
use weir_model::Value;
use weir_yaml::Node;

use super::{Named, Transformer, read_specs};
use crate::budget::Budget;
use crate::config::{TransformerConfig, merge_specs};
use crate::error::{Result, Within};
use crate::fields::FieldSpec;
use crate::filters::metadata;
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::Label;
use crate::resources::ResourceList;
use crate::session::Session;

/// Adds labels.
#[derive(Default)]
pub(crate) struct LabelTransformer {
    labels: Vec<(SmolStr, SmolStr)>,
    specs: Vec<FieldSpec>,
}

impl LabelTransformer {
    /// Adds one label to the metadata of every resource.
    pub(crate) fn of_metadata(key: &str, text: &str) -> Self {
        Self { labels: vec![(key.into(), text.into())], specs: vec![metadata_labels()] }
    }

    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let mut read = Self::default();
        decoder.fields("LabelTransformerPlugin", config, |decoder, key, value| {
            match key {
                "labels" => read.labels = decoder.text_map(value),
                "fieldspecs" => read.specs = read_specs(decoder, value).unwrap_or_default(),
                _ => return false,
            }
            true
        });
        decoder.finish(Box::new(read) as Box<dyn Transformer>)
    }
}

fn metadata_labels() -> FieldSpec {
    FieldSpec { path: "metadata/labels".into(), create: true, ..FieldSpec::default() }
}

/// Makes a transformer for each entry of `labels`, and one for `commonLabels`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    budget: &Budget,
    made: &mut Vec<Named>,
) -> Result<()> {
    if kustomization.labels.is_empty() && kustomization.common_labels.is_empty() {
        return Ok(());
    }
    for label in &kustomization.labels {
        let specs = specs(label, config, budget)?;
        made.push((
            "LabelTransformer",
            Box::new(LabelTransformer { labels: label.pairs.clone(), specs }),
        ));
    }
    made.push((
        "LabelTransformer",
        Box::new(LabelTransformer {
            labels: kustomization.common_labels.clone(),
            specs: config.common_labels.clone(),
        }),
    ));
    Ok(())
}

/// Returns the fields of an entry of `labels`: its own, and those that its `include…` ask for.
fn specs(label: &Label, config: &TransformerConfig, budget: &Budget) -> Result<Vec<FieldSpec>> {
    let failed = "failed to merge labels";
    let mut specs = merge_specs(&label.fields, &config.labels, budget).within(failed)?;
    if label.include_selectors {
        return merge_specs(&specs, &config.common_labels, budget).within(failed);
    }
    if label.include_templates {
        specs = merge_specs(&specs, &config.template_labels, budget)
            .within("failed to merge template fieldSpec")?;
    }
    if label.include_volume_claim_templates {
        specs = merge_specs(&specs, &config.volume_claim_template_labels, budget)
            .within("failed to merge volumeClaimTemplate fieldSpec")?;
    }
    merge_specs(&specs, &[metadata_labels()], budget).within(failed)
}

impl Transformer for LabelTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let made = self.labels.iter().map(|(key, text)| key.len() + text.len()).sum();
        for resource in resources.as_mut() {
            let at = resource.at();
            let known = resource.node.pointer(&["metadata", "labels"]).and_then(Node::pairs);
            let looks = self.labels.len() + self.specs.len() + known.map_or(0, Vec::len);
            session.step(self.labels.len() * looks).at(at)?;
            session.budget.text(made).at(at)?;
            let entries = self.labels.iter().map(|(key, text)| (key.as_str(), text.as_str()));
            metadata::set_entries(&mut resource.node, entries, &self.specs).at(at)?;
        }
        Ok(())
    }
}
