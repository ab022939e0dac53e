//! The walk over the names of a folder.

use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use weir_model::{Diagnostic, Origin, TreePath};

use super::FolderError;
use crate::{limits, names};

/// A file or a symbolic link that the walk came upon.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its path below the folder.
    pub(crate) path: TreePath,
    /// Whether it is a symbolic link.
    pub(crate) is_link: bool,
}

/// Lists the files and links below a folder, level by level; links are not followed.
///
/// `wanted` is asked, in a stable order, for each path and whether it is a folder; what it refuses is left out with
/// all below it. Folders named `.git` are never entered.
pub(crate) fn walk(
    root: &Path,
    wanted: &mut dyn FnMut(&TreePath, bool) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Found>, FolderError> {
    let mut found = Vec::new();
    let mut level = vec![TreePath::root()];
    while !level.is_empty() {
        let listed: Vec<_> = level.par_iter().map(|folder| list(root, folder)).collect();
        let mut next = Vec::new();
        for (folder, listed) in level.iter().zip(listed) {
            let names = match listed {
                Ok(names) => names,
                Err(cause) if folder.is_root() => {
                    return Err(FolderError::Unreadable { path: root.to_owned(), cause });
                }
                Err(cause) => {
                    diagnostics.push(
                        Diagnostic::error("file-unreadable", "could not read folder")
                            .at(Origin::file(folder.as_str()))
                            .cause(cause.to_string()),
                    );
                    continue;
                }
            };
            for entry in names {
                let path = match names::check(&entry.path) {
                    Ok(path) => path,
                    Err(diagnostic) => {
                        diagnostics.push(*diagnostic);
                        continue;
                    }
                };
                if !wanted(&path, entry.is_folder) {
                    continue;
                }
                if entry.is_folder {
                    next.push(path);
                } else {
                    found.push(Found { path, is_link: entry.is_link });
                }
            }
            if found.len() + next.len() > limits::TREE_FILES {
                return Err(FolderError::TooManyFiles { path: root.to_owned() });
            }
        }
        level = next;
    }
    Ok(found)
}

struct Entry {
    path: Vec<u8>,
    is_folder: bool,
    is_link: bool,
}

/// Lists one folder, sorted; pipes, sockets and devices are nothing a repository holds.
fn list(root: &Path, folder: &TreePath) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(root.join(folder.as_str()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        if name.to_str().is_some_and(names::is_git)
            || !(kind.is_dir() || kind.is_file() || kind.is_symlink())
        {
            continue;
        }
        let mut path = folder.as_str().as_bytes().to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_encoded_bytes());
        entries.push(Entry { path, is_folder: kind.is_dir(), is_link: kind.is_symlink() });
    }
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}
