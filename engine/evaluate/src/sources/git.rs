//! `GitRepository`.

use weir_flux::kinds::{GitInclude, GitRepository, Reference};
use weir_model::{Diagnostic, DigestBuilder, ObjectId, Tree, TreeBuilder, TreePath};

use super::{
    SourceTree, checked, fetched, ignoring, object_unless_root, of_artifact,
    resolve as resolve_any, root,
};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::files::Files;
use crate::{Demand, GitDemand, GitReference};

/// Finds the files of a Git repository, those that it includes among them.
pub(super) fn resolve(
    context: Context<'_>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let Some(placed) = object_unless_root(context, referrer, id, reference)? else {
        return root(context, id, None);
    };
    let spec = checked(GitRepository::read(&placed.manifest))?;
    let mut source = if context.is_root(id, Some(&spec.url)) {
        of_artifact(id.clone(), &context.snapshot.root)
    } else {
        fetched(context, id, demand(&spec))?
    };
    for include in &spec.include {
        source = including(context, referrer, source, include, reference, depth)?;
    }
    ignoring(context, source, spec.ignore.as_deref())
}

fn demand(spec: &GitRepository) -> Demand {
    let wanted = spec.reference.clone();
    Demand::Git(GitDemand {
        url: spec.url.to_string(),
        reference: GitReference {
            branch: wanted.branch,
            tag: wanted.tag,
            semver: wanted.semver,
            name: wanted.name,
            commit: wanted.commit,
        },
        recurse_submodules: spec.recurse_submodules,
    })
}

fn including(
    context: Context<'_>,
    referrer: &str,
    source: SourceTree,
    include: &GitInclude,
    reference: &Reference,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let other = Reference {
        kind: "GitRepository".into(),
        name: include.repository.clone(),
        namespace: None,
        origin: reference.origin,
    };
    let namespace = source.id.namespace.clone().unwrap_or_default();
    let other = resolve_any(context, referrer, &other, &namespace, depth + 1)?;
    let to = if include.to_path.is_empty() { &include.repository } else { &include.to_path };
    let mut key = DigestBuilder::new("included");
    key.digest(source.files.digest()).digest(other.files.digest());
    key.text(&include.from_path).text(to);
    let base = source.files.open(context.memo)?;
    let included = other.files.open(context.memo)?;
    let tree =
        context.memo.tree(key.finish(), || overlay(&base, &included, &include.from_path, to));
    let tree = tree.map_err(|problem| {
        let message = format!("could not include `{}` in `{}`", other.id, source.id);
        let diagnostic = Diagnostic::error("flux-include", message).at(reference.origin);
        Blocked::broken(vec![diagnostic.cause(problem)])
    })?;
    Ok(SourceTree { files: Files::Here(tree), ..source })
}

fn overlay(base: &Tree, other: &Tree, from: &str, to: &str) -> Result<Tree, String> {
    let path = |text: &str| TreePath::parse(text).map_err(|error| error.to_string());
    let (from, to) = (path(from)?, path(to)?);
    let mut builder = TreeBuilder::default();
    for (path, blob) in base.files() {
        builder.insert(path.clone(), blob.clone());
    }
    for (path, blob) in other.below(&from) {
        if let Some(target) = path.relative_to(&from).and_then(|path| to.join(path.as_str()).ok()) {
            builder.insert(target, blob.clone());
        }
    }
    Ok(builder.finish())
}
