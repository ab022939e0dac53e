//! From a reference to a source to its files, one file per kind.

mod bucket;
mod chart;
mod external;
mod git;
mod oci;

pub(crate) use chart::{ChartSource, chart_of, chart_root, no_chart};

use std::sync::Arc;

use weir_flux::kinds::Reference;
use weir_flux::names::SOURCE_GROUP;
use weir_flux::sourceignore;
use weir_model::{Artifact, Diagnostic, DigestBuilder, ObjectId, Warned};

use crate::Demand;
use crate::blocked::Blocked;
use crate::context::Context;
use crate::files::Files;
use crate::world::Placed;

/// How long a chain of sources made of sources may be.
const MAX_DEPTH: u32 = 16;

/// What a source gives.
#[derive(Clone, Debug)]
pub(crate) struct SourceTree {
    /// The source object.
    pub(crate) id: ObjectId,
    /// The revision in Flux's form; empty when it is not known.
    pub(crate) revision: String,
    /// The files.
    pub(crate) files: Files,
}

/// Finds the files of a source. `referrer` names the object that refers to it, for messages.
pub(crate) fn resolve(
    context: Context<'_>,
    referrer: &str,
    reference: &Reference,
    own_namespace: &str,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let namespace = reference.namespace_or(own_namespace);
    let id = ObjectId::new(SOURCE_GROUP, &reference.kind, Some(namespace), &reference.name);
    if depth > MAX_DEPTH {
        let message = format!("`{referrer}`: sources refer to one another in a circle at `{id}`");
        return Err(Blocked::broken(vec![
            Diagnostic::error("flux-source-cycle", message).at(reference.origin),
        ]));
    }
    if let Some(artifact) = context.snapshot.sources.get(&id) {
        return Ok(of_artifact(id, artifact));
    }
    match reference.kind.as_str() {
        "GitRepository" => git::resolve(context, referrer, &id, reference, depth),
        "OCIRepository" => oci::resolve(context, referrer, &id, reference),
        "Bucket" => bucket::resolve(context, referrer, &id, reference),
        "HelmChart" => chart::as_source(context, referrer, &id, reference, depth),
        "ExternalArtifact" => external::resolve(context, referrer, &id, reference, depth),
        other => {
            let message = format!("`{referrer}` refers to a source of the unknown kind `{other}`");
            Err(Blocked::broken(vec![
                Diagnostic::error("flux-source-kind", message).at(reference.origin),
            ]))
        }
    }
}

/// Finds a source object, or says that it is not there.
pub(crate) fn object<'a>(
    context: Context<'a>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
) -> Result<&'a Placed, Blocked> {
    let namespace = id.namespace.as_deref().unwrap_or_default();
    context.world.find(&id.group, &id.kind, namespace, &id.name).ok_or_else(|| {
        let message =
            format!("`{referrer}` refers to `{id}`, which nothing in the repository makes");
        let diagnostic = Diagnostic::error("flux-source-missing", message).at(reference.origin);
        Blocked::absent(diagnostic.hint(format!(
            "add the {} to the repository, or answer it with `--source {}/{namespace}/{}=PATH`",
            id.kind,
            id.kind.to_lowercase(),
            id.name
        )))
    })
}

/// Finds a source object; none when it is not there but means the repository itself, as what installs Flux makes it.
fn object_unless_root<'a>(
    context: Context<'a>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
) -> Result<Option<&'a Placed>, Blocked> {
    match object(context, referrer, id, reference) {
        Err(_) if context.is_root(id, None) => Ok(None),
        found => found.map(Some),
    }
}

/// Takes what could be read of an object, unless it is wrong.
pub(crate) fn checked<T>(read: Warned<T>) -> Result<T, Blocked> {
    if read.has_errors() { Err(Blocked::broken(read.diagnostics)) } else { Ok(read.value) }
}

fn of_artifact(id: ObjectId, artifact: &Artifact) -> SourceTree {
    let files = Files::Here(Arc::clone(&artifact.tree));
    SourceTree { id, revision: artifact.revision.0.clone(), files }
}

/// Takes what was fetched for a source object.
fn fetched(context: Context<'_>, id: &ObjectId, demand: Demand) -> Result<SourceTree, Blocked> {
    let (files, revision) = context.files(demand)?;
    Ok(SourceTree { id: id.clone(), revision, files })
}

/// Leaves out of an artifact what its ignore rules say.
fn ignoring(
    context: Context<'_>,
    source: SourceTree,
    ignore: Option<&str>,
) -> Result<SourceTree, Blocked> {
    let mut key = DigestBuilder::new("ignored");
    key.digest(source.files.digest()).number(u64::from(ignore.is_some()));
    key.text(ignore.unwrap_or_default());
    let ignore = ignore.map(str::to_owned);
    let files = source.files.clone().derive(context.memo, key.finish(), move |tree| {
        Ok(sourceignore::apply(tree, ignore.as_deref()))
    })?;
    Ok(SourceTree { files: files.unwrap_or(source.files), ..source })
}

/// Returns the repository itself as the answer to a source.
fn root(context: Context<'_>, id: &ObjectId, ignore: Option<&str>) -> Result<SourceTree, Blocked> {
    ignoring(context, of_artifact(id.clone(), &context.snapshot.root), ignore)
}
