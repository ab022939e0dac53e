//! Generators: each makes resources. One file each; [`builtin`] knows them by the kind that configures them.

pub(crate) mod config_map;
pub(crate) mod data;
pub(crate) mod helm_chart;
pub(crate) mod iam_policy;
pub(crate) mod pairs;
pub(crate) mod secret;

use smol_str::SmolStr;
use weir_model::Value;
use weir_yaml::{Node, ScalarTag};

use crate::error::Result;
use crate::kustomization::decode::Decoder;
use crate::kustomization::types::GeneratorArgs;
use crate::load::Folder;
use crate::resources::Resource;
use crate::resources::bookkeeping;
use crate::resources::resource::Behavior;
use crate::session::Session;

/// Makes resources.
pub(crate) trait Generator {
    /// Makes the resources, and reads what it needs from the folder.
    fn generate<'a>(&self, folder: &Folder<'a>, session: &mut Session<'a>)
    -> Result<Vec<Resource>>;
}

/// Reads a built-in generator from the resource that configures it; nothing when the kind is none.
pub(crate) fn builtin<'a>(
    kind: &str,
    config: &Value,
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Option<Result<Box<dyn Generator>>> {
    Some(match kind {
        "ConfigMapGenerator" => config_map::ConfigMapGenerator::read(config),
        "SecretGenerator" => secret::SecretGenerator::read(config),
        "IAMPolicyGenerator" => iam_policy::IamPolicyGenerator::read(config),
        "HelmChartInflationGenerator" => {
            helm_chart::HelmChartInflationGenerator::read(config, folder, session)
                .map(|generator| Box::new(generator) as Box<dyn Generator>)
        }
        _ => return None,
    })
}

/// Reads the arguments of a generator from a resource, whose own name and namespace stand in for missing ones.
fn read_args(
    config: &Value,
    read: fn(&mut Decoder, &Value) -> GeneratorArgs,
) -> Result<GeneratorArgs> {
    let mut decoder = Decoder::lenient();
    let mut args = read(&mut decoder, config);
    let meta = |key| {
        SmolStr::new(config.pointer(&["metadata", key]).and_then(Value::as_str).unwrap_or_default())
    };
    if args.name.is_empty() {
        args.name = meta("name");
    }
    if args.namespace.is_empty() {
        args.namespace = meta("namespace");
    }
    decoder.finish(args)
}

/// Adds what the options say to a generated object.
fn finish(mut object: Node, args: &GeneratorArgs) -> Resource {
    if let Some(options) = &args.options {
        for (field, entries) in [("labels", &options.labels), ("annotations", &options.annotations)]
        {
            if entries.is_empty() {
                continue;
            }
            let mut map = Node { origin: args.at, ..Node::mapping(Vec::new()) };
            for (key, text) in entries {
                map.set(key, Node { origin: args.at, ..Node::string(text.clone()) });
            }
            if let Some(metadata) = object.get_mut("metadata") {
                metadata.set(field, map);
            }
        }
        if options.immutable {
            object.set(
                "immutable",
                Node { origin: args.at, ..Node::scalar("true", ScalarTag::Bool) },
            );
        }
    }
    let mut resource = Resource::new(object);
    resource.needs_hash =
        !args.options.as_ref().is_some_and(|options| options.disable_name_suffix_hash);
    resource.behavior = Behavior::parse(&args.behavior);
    bookkeeping::mark(&mut resource);
    resource
}
