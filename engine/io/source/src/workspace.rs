//! The one entry for commands: a folder, and the Git repository it may lie in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use weir_model::{Artifact, Revision, TreePath, Warned};

use crate::folder::{self, FolderError};
use crate::git::{self, Base, Commit, GitError, Repository, Written};

/// A folder that holds a source: the root of a Git repository, a folder of one, or a plain folder.
///
/// ```no_run
/// # fn main() -> Result<(), weir_io_source::WorkspaceError> {
/// let workspace = weir_io_source::Workspace::discover(".".as_ref())?;
/// let base = workspace.merge_base()?;
/// let after = workspace.working_tree()?; // first: what is unchanged is then not read again
/// let before = workspace.tree_at(&base.commit)?;
/// # Ok(()) }
/// ```
pub struct Workspace {
    root: PathBuf,
    git: Option<Repository>,
    /// Where the root lies in the Git repository.
    prefix: TreePath,
}

/// Why a workspace could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The folder could not be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The Git repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl WorkspaceError {
    /// Returns what to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Folder(error) => Some(error.hint()),
            Self::Git(error) => error.hint(),
        }
    }
}

impl Workspace {
    /// Opens a folder as the root of a source, whether or not it lies in a Git repository.
    ///
    /// Use this for a folder that the user names: a fixture inside a repository is a source of its own.
    pub fn open(folder: &Path) -> Result<Self, WorkspaceError> {
        let unreadable = |cause| FolderError::Unreadable { path: folder.to_owned(), cause };
        let root = folder.canonicalize().map_err(unreadable)?;
        let plain = |root| Self { root, git: None, prefix: TreePath::root() };
        let git = match Repository::discover(&root) {
            Ok(git) => git,
            Err(GitError::NotARepository { .. }) => return Ok(plain(root)),
            Err(error) => return Err(error.into()),
        };
        let Some(work_tree) = git.work_tree() else {
            return Ok(Self { root, git: Some(git), prefix: TreePath::root() });
        };
        let prefix = work_tree
            .canonicalize()
            .ok()
            .and_then(|work_tree| root.strip_prefix(work_tree).ok().map(Path::to_owned))
            .and_then(|prefix| TreePath::parse(prefix.to_str()?).ok());
        match prefix {
            // A folder that Git ignores, such as a scratch folder for tests, has nothing to do with the repository.
            Some(prefix) if !git.ignores(&prefix) => Ok(Self { root, git: Some(git), prefix }),
            _ => Ok(plain(root)),
        }
    }

    /// Opens the repository that a folder lies in, from its root; a folder outside Git is opened as it is.
    ///
    /// Use this when the user names no folder, so that a command works from anywhere in a repository.
    pub fn discover(folder: &Path) -> Result<Self, WorkspaceError> {
        let opened = Self::open(folder)?;
        match opened.git.as_ref().and_then(Repository::work_tree).map(Path::to_owned) {
            Some(root) => {
                let root = root.canonicalize().unwrap_or(root);
                Ok(Self { root, prefix: TreePath::root(), ..opened })
            }
            None => Ok(opened),
        }
    }

    /// Returns the folder on disk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where the root lies in its Git repository; the root of the tree outside Git.
    pub fn prefix(&self) -> &TreePath {
        &self.prefix
    }

    /// Tells whether there are revisions.
    pub fn is_git(&self) -> bool {
        self.git.is_some()
    }

    /// Reads the files on disk: in a Git repository those that are tracked or would be offered for adding, otherwise
    /// all but `.git`. The working tree of a bare repository is its `HEAD`.
    pub fn working_tree(&self) -> Result<Warned<Artifact>, WorkspaceError> {
        let Some(git) = &self.git else {
            let Warned { value, diagnostics }: Warned<_> = folder::read(&self.root)?;
            let revision = Revision(format!("folder@{}", value.digest()));
            return Ok(Warned { value: Artifact { revision, tree: value.into() }, diagnostics });
        };
        match git.work_tree() {
            Some(_) => Ok(git.working_artifact(&self.prefix)?),
            None => Ok(git.tree_at("HEAD", &self.prefix)?),
        }
    }

    /// Reads the files at a revision; see [`Repository::tree_at`].
    pub fn tree_at(&self, revision: &str) -> Result<Warned<Artifact>, WorkspaceError> {
        Ok(self.git()?.tree_at(revision, &self.prefix)?)
    }

    /// Finds the commit to compare the working tree with; see [`Repository::merge_base`].
    pub fn merge_base(&self) -> Result<Base, WorkspaceError> {
        Ok(self.git()?.merge_base()?)
    }

    /// Finds the commit that last wrote a line of a file as it is now; see [`Repository::written`].
    pub fn written(
        &self,
        file: &TreePath,
        line: u32,
        now: &[u8],
    ) -> Result<Written, WorkspaceError> {
        Ok(self.git()?.written(&self.in_repository(file), line, now)?)
    }

    /// Returns the commits from a revision back; see [`Repository::first_parents`].
    pub fn first_parents(&self, revision: &str) -> Result<Vec<Commit>, WorkspaceError> {
        Ok(self.git()?.first_parents(revision)?)
    }

    /// Lists the files of the root in which a commit differs from its first parent.
    pub fn changed_files(&self, commit: &Commit) -> Result<Vec<String>, WorkspaceError> {
        let files = self.git()?.changed_files(commit)?;
        let prefix = match self.prefix.as_str() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(files.iter().filter_map(|file| file.strip_prefix(&prefix)).map(str::to_owned).collect())
    }

    fn in_repository(&self, file: &TreePath) -> TreePath {
        self.prefix.join(file.as_str()).unwrap_or_else(|_| file.clone())
    }

    /// Finds the commit at which a branch and `HEAD` parted; see [`Repository::merge_base_with`].
    pub fn merge_base_with(&self, revision: &str) -> Result<Base, WorkspaceError> {
        Ok(self.git()?.merge_base_with(revision)?)
    }

    /// Returns all URLs under which a source may name this repository: its remotes in all their spellings.
    ///
    /// Empty outside Git, and for a folder inside a repository, as such a source is the repository and not the folder.
    pub fn root_urls(&self) -> BTreeSet<String> {
        match &self.git {
            Some(git) if self.prefix.is_root() => {
                git.remote_urls().iter().flat_map(|url| git::spellings(url)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    fn git(&self) -> Result<&Repository, GitError> {
        self.git.as_ref().ok_or_else(|| GitError::NotARepository { path: self.root.clone() })
    }
}
