//! The values of a release: `valuesFrom` in order, then `values`, with references to single values on top of both.

use weir_flux::data::ObjectData;
use weir_flux::kinds::{HelmRelease, ValuesReference};
use weir_flux::taint;
use weir_helm::HelmVersion;
use weir_helm::values::{empty, from_json, merge, read as read_text, set, set_literal, set_string};
use weir_model::{Data, Diagnostic, Value};
use weir_plan::UnitId;

use super::variables::find_data;
use crate::blocked::Blocked;
use crate::context::Context;

/// The values of a release, before the chart's own are laid below them.
#[derive(Clone, Debug)]
pub(crate) struct ReleaseValues {
    pub(crate) merged: Value,
    /// The same with decoys instead of secrets; none when there is no secret.
    pub(super) decoys: Option<Value>,
    /// The secret texts, to keep them out of messages.
    pub(crate) secrets: Vec<String>,
    /// Whether all that is referred to was found.
    pub(super) resolved: bool,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Collects the values of a release.
///
/// What is encrypted or missing counts as absent, with a warning; a value that is no YAML map is an error.
pub(super) fn collect(
    context: Context<'_>,
    id: &UnitId,
    release: &HelmRelease,
) -> Result<ReleaseValues, Blocked> {
    let mut all = ReleaseValues {
        merged: empty(),
        decoys: None,
        secrets: Vec::new(),
        resolved: true,
        warnings: Vec::new(),
    };
    let mut decoys = empty();
    let mut single = Vec::new();
    for reference in &release.values_from {
        let Some(text) = text_of(context, id, reference, &mut all) else { continue };
        let is_secret = reference.kind == "Secret";
        if is_secret {
            all.secrets.push(text.clone());
        }
        if reference.target_path.is_some() {
            single.push((reference, text, is_secret));
            continue;
        }
        let name = format!("{}/{}/{}", reference.kind, id.namespace, reference.name);
        let value = read(id, reference, &name, &text, is_secret)?;
        if is_secret {
            collect_texts(&value, &mut all.secrets);
            decoys = merge(&decoys, &taint::decoy_value(&value));
        } else {
            decoys = merge(&decoys, &value);
        }
        all.merged = merge(&all.merged, &value);
    }
    if let Some(values) = &release.values {
        // The API server gives JSON, and there every number is a float.
        let values = from_json(values);
        all.merged = merge(&all.merged, &values);
        decoys = merge(&decoys, &values);
    }
    for (reference, text, is_secret) in single {
        let decoy = if is_secret { taint::decoy(&text) } else { text.clone() };
        set_single(id, reference, &mut all.merged, &text)?;
        set_single(id, reference, &mut decoys, &decoy)?;
    }
    all.decoys = (!all.secrets.is_empty()).then_some(decoys);
    Ok(all)
}

fn text_of(
    context: Context<'_>,
    id: &UnitId,
    reference: &ValuesReference,
    all: &mut ReleaseValues,
) -> Option<String> {
    let name = format!("{}/{}/{}", reference.kind, id.namespace, reference.name);
    let warn = |problem: &str| {
        let message = format!("`{id}` takes values from `{name}`, which {problem}");
        Diagnostic::warning("flux-values-from", message).at(reference.origin)
    };
    match find_data(context, &reference.kind, &id.namespace, &reference.name) {
        Some(ObjectData::Plain(mut data)) => {
            let text = data.remove(&reference.key);
            if text.is_none() && !reference.optional {
                all.warnings.push(warn(&format!("has no key `{}`", reference.key)));
            }
            text
        }
        Some(ObjectData::Encrypted) => {
            all.warnings.push(warn("is encrypted").hint("the release is shown without them"));
            None
        }
        None => {
            all.resolved = false;
            if !reference.optional {
                all.warnings.push(warn("nothing in the repository makes"));
            }
            None
        }
    }
}

fn read(
    id: &UnitId,
    reference: &ValuesReference,
    name: &str,
    text: &str,
    is_secret: bool,
) -> Result<Value, Blocked> {
    let failed = |problem: String| {
        let message = format!("`{id}` takes values from `{name}`, key `{}`", reference.key);
        let diagnostic = Diagnostic::error("flux-values-from", message).at(reference.origin);
        // What the parser says of a secret may quote it.
        let problem = if is_secret { "they are no YAML map".to_owned() } else { problem };
        Blocked::broken(vec![diagnostic.cause(problem)])
    };
    read_text(text.as_bytes(), name, HelmVersion::V4).map_err(failed)
}

/// Sets the value at the target path, in the syntax of `--set`: quoted it is a text, with `literal` it is taken as it is.
fn set_single(
    id: &UnitId,
    reference: &ValuesReference,
    values: &mut Value,
    text: &str,
) -> Result<(), Blocked> {
    let path = reference.target_path.as_deref().unwrap_or_default();
    let quoted = |quote: char| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote);
    let result = if reference.literal {
        set_literal(values, &format!("{path}={text}"), HelmVersion::V4)
    } else if quoted('\'') || quoted('"') {
        let text = text.trim_matches(['\'', '"']);
        set_string(values, &format!("{path}={text}"), HelmVersion::V4)
    } else {
        set(values, &format!("{path}={text}"), HelmVersion::V4)
    };
    result.map_err(|_| {
        // The error may quote the value, which may be a secret.
        let message = format!("`{id}` cannot set the value at `{path}`");
        let diagnostic = Diagnostic::error("flux-values-from", message).at(reference.origin);
        Blocked::broken(vec![diagnostic.hint("set `literal: true` when it is not to be parsed")])
    })
}

fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match &value.data {
        Data::String(text) => texts.push(text.to_string()),
        Data::List(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Data::Map(map) => map.iter().for_each(|(_, value)| collect_texts(value, texts)),
        // Numbers that are followed; smaller ones would hide half of any message.
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => {
            texts.extend(value.as_int().filter(|size| *size >= 1_000).map(|size| size.to_string()));
        }
        Data::Null | Data::Bool(_) => {}
    }
}
