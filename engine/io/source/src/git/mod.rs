//! Git repositories on disk: revisions straight from the object database, and the working tree as Git sees it.
//!
//! No checkout is made and no other program is started. A [`Repository`] remembers each blob that it read, by object
//! id, so that what two revisions share is read and hashed once.

mod base;
mod history;
mod objects;
mod revision;
mod urls;
mod worktree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice;
use weir_model::TreePath;

use crate::folder::FolderError;
use crate::limits;

pub use base::Base;
pub use history::{Commit, Written};
pub(crate) use objects::Blobs;
pub use urls::{redact, spellings};

/// Why something could not be had from a Git repository.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The folder is in no Git repository. Name a folder that is, or do without revisions.
    #[error("folder `{}` is not in a Git repository", path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// The repository is there but damaged, or in a form that is not understood. Check it with `git fsck`.
    #[error("could not open the Git repository of `{}`: {why}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The revision is not in the repository. Check its spelling, or fetch it.
    #[error("could not find revision `{revision}`: {why}")]
    UnknownRevision {
        /// The revision as it was asked for.
        revision: String,
        /// What is wrong.
        why: String,
    },
    /// The repository has no commit yet. Commit something.
    #[error("the Git repository of `{}` has no commit yet", path.display())]
    NoCommit {
        /// The folder.
        path: PathBuf,
    },
    /// No branch looks like the default branch. Name the revision to compare with.
    #[error("could not find the default branch: there is none of {looked_for}")]
    NoDefaultBranch {
        /// The branches that were looked for.
        looked_for: String,
    },
    /// The two have no commit in common; in a shallow clone it may just not have been fetched. Fetch the history.
    #[error("`HEAD` and `{branch}` have no commit in common{}", if *shallow { " in this shallow clone" } else { "" })]
    NoMergeBase {
        /// The default branch.
        branch: String,
        /// Whether history is cut off.
        shallow: bool,
    },
    /// An object cannot be read: the repository is damaged, or a partial clone. Check it with `git fsck`.
    #[error("could not read object `{id}` of the Git repository: {why}")]
    Object {
        /// The object.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// The folder is not in this revision.
    #[error("folder `{folder}` is not in revision `{revision}`")]
    NoFolder {
        /// The folder.
        folder: TreePath,
        /// The commit.
        revision: String,
    },
    /// A revision holds more than can be kept in memory.
    #[error(
        "revision `{revision}` holds more than {} or {} files",
        limits::show(limits::TREE_BYTES),
        limits::TREE_FILES
    )]
    TooLarge {
        /// The revision.
        revision: String,
    },
    /// The repository is bare: there is no working tree. Name a revision.
    #[error("the Git repository `{}` is bare and has no working tree", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// The index cannot be read. Check it with `git status`.
    #[error("could not read the Git index: {why}")]
    Index {
        /// What is wrong.
        why: String,
    },
    /// The working tree cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl GitError {
    /// Returns what to try.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotARepository { .. } => {
                "name a folder of a Git repository, or compare two folders"
            }
            Self::Unusable { .. } | Self::Object { .. } => "check the repository with `git fsck`",
            Self::UnknownRevision { .. } => "check the spelling, or run `git fetch`",
            Self::NoCommit { .. } => "commit something first",
            Self::NoDefaultBranch { .. } => "name the revision to compare with: `--from REVISION`",
            Self::NoMergeBase { shallow: true, .. } => {
                "fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in a CI checkout"
            }
            Self::NoMergeBase { .. } => "name the revision to compare with: `--from REVISION`",
            Self::NoFolder { .. } => "check whether the folder was moved since",
            Self::TooLarge { .. } => {
                "name the folder that Flux syncs from rather than one above it"
            }
            Self::Bare { .. } => "name a revision",
            Self::Index { .. } => "check the repository with `git status`",
            Self::Folder(error) => error.hint(),
        })
    }
}

/// A Git repository on disk.
pub struct Repository {
    inner: gix::ThreadSafeRepository,
    blobs: Arc<Blobs>,
}

impl Repository {
    /// Opens the repository that a folder lies in: its work tree or a folder of it, a linked worktree, or a bare one.
    pub fn discover(folder: &Path) -> Result<Self, GitError> {
        use gix::discover::upwards::Options;
        let unusable = |why: String| GitError::Unusable { path: folder.to_owned(), why };
        if let Err(error) = gix::discover::upwards_opts(folder, Options::default()) {
            return Err(match std::fs::metadata(folder) {
                Ok(_) => GitError::NotARepository { path: folder.to_owned() },
                Err(_) => unusable(error.to_string()),
            });
        }
        match gix::ThreadSafeRepository::discover(folder) {
            Ok(inner) => Ok(Self { inner, blobs: Arc::default() }),
            Err(error) => Err(unusable(explain(&error))),
        }
    }

    /// Returns the root of the working tree; a bare repository has none.
    pub fn work_tree(&self) -> Option<&Path> {
        self.inner.work_dir()
    }

    /// Returns the URLs of the remotes, each once, without credentials.
    pub fn remote_urls(&self) -> Vec<String> {
        let repository = self.local();
        let mut urls = Vec::new();
        for name in repository.remote_names() {
            let Some(Ok(remote)) = repository.try_find_remote(name.as_bstr()) else { continue };
            for direction in [gix::remote::Direction::Fetch, gix::remote::Direction::Push] {
                if let Some(url) = remote.url(direction) {
                    let url = redact(&url.to_bstring().to_str_lossy());
                    if !urls.contains(&url) {
                        urls.push(url);
                    }
                }
            }
        }
        urls
    }

    fn local(&self) -> gix::Repository {
        let mut repository = self.inner.to_thread_local();
        repository.object_cache_size_if_unset(8 << 20);
        repository
    }
}

/// Writes an error with all its causes.
pub(crate) fn explain(error: &gix::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = cause.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}
