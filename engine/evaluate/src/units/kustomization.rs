//! The inputs of a Kustomization.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_flux::closure::{self, Closure};
use weir_flux::kinds::Kustomization;
use weir_kustomize::{RemoteTarget, remote_target};
use weir_model::{Blob, Digest, DigestBuilder, Manifest, SmolStr, Tree, TreePath};
use weir_plan::UnitId;

use super::build::BuildTask;
use super::{Task, Work, dependencies, source_ref, variables};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::files::Files;
use crate::memo::{ClosureFacts, Inputs};
use crate::sources::{self, checked};
use crate::{Demand, Memo, Unavailable};

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
    let source = sources::resolve(context, &id.to_string(), &spec.source, &id.namespace, 0)?;
    let variables = variables::collect(context, id, &spec);
    // What cannot be read may well set the variable.
    let strict = context.snapshot.cluster.strict_substitution && variables.complete;
    let reach = reach(context.memo, &source.files, &folder(&spec), &spec.components)?;
    let (remotes, unavailable) = remotes(context, &reach.strange)?;
    let origin = source_ref(&source, &spec.path);
    let suspended = spec.suspend;
    let task = BuildTask {
        id: id.clone(),
        at: manifest.value().origin,
        files: source.files,
        source: source.id,
        variables: variables.variables,
        strict,
        remotes,
        unavailable,
        spec,
    };
    let inputs = inputs(&task, manifest, reach.digest);
    Ok(Task {
        input: inputs.key(),
        inputs,
        resolved: variables.resolved,
        source: Some(origin),
        after: Vec::new(),
        suspended,
        warnings: variables.warnings,
        work: Work::Build(Box::new(task)),
    })
}

/// Makes the key of a build: every field of the task is in it. Of the files only those count that a build of the folder
/// can reach, and the build is handed no others.
fn inputs(task: &BuildTask, manifest: &Manifest, reached: Digest) -> Inputs {
    let BuildTask { id, at, spec: _, source, files: _, variables, strict, remotes, unavailable } =
        task;
    let mut inputs = Inputs::of("build");
    inputs
        .part("place", |digest| {
            digest.text(&id.to_string()).text(&at.to_string());
        })
        // `spec` is read from this alone.
        .value("spec", manifest.spec())
        .part("source", |digest| {
            digest.text(&source.to_string());
        })
        .digest("files", reached)
        .part("variables", |digest| {
            digest.number(u64::from(*strict));
            for (name, value, secret) in variables.iter() {
                digest.text(name).text(value).number(u64::from(secret));
            }
        })
        .part("remotes", |digest| {
            digest.number(remotes.len() as u64);
            for (url, tree) in remotes {
                digest.text(url).digest(tree.digest());
            }
            for (url, Unavailable { message, hints }) in unavailable {
                digest.text(url).text(message).number(hints.len() as u64);
                for hint in hints {
                    digest.text(hint);
                }
            }
        });
    inputs
}

/// Returns the folder that is built; a path that is none gives an error when it is built.
fn folder(spec: &Kustomization) -> TreePath {
    TreePath::parse_within(&spec.path).unwrap_or_default()
}

/// Finds what a build of a folder may look at.
fn reach(
    memo: &Memo,
    files: &Files,
    folder: &TreePath,
    extra: &[SmolStr],
) -> Result<Arc<ClosureFacts>, Blocked> {
    let mut key = DigestBuilder::new("closure");
    key.digest(files.digest()).text(folder.as_str()).number(extra.len() as u64);
    for path in extra {
        key.text(path);
    }
    let key = key.finish();
    let find = |tree: &Tree| {
        let found = closure_of(memo, tree, folder, extra);
        ClosureFacts { digest: found.digest(), strange: found.strange }
    };
    match files {
        Files::Here(tree) => Ok(memo.closures.get_here(key, || find(tree))),
        Files::Sealed { .. } => memo.closures.get(memo, key, || Ok(find(&*files.open(memo)?))),
    }
}

/// Finds the files that a build of a folder may look at.
pub(super) fn closure_of<'tree>(
    memo: &Memo,
    tree: &'tree Tree,
    folder: &TreePath,
    extra: &[SmolStr],
) -> Closure<'tree> {
    let references =
        |blob: &Blob| memo.references.get_or_make(*blob.digest(), || closure::references_of(blob));
    closure::closure(tree, folder, extra, &references)
}

type Remotes = (BTreeMap<String, Files>, BTreeMap<String, Unavailable>);

/// Picks the answers for the remote resources that kustomization files name, and for those that these name in turn.
fn remotes(context: Context<'_>, named: &BTreeSet<String>) -> Result<Remotes, Blocked> {
    let mut remotes = Remotes::default();
    let mut open: Vec<String> = named.iter().cloned().collect();
    while let Some(url) = open.pop() {
        if remotes.0.contains_key(&url) || remotes.1.contains_key(&url) {
            continue;
        }
        let demand = Demand::Remote(url.clone());
        match context.snapshot.answers.get(&demand) {
            None => {}
            Some(Err(problem)) => drop(remotes.1.insert(url, problem.clone())),
            Some(Ok(_)) => {
                let (files, _) = context.files(demand)?;
                if let RemoteTarget::Repository { path, .. } = remote_target(&url) {
                    let reach = reach(context.memo, &files, &path, &[])?;
                    open.extend(reach.strange.iter().cloned());
                }
                remotes.0.insert(url, files);
            }
        }
    }
    Ok(remotes)
}
