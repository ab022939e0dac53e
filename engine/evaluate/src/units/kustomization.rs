//! The inputs of a Kustomization.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_flux::closure;
use weir_flux::kinds::Kustomization;
use weir_model::{Blob, Digest, DigestBuilder, Manifest, Tree, TreePath};
use weir_plan::UnitId;

use super::build::BuildTask;
use super::{Task, Work, dependencies, source_ref, variables};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::sources::{self, checked};
use crate::{Answer, Demand};

/// Finds the source and the variables of a Kustomization.
pub(super) fn prepare(context: Context<'_>, id: &UnitId, manifest: &Manifest) -> Task {
    let read = Kustomization::read(manifest);
    let after = dependencies(id, &read.value.depends_on);
    let suspended = read.value.suspend;
    let task = checked(read)
        .and_then(|spec| found(context, id, manifest, spec))
        .unwrap_or_else(Task::blocked);
    Task { after, suspended, ..task }
}

fn found(
    context: Context<'_>,
    id: &UnitId,
    manifest: &Manifest,
    spec: Kustomization,
) -> Result<Task, Blocked> {
    let referrer = id.to_string();
    let source = sources::resolve(context, &referrer, &spec.source, &id.namespace, 0)?;
    let variables = variables::collect(context, id, &spec);
    // What cannot be read may well set the variable.
    let strict = context.snapshot.cluster.strict_substitution && variables.complete;
    let mut remotes = BTreeMap::new();
    for (demand, answer) in &context.snapshot.answers {
        if let (Demand::Remote(url), Ok(Answer::Files(artifact))) = (demand, answer) {
            remotes.insert(url.clone(), Arc::clone(&artifact.tree));
        }
    }
    let unavailable = context.snapshot.answers.iter().filter_map(|(demand, answer)| {
        let Demand::Remote(url) = demand else { return None };
        Some((url.clone(), answer.as_ref().err()?.clone()))
    });
    let unavailable: BTreeMap<_, _> = unavailable.collect();

    let mut input = DigestBuilder::new("kustomization");
    input.text(&referrer);
    if let Some(spec) = manifest.spec() {
        spec.digest_into(&mut input);
    }
    input.digest(&files(context, &source.tree, &spec)).number(remotes.len() as u64);
    for (url, tree) in &remotes {
        input.text(url).digest(tree.digest());
    }
    for (url, problem) in &unavailable {
        input.text(url).text(&problem.message);
    }
    input.number(u64::from(strict));
    for (name, value, secret) in variables.variables.iter() {
        input.text(name).text(value).number(u64::from(secret));
    }
    Ok(Task {
        input: input.finish(),
        resolved: variables.resolved,
        source: Some(source_ref(&source, &spec.path)),
        after: Vec::new(),
        suspended: spec.suspend,
        warnings: variables.warnings,
        work: Work::Build(Box::new(BuildTask {
            id: id.clone(),
            at: manifest.value().origin,
            tree: source.tree,
            source: source.id,
            variables: variables.variables,
            strict,
            remotes,
            unavailable,
            spec,
        })),
    })
}

/// Hashes the files that the build may look at.
fn files(context: Context<'_>, tree: &Tree, spec: &Kustomization) -> Digest {
    let Ok(folder) = TreePath::parse_within(&spec.path) else { return *tree.digest() };
    let references = |blob: &Blob| {
        context.memo.references.get_or_make(*blob.digest(), || closure::references_of(blob))
    };
    let mut key = DigestBuilder::new("closure");
    key.digest(tree.digest()).text(folder.as_str()).number(spec.components.len() as u64);
    for component in &spec.components {
        key.text(component);
    }
    *context.memo.closures.get_or_make(key.finish(), || {
        closure::closure_digest(tree, &folder, &spec.components, &references)
    })
}
