//! Generators and transformers that are configured by resources: the built-in ones. Others are refused.

use weir_model::{Source, Value};

use crate::error::{BuildError, Result, Within};
use crate::generators::{self, Generator};
use crate::load::Folder;
use crate::resources::Resource;
use crate::resources::id::scalar;
use crate::resources::origin::OriginNote;
use crate::session::Session;
use crate::transformers::{self, Context, Transformer};

/// A generator and where it was configured.
pub(crate) type NotedGenerator = (Box<dyn Generator>, Option<OriginNote>);
/// A transformer and where it was configured.
pub(crate) type NotedTransformer = (Box<dyn Transformer>, Option<OriginNote>);

/// Reads a generator from the resource that configures it.
pub(crate) fn generator<'a>(
    resource: &Resource,
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Result<NotedGenerator> {
    let (kind, config) = built_in(resource, session)?;
    let made = generators::builtin(&kind, &config, folder, session);
    let is_transformer = made.is_none()
        && transformers::builtin(&kind, &config, &mut Context { folder, session }).is_some();
    if is_transformer {
        return Err(BuildError::new(format!(
            "plugin {} not a generator",
            resource.original_id(&session.schema)
        ))
        .at(resource.at()));
    }
    finish(made, resource, session)
}

/// Reads a transformer from the resource that configures it.
pub(crate) fn transformer<'a>(
    resource: &Resource,
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Result<NotedTransformer> {
    let (kind, config) = built_in(resource, session)?;
    let made = transformers::builtin(&kind, &config, &mut Context { folder, session });
    if made.is_none() && generators::builtin(&kind, &config, folder, session).is_some() {
        return Err(BuildError::new(format!(
            "plugin {} not a transformer",
            resource.original_id(&session.schema)
        ))
        .at(resource.at()));
    }
    finish(made, resource, session)
}

/// Returns the kind and the configuration of a built-in generator or transformer; refuses any other.
fn built_in(resource: &Resource, session: &Session<'_>) -> Result<(String, Value)> {
    let id = resource.original_id(&session.schema);
    if !id.group.is_empty() || id.version != "builtin" {
        return Err(BuildError::new(format!(
            "external plugins disabled; unable to load external plugin '{}'",
            id.kind
        ))
        .at(resource.at())
        .hint(|| Some(function_hint(resource))));
    }
    let config = weir_yaml::to_value(&resource.node)
        .within(format!("marshalling yaml from res {id}"))
        .at(resource.at())?;
    Ok((id.kind.to_string(), config))
}

/// Names the function that a resource configures, and says what to use instead of it.
fn function_hint(resource: &Resource) -> String {
    let annotation = ["config.kubernetes.io/function", "config.k8s.io/function"]
        .iter()
        .find_map(|key| resource.node.pointer(&["metadata", "annotations", key])?.text());
    let function = annotation.and_then(|text| {
        let value = weir_yaml::read_value(text.as_bytes(), Source::default()).ok()?;
        let part = |keys: &[&str]| value.pointer(keys).and_then(Value::as_str).map(str::to_owned);
        let image = part(&["container", "image"]).map(|image| format!("the container `{image}`"));
        let exec = || part(&["exec", "path"]).map(|path| format!("the program `{path}`"));
        let starlark = || {
            let path = part(&["starlark", "path"]).or_else(|| part(&["starlark", "url"]));
            path.map(|path| format!("the Starlark script `{path}`"))
        };
        image.or_else(exec).or_else(starlark)
    });
    let name = function.unwrap_or_else(|| format!("the function `{}`", resource.kind()));
    format!(
        "weir starts no functions, and so not {name}: use `patches`, `replacements` or another built-in transformer, or run \
         it beforehand and commit what it makes"
    )
}

fn finish<T>(
    made: Option<Result<T>>,
    resource: &Resource,
    session: &Session<'_>,
) -> Result<(T, Option<OriginNote>)> {
    let id = resource.original_id(&session.schema);
    let made = match made {
        Some(made) => made.within(format!("plugin {id} fails configuration")).at(resource.at())?,
        None => {
            return Err(BuildError::new(format!(
                "unable to load builtin {}",
                crate::resources::id::gvk_text(&id.group, &id.version, &id.kind)
            ))
            .at(resource.at()));
        }
    };
    let note = resource.origin.as_ref().map(|origin| {
        let text = |key| scalar(resource.node.get(key)).to_string();
        origin.configured([
            text("apiVersion"),
            text("kind"),
            resource.name().into(),
            resource.namespace().into(),
        ])
    });
    Ok((made, note))
}
