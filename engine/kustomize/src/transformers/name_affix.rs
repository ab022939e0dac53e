//! `namePrefix` and `nameSuffix`.

use smol_str::SmolStr;
use weir_model::Value;

use super::{Named, Transformer, read_specs};
use crate::config::TransformerConfig;
use crate::error::{BuildError, Result, Within};
use crate::fields::FieldSpec;
use crate::filters::metadata;
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Decoder;
use crate::resources::{Id, ResourceList};
use crate::session::Session;

/// Puts a text before or behind names.
pub(crate) struct AffixTransformer {
    affix: Affix,
    text: SmolStr,
    specs: Vec<FieldSpec>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Affix {
    Prefix,
    Suffix,
}

/// Kinds whose names are not ours to change.
const SKIPPED: &[(&str, &str)] = &[
    ("CustomResourceDefinition", ""),
    ("APIService", "apiregistration.k8s.io"),
    ("Namespace", ""),
];

impl AffixTransformer {
    /// Reads a prefix from a resource of its kind.
    pub(crate) fn read_prefix(config: &Value) -> Result<Box<dyn Transformer>> {
        Self::read(config, Affix::Prefix)
    }

    /// Reads a suffix from a resource of its kind.
    pub(crate) fn read_suffix(config: &Value) -> Result<Box<dyn Transformer>> {
        Self::read(config, Affix::Suffix)
    }

    /// Reads a prefix and a suffix from one resource.
    pub(crate) fn read_both(config: &Value) -> Result<Box<dyn Transformer>> {
        Ok(Box::new(Both(Self::read_prefix(config)?, Self::read_suffix(config)?)))
    }

    fn read(config: &Value, affix: Affix) -> Result<Box<dyn Transformer>> {
        let wanted = if affix == Affix::Prefix { "prefix" } else { "suffix" };
        let mut decoder = Decoder::lenient();
        let (mut text, mut specs) = (SmolStr::default(), None);
        decoder.fields("PrefixTransformerPlugin", config, |decoder, key, value| {
            match key {
                "fieldspecs" => specs = read_specs(decoder, value),
                key if key == wanted => text = decoder.text(value),
                _ => return false,
            }
            true
        });
        let specs = decoder
            .finish(specs)?
            .ok_or_else(|| BuildError::new("fieldSpecs is not expected to be nil"))?;
        Ok(Box::new(Self { affix, text, specs }))
    }
}

/// Makes the transformers of `namePrefix` and `nameSuffix`.
pub(super) fn of_kustomization(
    kustomization: &Kustomization,
    config: &TransformerConfig,
    made: &mut Vec<Named>,
) {
    for (kind, affix, text, specs) in [
        ("PrefixTransformer", Affix::Prefix, &kustomization.name_prefix, &config.name_prefix),
        ("SuffixTransformer", Affix::Suffix, &kustomization.name_suffix, &config.name_suffix),
    ] {
        if !text.is_empty() {
            made.push((
                kind,
                Box::new(AffixTransformer { affix, text: text.clone(), specs: specs.clone() }),
            ));
        }
    }
}

fn is_skipped(id: &Id) -> bool {
    SKIPPED.iter().any(|(kind, group)| id.selected_by(group, "", kind))
}

impl Transformer for AffixTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        for resource in resources.as_mut() {
            let id = resource.original_id(&session.schema);
            if is_skipped(&id) {
                continue;
            }
            let at = resource.at();
            session.step(2 * self.specs.len()).at(at)?;
            for spec in &self.specs {
                if !id.selected_by(&spec.group, &spec.version, &spec.kind) {
                    continue;
                }
                if spec.path == "metadata/name" && !self.text.is_empty() {
                    match self.affix {
                        Affix::Prefix => resource.prefixes.push(self.text.clone()),
                        Affix::Suffix => resource.suffixes.push(self.text.clone()),
                    }
                    resource.remember_name(&session.schema);
                }
                session.step(RENAME).at(at)?;
                session.budget.text(self.text.len() + id.name.len()).at(at)?;
                match self.affix {
                    Affix::Prefix => metadata::prefix(&mut resource.node, &self.text, spec),
                    Affix::Suffix => metadata::suffix(&mut resource.node, &self.text, spec),
                }
                .at(at)?;
            }
        }
        Ok(())
    }
}

/// How long a field takes that is renamed, in looks at nodes.
const RENAME: usize = 10;

/// One transformer after the other.
struct Both(Box<dyn Transformer>, Box<dyn Transformer>);

impl Transformer for Both {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        self.0.transform(resources, session)?;
        self.1.transform(resources, session)
    }
}
