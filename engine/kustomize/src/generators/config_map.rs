//! `configMapGenerator`.

use weir_model::Value;

use super::pairs::{self, Made};
use super::{Generator, data, read_args};
use crate::error::{BuildError, Result};
use crate::kustomization::types::GeneratorArgs;
use crate::load::Folder;
use crate::resources::Resource;
use crate::session::Session;

/// Makes one ConfigMap.
pub(crate) struct ConfigMapGenerator {
    pub(crate) args: GeneratorArgs,
}

impl ConfigMapGenerator {
    /// Reads the generator from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Generator>> {
        Ok(Box::new(Self { args: read_args(config, GeneratorArgs::of_config_map)? }))
    }
}

impl Generator for ConfigMapGenerator {
    fn generate<'a>(
        &self,
        folder: &Folder<'a>,
        session: &mut Session<'a>,
    ) -> Result<Vec<Resource>> {
        let args = &self.args;
        if args.name.is_empty() {
            return Err(BuildError::new("a configmap must have a name").at(args.at));
        }
        let mut object = data::base("ConfigMap", &args.name, &args.namespace, args.at);
        data::load_config_map(
            &mut object,
            &pairs::collect(args, Made::ConfigMap, folder, session)?,
        );
        Ok(vec![super::finish(object, args)])
    }
}
