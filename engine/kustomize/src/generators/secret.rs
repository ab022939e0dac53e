//! `secretGenerator`.

use weir_model::Value;
use weir_yaml::Node;

use super::pairs::{self, Made};
use super::{Generator, data, read_args};
use crate::error::{BuildError, Result};
use crate::kustomization::types::GeneratorArgs;
use crate::load::Folder;
use crate::resources::Resource;
use crate::session::Session;

/// Makes one Secret.
pub(crate) struct SecretGenerator {
    pub(crate) args: GeneratorArgs,
}

impl SecretGenerator {
    /// Reads the generator from a resource of its kind.
    pub(crate) fn read(config: &Value) -> Result<Box<dyn Generator>> {
        Ok(Box::new(Self { args: read_args(config, GeneratorArgs::of_secret)? }))
    }
}

impl Generator for SecretGenerator {
    fn generate<'a>(
        &self,
        folder: &Folder<'a>,
        session: &mut Session<'a>,
    ) -> Result<Vec<Resource>> {
        let args = &self.args;
        if args.name.is_empty() {
            return Err(BuildError::new("a configmap must have a name").at(args.at));
        }
        let mut object = data::base("Secret", &args.name, &args.namespace, args.at);
        let kind = if args.secret_type.is_empty() { "Opaque" } else { &args.secret_type };
        object.set("type", Node { origin: args.at, ..Node::string(kind) });
        data::load_secret(&mut object, &pairs::collect(args, Made::Secret, folder, session)?);
        Ok(vec![super::finish(object, args)])
    }
}
