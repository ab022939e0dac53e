//! `ExternalArtifact`: what an `ArtifactGenerator` of the same namespace makes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use weir_flux::kinds::{ArtifactGenerator, GeneratedArtifact, Reference};
use weir_flux::path_pattern;
use weir_model::{Diagnostic, DigestBuilder, Meter, ObjectId, SmolStr, Tree};

use super::{SourceTree, checked, resolve as resolve_any};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::files::Files;

/// Finds the generator that makes an artifact, and runs it.
pub(super) fn resolve(
    context: Context<'_>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let namespace = id.namespace.as_deref().unwrap_or_default();
    let mut blocked = None;
    for placed in context.world.generators(namespace) {
        let generator = ArtifactGenerator::read(&placed.manifest).value;
        let owner = placed.manifest.id().to_string();
        let artifacts = match expanded(context, &owner, &generator, namespace, depth) {
            Ok(artifacts) => artifacts,
            Err(problem) => {
                // Another generator may make it.
                blocked.get_or_insert(problem);
                continue;
            }
        };
        if let Some(artifact) = artifacts.iter().find(|artifact| artifact.name == id.name) {
            let generator = checked(ArtifactGenerator::read(&placed.manifest))?;
            return generate(context, &owner, &generator, artifact, id, depth);
        }
    }
    if let Some(blocked) = blocked {
        return Err(blocked);
    }
    let message = format!(
        "`{referrer}` refers to `{id}`, which no ArtifactGenerator in the repository makes"
    );
    let diagnostic = Diagnostic::error("flux-source-missing", message).at(reference.origin);
    Err(Blocked::absent(
        diagnostic.hint(format!(
            "answer it with `--source externalartifact/{namespace}/{}=PATH`",
            id.name
        )),
    ))
}

/// Returns the artifacts of a generator; with a path pattern it makes a set for each folder.
fn expanded<'a>(
    context: Context<'_>,
    owner: &str,
    generator: &'a ArtifactGenerator,
    namespace: &str,
    depth: u32,
) -> Result<Cow<'a, [GeneratedArtifact]>, Blocked> {
    if generator.path_pattern.is_none() {
        return Ok(Cow::Borrowed(&generator.artifacts));
    }
    let broken = |problem: String| {
        let message = format!("`{owner}` has a path pattern that gives no artifacts");
        Blocked::broken(vec![Diagnostic::error("flux-path-pattern", message).cause(problem)])
    };
    let alias = path_pattern::pattern_alias(generator).unwrap_or_default();
    let source = generator.sources.iter().find(|source| source.alias == alias);
    let source = source.ok_or_else(|| broken(format!("there is no source `{alias}`")))?;
    let found = resolve_any(context, owner, &source.source, namespace, depth + 1)?;
    path_pattern::expand(generator, &*found.files.open(context.memo)?)
        .map(Cow::Owned)
        .map_err(broken)
}

fn generate(
    context: Context<'_>,
    owner: &str,
    generator: &ArtifactGenerator,
    artifact: &GeneratedArtifact,
    id: &ObjectId,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let namespace = id.namespace.as_deref().unwrap_or_default();
    let mut sources: BTreeMap<SmolStr, Arc<Tree>> = BTreeMap::new();
    let mut revisions: BTreeMap<SmolStr, String> = BTreeMap::new();
    let mut key = DigestBuilder::new("generated");
    for source in &generator.sources {
        let used = artifact.copy.iter().any(|operation| {
            let from = operation.from.strip_prefix('@').and_then(|rest| rest.split_once('/'));
            from.is_some_and(|(alias, _)| alias == source.alias)
        });
        if !used {
            continue;
        }
        let found = resolve_any(context, owner, &source.source, namespace, depth + 1)?;
        key.text(&source.alias).digest(found.files.digest());
        revisions.insert(source.alias.clone(), found.revision);
        sources.insert(source.alias.clone(), found.files.open(context.memo)?);
    }
    for operation in &artifact.copy {
        key.text(&operation.from).text(&operation.to).number(operation.strategy as u64);
        key.number(operation.exclude.len() as u64);
        for pattern in &operation.exclude {
            key.text(pattern);
        }
    }
    let tree = context.memo.tree(key.finish(), || {
        let source = |alias: &str| sources.get(alias).cloned();
        weir_flux::copy::copy(&artifact.copy, &source, &mut Meter::default())
    });
    let tree = tree.map_err(|problem| {
        let message = format!("`{owner}` could not make `{id}`");
        let diagnostic = Diagnostic::error("flux-artifact", message).at(artifact.origin);
        Blocked::broken(vec![diagnostic.cause(problem)])
    })?;
    let revision = artifact
        .revision
        .as_ref()
        .and_then(|alias| revisions.get(alias.trim_start_matches('@')).cloned());
    let revision = revision.unwrap_or_else(|| format!("latest@{}", tree.digest()));
    Ok(SourceTree { id: id.clone(), revision, files: Files::Here(tree) })
}
