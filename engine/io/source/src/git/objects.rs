//! Trees read straight from the object database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository as Local};
use rayon::prelude::*;
use weir_model::{Blob, Diagnostic, Origin, Tree, TreePath, Warned};

use super::{GitError, Repository, explain};
use crate::folder::{stand_in, too_large};
use crate::{limits, links, names};

/// Blobs by object id.
#[derive(Default)]
pub(crate) struct Blobs(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_id: HashMap<ObjectId, Blob>,
    /// Files of the working tree, whose ids nobody has asked for yet.
    files: Vec<Blob>,
}

impl Blobs {
    /// Remembers files of the working tree: most of them are in the commits that are read after it, too.
    pub(crate) fn offer(&self, files: impl IntoIterator<Item = Blob>) {
        if let Ok(mut known) = self.0.lock() {
            known.files.extend(files);
        }
    }

    /// Finds the ids of the files that were offered: those of their bytes, whatever the index says.
    fn identify(&self, hash: gix::hash::Kind) {
        let Ok(mut known) = self.0.lock() else { return };
        let files = std::mem::take(&mut known.files);
        let identified = files.into_par_iter().with_min_len(32).filter_map(|blob| {
            let id = gix::objs::compute_hash(hash, gix::objs::Kind::Blob, blob.bytes()).ok()?;
            Some((id, blob))
        });
        let identified: Vec<_> = identified.collect();
        known.by_id.extend(identified);
    }

    fn get(&self, id: &ObjectId) -> Option<Blob> {
        self.0.lock().ok()?.by_id.get(id).cloned()
    }

    fn insert(&self, id: ObjectId, blob: Blob) {
        if let Ok(mut known) = self.0.lock() {
            known.by_id.insert(id, blob);
        }
    }
}

impl Repository {
    /// Reads the files of a commit below a folder.
    ///
    /// What a submodule holds is not part of the repository: submodules are reported and absent. Symbolic links, odd
    /// names and large files are treated as in [`crate::folder::read`].
    pub(super) fn read_commit(
        &self,
        commit: ObjectId,
        folder: &TreePath,
    ) -> Result<Warned<Tree>, GitError> {
        let repository = self.local();
        let root = root_of(&repository, commit, folder)?;
        let mut diagnostics = Vec::new();
        let revision = commit.to_string();
        let listed = list(&repository, root, &revision, &mut diagnostics)?;
        self.blobs.identify(repository.object_hash());
        drop(repository);

        let read: Vec<Result<Content, GitError>> = listed
            .par_iter()
            .with_min_len(64)
            .map_init(|| self.local(), |local, listed| self.content(local, listed.id))
            .collect();
        let mut files = BTreeMap::new();
        let mut targets = BTreeMap::new();
        let mut total = 0;
        for (listed, content) in listed.into_iter().zip(read) {
            match content? {
                Content::Large(bytes) => {
                    diagnostics.push(too_large(&listed.path, bytes));
                    files.insert(listed.path, stand_in());
                }
                Content::Blob(blob) => {
                    total += blob.bytes().len() as u64;
                    if total > limits::TREE_BYTES {
                        return Err(GitError::TooLarge { revision });
                    }
                    if listed.is_link {
                        targets.insert(listed.path, blob.bytes().to_vec());
                    } else {
                        files.insert(listed.path, blob);
                    }
                }
            }
        }
        links::resolve(&mut files, &targets, &mut diagnostics);
        Ok(Warned { value: Tree::from_files(files), diagnostics })
    }

    fn content(&self, repository: &Local, id: ObjectId) -> Result<Content, GitError> {
        if let Some(blob) = self.blobs.get(&id) {
            return Ok(Content::Blob(blob));
        }
        // The header comes first: a small packed object may unfold to any size.
        let size = repository.find_header(id).map_err(|error| object(id, &error))?.size();
        if size > limits::FILE_BYTES {
            return Ok(Content::Large(size));
        }
        let mut found = repository.find_blob(id).map_err(|error| object(id, &error))?;
        let blob = Blob::new(found.take_data());
        self.blobs.insert(id, blob.clone());
        Ok(Content::Blob(blob))
    }
}

enum Content {
    Blob(Blob),
    Large(u64),
}

struct Listed {
    path: TreePath,
    id: ObjectId,
    is_link: bool,
}

fn object(id: ObjectId, error: &gix::Error) -> GitError {
    GitError::Object { id: id.to_string(), why: explain(error) }
}

/// Finds the tree of a folder of a commit.
fn root_of(repository: &Local, commit: ObjectId, folder: &TreePath) -> Result<ObjectId, GitError> {
    let tree = repository
        .find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(|error| object(commit, &error))?;
    if folder.is_root() {
        return Ok(tree.id);
    }
    let missing = || GitError::NoFolder { folder: folder.clone(), revision: commit.to_string() };
    let entry = tree
        .lookup_entry(folder.parts())
        .map_err(|error| object(tree.id, &error))?
        .filter(|entry| entry.mode().is_tree())
        .ok_or_else(missing)?;
    Ok(entry.object_id())
}

/// Lists the files and links below a tree; a name that no tree can hold is reported.
fn list(
    repository: &Local,
    root: ObjectId,
    revision: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Listed>, GitError> {
    let mut listed = Vec::new();
    let mut folders = vec![(root, String::new())];
    // A tree may name the same subtree many times over, so that a few objects stand for endless folders.
    let mut visited = 0_usize;
    while let Some((id, prefix)) = folders.pop() {
        visited += 1;
        let tree = repository.find_tree(id).map_err(|error| object(id, &error))?;
        for entry in tree.iter() {
            let entry = entry.map_err(|error| object(id, &error))?;
            let mut path = prefix.clone().into_bytes();
            path.extend_from_slice(entry.filename());
            // The name of an entry is one part: a `/` in it is an attempt at something.
            let path = match names::check(&path) {
                Ok(path) if !entry.filename().contains_str("/") => path,
                Ok(_) => continue,
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    continue;
                }
            };
            match entry.kind() {
                EntryKind::Tree => folders.push((entry.object_id(), format!("{path}/"))),
                EntryKind::Commit => diagnostics.push(submodule(&path)),
                kind @ (EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link) => {
                    listed.push(Listed {
                        path,
                        id: entry.object_id(),
                        is_link: kind == EntryKind::Link,
                    });
                }
            }
        }
        if listed.len() + folders.len() + visited > limits::TREE_FILES {
            return Err(GitError::TooLarge { revision: revision.to_owned() });
        }
    }
    Ok(listed)
}

/// Says that a submodule is absent.
pub(super) fn submodule(path: &TreePath) -> Diagnostic {
    Diagnostic::info(
        "submodule-absent",
        "submodule is left out: its files are in another repository",
    )
    .at(Origin::file(path.as_str()))
}
