//! `namespace`.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_model::Value;

use super::{Named, Transformer, read_specs};
use crate::config::TransformerConfig;
use crate::error::{BuildError, Result, Within};
use crate::fields::FieldSpec;
use crate::filters::namespace::{Settings, Subjects, set};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::resources::ResourceList;
use crate::resources::id::IdKey;
use crate::session::Session;

/// Sets the namespace.
#[derive(Default)]
pub(crate) struct NamespaceTransformer {
    namespace: SmolStr,
    specs: Vec<FieldSpec>,
    unset_only: bool,
    /// `setRoleBindingSubjects`.
    subjects: SmolStr,
}

impl NamespaceTransformer {
    /// Reads the transformer from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let mut read = Self::default();
        decoder.fields("NamespaceTransformerPlugin", config, |decoder, key, value| {
            match key {
                "metadata" => decoder.fields("ObjectMeta", value, |decoder, key, value| {
                    if key == "namespace" {
                        read.namespace = decoder.text(value);
                    }
                    key == "namespace"
                }),
                "fieldspecs" => read.specs = read_specs(decoder, value).unwrap_or_default(),
                "unsetonly" => read.unset_only = decoder.truth(value),
                "setrolebindingsubjects" => read.subjects = decoder.text(value),
                _ => return false,
            }
            true
        });
        let read = decoder.finish(read).within("unmarshalling NamespaceTransformer config")?;
        if let Subjects::Unknown(word) = Subjects::of(&read.subjects) {
            return Err(BuildError::new(format!(
                "invalid value {word:?} for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\""
            )));
        }
        Ok(Box::new(read))
    }
}

/// Makes the transformer of `namespace`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    made: &mut Vec<Named>,
) {
    if !kustomization.namespace.is_empty() {
        made.push((
            "NamespaceTransformer",
            Box::new(NamespaceTransformer {
                namespace: kustomization.namespace.clone(),
                specs: config.namespace.clone(),
                ..NamespaceTransformer::default()
            }),
        ));
    }
}

impl Transformer for NamespaceTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        let schema = &session.schema;
        let settings = Settings {
            namespace: &self.namespace,
            specs: &self.specs,
            unset_only: self.unset_only,
            subjects: Subjects::of(&self.subjects),
        };
        // How many resources have each id while some are changed already and some are not.
        let mut ids: BTreeMap<IdKey, usize> = BTreeMap::new();
        for resource in resources.as_slice() {
            *ids.entry(resource.id(schema).key()).or_default() += 1;
        }
        for resource in resources.as_mut() {
            if resource.is_empty() || resource.from_chart {
                continue;
            }
            let at = resource.at();
            session.step(1 + self.specs.len()).at(at)?;
            session.budget.text(self.namespace.len()).at(at)?;
            if let Some(count) = ids.get_mut(&resource.id(schema).key()) {
                *count -= 1;
            }
            resource.remember_name(schema);
            set(&mut resource.node, &settings, schema).at(at)?;
            let id = resource.id(schema);
            let count = ids.entry(id.key()).or_default();
            *count += 1;
            if *count > 1 {
                return Err(BuildError::new(format!(
                    "namespace transformation produces ID conflict: {id}"
                ))
                .at(at));
            }
        }
        Ok(())
    }
}
