//! What a change is compared with when nobody says.

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::{GitError, Repository, explain};

/// The commit that a change starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The commit's full id, good as a revision.
    pub commit: String,
    /// How it was found, for people: ``the merge base with `origin/main` `` or `` `HEAD`, as `main` is checked out``.
    pub because: String,
}

impl Repository {
    /// Finds the commit to compare the working tree with.
    ///
    /// It is the merge base of `HEAD` with the default branch: what a pull request would show, plus what is not yet
    /// committed. When the default branch itself is checked out it is `HEAD`: what is not yet committed.
    ///
    /// The default branch is the first of these that exists: what the remote calls its head
    /// (`refs/remotes/origin/HEAD`), `origin/main`, `origin/master`, and without such a remote the local `main` and
    /// `master`. Where there is no remote `origin`, the first remote by name stands in for it.
    pub fn merge_base(&self) -> Result<Base, GitError> {
        let repository = self.local();
        let head = self.resolve("HEAD")?;
        let (branch, tip) = default_branch(&repository)?;
        let local_name = branch.split_once('/').map_or(branch.as_str(), |(_, name)| name);
        let checked_out = repository.head_name().ok().flatten();
        if checked_out
            .is_some_and(|name| name.shorten() == local_name || name.shorten() == branch.as_str())
        {
            return Ok(Base {
                commit: head.to_string(),
                because: format!("`HEAD`, as the default branch `{local_name}` is checked out"),
            });
        }
        parting(&repository, head, tip, branch)
    }

    /// Finds the commit at which a branch, or any other revision, and `HEAD` parted.
    pub fn merge_base_with(&self, revision: &str) -> Result<Base, GitError> {
        let (head, tip) = (self.resolve("HEAD")?, self.resolve(revision)?);
        parting(&self.local(), head, tip, revision.to_owned())
    }
}

/// Finds the commit at which two parted.
fn parting(
    repository: &gix::Repository,
    head: ObjectId,
    tip: ObjectId,
    branch: String,
) -> Result<Base, GitError> {
    let bases = repository
        .merge_bases_many(head, &[tip])
        .map_err(|error| GitError::Object { id: tip.to_string(), why: explain(&error) })?;
    match bases.first() {
        Some(base) => Ok(Base {
            commit: base.to_string(),
            because: format!("the merge base with `{branch}`"),
        }),
        None => Err(GitError::NoMergeBase {
            branch,
            shallow: repository.is_shallow().unwrap_or_default(),
        }),
    }
}

/// Finds the default branch: its name for people, and its tip.
fn default_branch(repository: &gix::Repository) -> Result<(String, ObjectId), GitError> {
    let names = repository.remote_names();
    let remote = match names.iter().find(|name| name.as_bstr() == "origin").or(names.first()) {
        Some(name) => name.to_str_lossy().into_owned(),
        None => "origin".to_owned(),
    };
    let candidates = [
        format!("refs/remotes/{remote}/HEAD"),
        format!("refs/remotes/{remote}/main"),
        format!("refs/remotes/{remote}/master"),
        "refs/heads/main".to_owned(),
        "refs/heads/master".to_owned(),
    ];
    for candidate in &candidates {
        let Ok(Some(reference)) = repository.try_find_reference(candidate.as_str()) else {
            continue;
        };
        // The remote's head names one of its branches.
        let reference = match reference.follow() {
            Some(Ok(branch)) => branch,
            Some(Err(_)) => continue,
            None => reference,
        };
        let name = reference.name().shorten().to_str_lossy().into_owned();
        if let Ok(tip) = reference.into_fully_peeled_id() {
            return Ok((name, tip.detach()));
        }
    }
    let looked_for: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let short =
                candidate.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/");
            format!("`{short}`")
        })
        .collect();
    Err(GitError::NoDefaultBranch { looked_for: looked_for.join(", ") })
}
