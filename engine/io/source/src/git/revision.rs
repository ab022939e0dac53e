//! Names of revisions, and Flux's way to write them.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use weir_model::{Artifact, Revision, TreePath, Warned};

use super::{GitError, Repository, explain};

impl Repository {
    /// Reads the files of a revision below a folder.
    ///
    /// A revision is whatever `git rev-parse` takes: a branch, a tag, a commit or its first digits, `HEAD~3`,
    /// `origin/main`. The artifact's revision is as Flux writes it; see [`Repository::flux_revision`].
    pub fn tree_at(&self, revision: &str, folder: &TreePath) -> Result<Warned<Artifact>, GitError> {
        let commit = self.resolve(revision)?;
        let Warned { value, diagnostics }: Warned<_> = self.read_commit(commit, folder)?;
        let revision = self.flux_revision(revision, commit);
        Ok(Warned { value: Artifact { revision, tree: value.into() }, diagnostics })
    }

    /// Reads the working tree below a folder; its revision is that of the commit it is based on.
    pub fn working_artifact(&self, folder: &TreePath) -> Result<Warned<Artifact>, GitError> {
        let Warned { value, diagnostics }: Warned<_> = self.working_tree(folder)?;
        let revision = match self.head() {
            Some(commit) => self.flux_revision("HEAD", commit),
            None => Revision(format!("working-tree@{}", value.digest())),
        };
        Ok(Warned { value: Artifact { revision, tree: value.into() }, diagnostics })
    }

    /// Finds the commit that a revision means.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let repository = self.local();
        let unknown =
            |why: String| GitError::UnknownRevision { revision: revision.to_owned(), why };
        if revision == "HEAD" && repository.head().is_ok_and(|head| head.is_unborn()) {
            return Err(GitError::NoCommit { path: repository.git_dir().to_owned() });
        }
        let id = repository
            .rev_parse_single(revision.as_bytes().as_bstr())
            .map_err(|error| unknown(explain(&error)))?;
        let commit = id
            .object()
            .and_then(|object| object.peel_to_kind(gix::objs::Kind::Commit))
            .map_err(|error| unknown(explain(&error)))?;
        Ok(commit.id)
    }

    /// Writes a revision as Flux does: `main@sha1:…` for a branch or a tag, or for `HEAD` on a branch; else `sha1:…`.
    pub fn flux_revision(&self, name: &str, commit: ObjectId) -> Revision {
        let repository = self.local();
        let name = match repository.head_name() {
            Ok(Some(branch)) if name == "HEAD" => {
                Some(branch.shorten().to_str_lossy().into_owned())
            }
            _ => repository
                .try_find_reference(name)
                .ok()
                .flatten()
                .filter(|_| name != "HEAD")
                .map(|reference| short_name(&reference.name().shorten().to_str_lossy())),
        };
        let algorithm = repository.object_hash();
        Revision(match name {
            Some(name) => format!("{name}@{algorithm}:{commit}"),
            None => format!("{algorithm}:{commit}"),
        })
    }
}

/// Drops the remote's name: what is `origin/main` here is `main` to Flux.
fn short_name(name: &str) -> String {
    name.strip_prefix("origin/").unwrap_or(name).to_owned()
}
