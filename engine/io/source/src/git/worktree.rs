//! The working tree, as `git status` sees it.

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice};
use gix::index::entry::{Mode, Stage};
use gix::worktree::stack::state::ignore::Source;
use weir_model::{Tree, TreePath, Warned};

use super::objects::submodule;
use super::{GitError, Repository, explain};
use crate::folder::{load, walk};

impl Repository {
    /// Reads the files of the working tree below a folder: those that Git tracks, and those it would offer to add.
    ///
    /// Ignored files are left out unless they are tracked; so are submodules and other repositories inside this one.
    pub fn working_tree(&self, folder: &TreePath) -> Result<Warned<Tree>, GitError> {
        let repository = self.local();
        let bare = || GitError::Bare { path: repository.git_dir().to_owned() };
        let work_tree = repository.workdir().ok_or_else(bare)?;
        let wrong = |error: &gix::Error| GitError::Index { why: explain(error) };
        let index = repository.index_or_empty().map_err(|error| wrong(&error))?;
        let mut excludes = repository
            .excludes(&index, None, Source::WorktreeThenIdMappingIfNotSkipped)
            .map_err(|error| wrong(&error))?;

        let root = work_tree.join(folder.as_str());
        let mut absent = Vec::new();
        let mut diagnostics = Vec::new();
        let in_repository = |path: &TreePath| folder.join(path.as_str()).unwrap_or_default();
        let mut wanted = |path: &TreePath, is_folder: bool| {
            let full = in_repository(path);
            let name = BStr::new(full.as_str());
            let tracked = if is_folder {
                let is_submodule =
                    index.entry_by_path(name).is_some_and(|entry| entry.mode.is_submodule());
                if is_submodule || root.join(path.as_str()).join(".git").symlink_metadata().is_ok()
                {
                    absent.push(path.clone());
                    return false;
                }
                index.path_is_directory(name)
            } else {
                index.entry_by_path(name).is_some() || is_conflicted(&index, name)
            };
            let mode = is_folder.then_some(Mode::DIR);
            tracked || !excludes.at_entry(name, mode).is_ok_and(|platform| platform.is_excluded())
        };
        let found = walk(&root, &mut wanted, &mut diagnostics)?;
        diagnostics.extend(absent.iter().map(submodule));

        let files = load(&root, &found, &mut diagnostics)?;
        self.blobs.offer(files.values().cloned());
        Ok(Warned { value: Tree::from_files(files), diagnostics })
    }

    /// Tells whether Git ignores a folder of the working tree as a whole.
    pub(crate) fn ignores(&self, folder: &TreePath) -> bool {
        let repository = self.local();
        let Ok(index) = repository.index_or_empty() else { return false };
        let name = BStr::new(folder.as_str());
        if folder.is_root() || index.path_is_directory(name) {
            return false;
        }
        repository.excludes(&index, None, Source::WorktreeThenIdMappingIfNotSkipped).is_ok_and(
            |mut excludes| {
                excludes
                    .at_entry(name, Some(Mode::DIR))
                    .is_ok_and(|platform| platform.is_excluded())
            },
        )
    }

    /// Returns the commit that is checked out; nothing before the first one.
    pub(super) fn head(&self) -> Option<ObjectId> {
        self.local().head_id().ok().map(gix::Id::detach)
    }
}

/// Tells whether a merge left this file in conflict: then it has no plain entry, but is tracked all the same.
fn is_conflicted(index: &gix::index::State, name: &BStr) -> bool {
    [Stage::Ours, Stage::Theirs, Stage::Base]
        .into_iter()
        .any(|stage| index.entry_by_path_and_stage(name.as_bytes().as_bstr(), stage).is_some())
}
