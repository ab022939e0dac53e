//! Which fields the transformers change: the built-in tables, `configurations`, and what `crds` say.

mod crds;
mod tables;

use std::sync::{Arc, LazyLock};

use weir_model::Value;

use crate::budget::Budget;
use crate::error::{BuildError, Result, Within};
use crate::fields::FieldSpec;
use crate::kustomization::decode::{Decoder, Entry};
use crate::kustomization::types::read_field_spec;
use crate::load::Folder;
use crate::resources::sort::default_rank;
use crate::session::Session;

/// The fields that each transformer changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TransformerConfig {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) volume_claim_template_labels: Vec<FieldSpec>,
    pub(crate) common_annotations: Vec<FieldSpec>,
    pub(crate) name_reference: Vec<BackReference>,
    pub(crate) var_reference: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
}

/// The fields of one transformer in a [`TransformerConfig`].
struct Specs {
    /// The key in a configuration file, in lower case.
    key: &'static str,
    /// Its name in errors.
    name: &'static str,
    of: fn(&mut TransformerConfig) -> &mut Vec<FieldSpec>,
}

const SPECS: &[Specs] = &[
    Specs { key: "nameprefix", name: "NamePrefix", of: |config| &mut config.name_prefix },
    Specs { key: "namesuffix", name: "NameSuffix", of: |config| &mut config.name_suffix },
    Specs { key: "namespace", name: "NameSpace", of: |config| &mut config.namespace },
    Specs {
        key: "commonannotations",
        name: "CommonAnnotations",
        of: |config| &mut config.common_annotations,
    },
    Specs { key: "commonlabels", name: "CommonLabels", of: |config| &mut config.common_labels },
    Specs { key: "labels", name: "Labels", of: |config| &mut config.labels },
    Specs {
        key: "templatelabels",
        name: "TemplateLabels",
        of: |config| &mut config.template_labels,
    },
    Specs {
        key: "volumeclaimtemplatelabels",
        name: "VolumeClaimTemplateLabels",
        of: |config| &mut config.volume_claim_template_labels,
    },
    Specs { key: "varreference", name: "VarReference", of: |config| &mut config.var_reference },
    Specs { key: "images", name: "Images", of: |config| &mut config.images },
    Specs { key: "replicas", name: "Replicas", of: |config| &mut config.replicas },
];

/// A kind of object whose name other objects hold, and the fields in which they hold it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BackReference {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) referrers: Vec<FieldSpec>,
}

static BUILTIN: LazyLock<Arc<TransformerConfig>> = LazyLock::new(|| Arc::new(tables::builtin()));

/// Returns the built-in tables, with those of a kustomization's `configurations` added.
pub(crate) fn load<'a>(
    paths: &[Entry],
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Result<Arc<TransformerConfig>> {
    let mut own = TransformerConfig::default();
    for Entry { text, at } in paths {
        let file = folder.load(text, session).at(*at)?;
        let value = weir_yaml::read_value_strict(file.blob.bytes(), file.source)
            .within("error converting YAML to JSON")?;
        own = own.merged(&TransformerConfig::read(&value)?, &session.budget)?;
    }
    if own == TransformerConfig::default() {
        return Ok(BUILTIN.clone());
    }
    BUILTIN.merged(&own, &session.budget).map(Arc::new)
}

/// Adds what OpenAPI definitions (`crds`) say of names and labels.
pub(crate) fn load_crds<'a>(
    paths: &[Entry],
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Result<TransformerConfig> {
    let mut config = TransformerConfig::default();
    for Entry { text, at } in paths {
        let file = folder.load(text, session).at(*at)?;
        let definitions = weir_yaml::read_value(file.blob.bytes(), file.source)
            .map_err(BuildError::from)
            .and_then(|value| crds::check(&value).map(|()| value))
            .within(format!("unable to parse open API definition from '{text}'"))?;
        config = config.merged(&crds::config(&definitions, &session.budget)?, &session.budget)?;
    }
    Ok(config)
}

/// Merges two configurations; the usual ones, which are the same, at no cost.
///
/// A merge into nothing changes what is merged all the same: of the fields of one path, one that speaks of any kind gives
/// way to those before it. So `configurations` take the place of the built-in `metadata/name`.
pub(crate) fn merge(
    one: &Arc<TransformerConfig>,
    other: &Arc<TransformerConfig>,
    budget: &Budget,
) -> Result<Arc<TransformerConfig>> {
    if Arc::ptr_eq(one, other) || **other == TransformerConfig::default() {
        return Ok(one.clone());
    }
    if Arc::ptr_eq(other, &BUILTIN) && **one == TransformerConfig::default() {
        return Ok(other.clone());
    }
    one.merged(other, budget).map(Arc::new)
}

impl TransformerConfig {
    fn read(value: &Value) -> Result<Self> {
        let mut decoder = Decoder::lenient_but_known();
        let mut read = Self::default();
        decoder.fields("TransformerConfig", value, |decoder, key, value| {
            if key == "namereference" {
                read.name_reference =
                    decoder.list("builtinconfig.nbrSlice", value, BackReference::read);
                return true;
            }
            let Some(specs) = SPECS.iter().find(|specs| specs.key == key) else { return false };
            *(specs.of)(&mut read) = decoder.list("types.FsSlice", value, read_field_spec);
            true
        });
        let mut read =
            decoder.finish(read).within("error unmarshaling JSON: while decoding JSON")?;
        read.sort();
        Ok(read)
    }

    /// Adds another configuration's fields; two that differ only in `create` are an error.
    pub(crate) fn merged(&self, other: &Self, budget: &Budget) -> Result<Self> {
        let (mut merged, mut other) = (self.clone(), other.clone());
        for Specs { name, of, .. } in SPECS {
            *of(&mut merged) = merge_specs(of(&mut merged), of(&mut other), budget)
                .doing(|| format!("failed to merge {name} fieldSpec"))?;
        }
        let looks = merged.name_reference.len().saturating_mul(other.name_reference.len());
        budget.step(looks / LOOKS_PER_STEP)?;
        for reference in &other.name_reference {
            merged
                .add_reference(reference, budget)
                .within("failed to merge NameReference fieldSpec")?;
        }
        merged.sort();
        Ok(merged)
    }

    fn add_reference(&mut self, reference: &BackReference, budget: &Budget) -> Result<()> {
        let known = self.name_reference.iter_mut().find(|known| {
            known.kind == reference.kind
                && known.group == reference.group
                && known.version == reference.version
        });
        match known {
            Some(known) => {
                known.referrers = merge_specs(&known.referrers, &reference.referrers, budget)?;
            }
            None => self.name_reference.push(reference.clone()),
        }
        Ok(())
    }

    fn sort(&mut self) {
        for Specs { of, .. } in SPECS {
            of(self).sort_by_cached_key(|spec| order(&spec.group, &spec.version, &spec.kind));
        }
        self.name_reference.sort_by_cached_key(|reference| {
            order(&reference.group, &reference.version, &reference.kind)
        });
    }
}

impl BackReference {
    fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("NameBackReferences", value, |decoder, key, value| {
            match key {
                "group" => read.group = decoder.text(value).into(),
                "version" => read.version = decoder.text(value).into(),
                "kind" => read.kind = decoder.text(value).into(),
                "fieldspecs" => {
                    read.referrers = decoder.list("types.FsSlice", value, read_field_spec);
                }
                _ => return false,
            }
            true
        });
        read
    }
}

/// Returns what field specs are sorted by.
fn order(group: &str, version: &str, kind: &str) -> (i64, String) {
    let or =
        |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    (default_rank(kind), format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K")))
}

/// How many paths are compared in the time that one step stands for.
const LOOKS_PER_STEP: usize = 8;

/// Adds field specs to others. One that is there already, by what the new one states, is not added again.
pub(crate) fn merge_specs(
    own: &[FieldSpec],
    incoming: &[FieldSpec],
    budget: &Budget,
) -> Result<Vec<FieldSpec>> {
    let looks = incoming.len().saturating_mul(own.len() + incoming.len());
    budget.step(own.len() + looks / LOOKS_PER_STEP)?;
    let mut merged = own.to_vec();
    for spec in incoming {
        let stated = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let known = merged.iter().find(|known| {
            known.path == spec.path
                && stated(&spec.kind, &known.kind)
                && stated(&spec.group, &known.group)
                && stated(&spec.version, &known.version)
        });
        match known {
            Some(known) if known.create != spec.create => {
                return Err(BuildError::new("conflicting fieldspecs"));
            }
            Some(_) => {}
            None => merged.push(spec.clone()),
        }
    }
    Ok(merged)
}
