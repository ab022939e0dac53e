//! `ValueAddTransformer`: one value put into fields of many resources.

use smol_str::SmolStr;
use weir_model::Value;

use super::{Context, Transformer};
use crate::error::{BuildError, Result, Within};
use crate::filters::namespace::{Settings, Subjects};
use crate::filters::{namespace, path};
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::Selector;
use crate::resources::ResourceList;
use crate::resources::select::Compiled;
use crate::session::Session;

/// Puts a value into fields.
pub(crate) struct ValueAddTransformer {
    value: SmolStr,
    targets: Vec<Target>,
}

#[derive(Default)]
struct Target {
    selector: Option<Selector>,
    field_path: SmolStr,
    position: i64,
}

impl ValueAddTransformer {
    /// Reads the transformer from a resource of its kind. Without a value it is the name of the folder.
    pub(crate) fn read(
        config: &Value,
        context: &mut Context<'_, '_>,
    ) -> Result<Box<dyn Transformer>> {
        let mut decoder = Decoder::lenient();
        let (mut value, mut file_path) = (SmolStr::default(), SmolStr::default());
        let mut targets = Vec::new();
        decoder.fields("ValueAddTransformerPlugin", config, |decoder, key, field| {
            match key {
                "value" => value = decoder.text(field),
                "targets" => targets = decoder.list("[]builtins.Target", field, Target::read),
                "targetfilepath" => file_path = decoder.text(field),
                _ => return false,
            }
            true
        });
        decoder.finish(())?;
        let mut value = SmolStr::new(value.trim());
        if value.is_empty() {
            value = SmolStr::new(context.folder.name().rsplit('/').next().unwrap_or_default());
        }
        if !file_path.is_empty() {
            let file = context.folder.load(&file_path, context.session)?;
            let more = weir_yaml::read_value(file.blob.bytes(), file.source)?;
            let mut decoder = Decoder::lenient();
            decoder.fields("Targets", &more, |decoder, key, value| {
                if key == "targets" {
                    targets.extend(decoder.list("[]builtins.Target", value, Target::read));
                }
                key == "targets"
            });
            decoder.finish(())?;
        }
        if targets.is_empty() {
            return Err(BuildError::new("must specify at least one target"));
        }
        for target in &targets {
            if target.field_path.is_empty() {
                return Err(BuildError::new("fieldPath cannot be empty"));
            }
            if target.position < 0 {
                return Err(BuildError::new(format!(
                    "value of FilePathPosition ({}) cannot be negative",
                    target.position
                )));
            }
        }
        Ok(Box::new(Self { value, targets }))
    }
}

impl Target {
    fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("Target", value, |decoder, key, value| {
            match key {
                "selector" => {
                    read.selector = (!value.is_null()).then(|| Selector::read(decoder, value));
                }
                "fieldpath" => read.field_path = decoder.text(value),
                "filepathposition" => read.position = decoder.int(value),
                _ => return false,
            }
            true
        });
        read
    }
}

impl Transformer for ValueAddTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        let schema = &session.schema;
        for target in &self.targets {
            let meant: Vec<usize> = match &target.selector {
                Some(selector) => Compiled::new(selector)?.find(resources, session)?,
                None => (0..resources.as_slice().len()).collect(),
            };
            session.step(meant.len())?;
            for index in meant {
                let Some(resource) = resources.as_mut().get_mut(index) else { continue };
                let at = resource.at();
                session.budget.text(self.value.len()).at(at)?;
                if target.field_path == "metadata/namespace" {
                    let settings = Settings {
                        namespace: &self.value,
                        specs: &[],
                        unset_only: false,
                        subjects: Subjects::DefaultOnly,
                    };
                    namespace::set(&mut resource.node, &settings, schema).at(at)?;
                } else {
                    path::add_value(
                        &mut resource.node,
                        &target.field_path,
                        &self.value,
                        target.position,
                    )
                    .at(at)?;
                }
            }
        }
        Ok(())
    }
}
