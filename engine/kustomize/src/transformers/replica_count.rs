//! `replicas`.

use weir_model::Value;

use super::{Named, Transformer, read_specs};
use crate::config::TransformerConfig;
use crate::error::{BuildError, Result, Within};
use crate::fields::FieldSpec;
use crate::filters::replicas;
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::Replica;
use crate::resources::ResourceList;
use crate::resources::id::gvk_text;
use crate::session::Session;

/// Sets the replica count of the resources of one name.
#[derive(Default)]
pub(crate) struct ReplicaCountTransformer {
    replica: Replica,
    specs: Vec<FieldSpec>,
}

impl ReplicaCountTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let mut read = Self::default();
        decoder.fields("ReplicaCountTransformerPlugin", config, |decoder, key, value| {
            match key {
                "replica" => read.replica = Replica::read(decoder, value),
                "fieldspecs" => read.specs = read_specs(decoder, value).unwrap_or_default(),
                _ => return false,
            }
            true
        });
        decoder.finish(Box::new(read) as Box<dyn Transformer>)
    }
}

/// Makes a transformer for each entry of `replicas`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    made: &mut Vec<Named>,
) {
    for replica in &kustomization.replicas {
        made.push((
            "ReplicaCountTransformer",
            Box::new(ReplicaCountTransformer {
                replica: replica.clone(),
                specs: config.replicas.clone(),
            }),
        ));
    }
}

impl Transformer for ReplicaCountTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let Replica { name, count, at } = &self.replica;
        let mut found = false;
        for spec in &self.specs {
            let meant = |id: &crate::resources::Id| {
                id.name == *name && id.selected_by(&spec.group, &spec.version, &spec.kind)
            };
            for place in resources.by_any(name, meant, &session.schema) {
                found = true;
                resources.change(place, &session.schema, &session.budget, |resource| {
                    let at = resource.at();
                    replicas::set(&mut resource.node, *count, spec).at(at)
                })?;
            }
        }
        if found {
            return Ok(());
        }
        let kinds: Vec<String> = self
            .specs
            .iter()
            .map(|spec| gvk_text(&spec.group, &spec.version, &spec.kind))
            .collect();
        Err(BuildError::new(format!(
            "resource with name {name} does not match a config with the following GVK [{}]",
            kinds.join(" ")
        ))
        .at(*at))
    }
}
