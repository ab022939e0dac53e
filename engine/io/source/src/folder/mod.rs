//! Folders on disk, read into a tree.
//!
//! [`read`] takes a plain folder: every file but what lies in a folder named `.git`. A Git work tree is read by
//! [`crate::git::Repository::working_tree`] instead, which leaves out what Git ignores. Both walk with `walk` and
//! read with `load`, so the bounds and the handling of links and odd names are the same.

mod load;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

use weir_model::{Tree, Warned};

use crate::limits;

pub(crate) use load::{load, stand_in, too_large};
pub(crate) use walk::{Found, walk};

/// Why a folder could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is not there, is not a folder, or may not be read. Check the path.
    #[error("could not read folder `{}`", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The files together are too large to be held in memory. Name a smaller folder, or keep large files elsewhere.
    #[error("folder `{}` holds more than {}", path.display(), limits::show(limits::TREE_BYTES))]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// There are too many files. Name a smaller folder: this one is hardly a repository of manifests.
    #[error("folder `{}` holds more than {} files", path.display(), limits::TREE_FILES)]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
    },
}

impl FolderError {
    /// Returns what to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the path and its permissions",
            Self::TooLarge { .. } | Self::TooManyFiles { .. } => {
                "name the folder that Flux syncs from rather than one above it"
            }
        }
    }
}

/// Reads all files below a folder except those in folders named `.git`.
///
/// Single files that cannot be read, are larger than [`limits::FILE_BYTES`], or have a name that no tree can hold are
/// reported. Something that no reader accepts stands for the first two; the last are left out. Symbolic links are
/// followed only inside the folder. Fails when the folder itself cannot be read or is beyond the bounds of [`limits`].
pub fn read(root: &Path) -> Result<Warned<Tree>, FolderError> {
    let mut diagnostics = Vec::new();
    let found = walk(root, &mut |_, _| true, &mut diagnostics)?;
    let files = load(root, &found, &mut diagnostics)?;
    Ok(Warned { value: Tree::from_files(files), diagnostics })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_is_read_without_git_and_odd_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("apps/web/.git")).unwrap();
        fs::create_dir(root.join(".git")).unwrap();
        for file in
            ["apps/web/a.yaml", "apps/web/.git/config", ".git/HEAD", "b.yaml", ".sourceignore"]
        {
            fs::write(root.join(file), file).unwrap();
        }
        let large = fs::File::create(root.join("large.bin")).unwrap();
        large.set_len(limits::FILE_BYTES + 1).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"bad\xff.yaml");
            fs::write(root.join(name), "x").unwrap();
            fs::write(root.join("line\nbreak"), "x").unwrap();
            std::os::unix::fs::symlink("web/a.yaml", root.join("apps/link.yaml")).unwrap();
            std::os::unix::fs::symlink("/etc", root.join("apps/etc")).unwrap();
        }
        let read = read(root).unwrap();
        let names: Vec<&str> = read.value.files().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            names,
            [".sourceignore", "apps/link.yaml", "apps/web/a.yaml", "b.yaml", "large.bin"]
        );
        let mut codes: Vec<&str> = read.diagnostics.iter().map(|found| found.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["file-name", "file-name", "file-too-large", "symlink-outside"]);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(&folder.path().join("no")), Err(FolderError::Unreadable { .. })));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(matches!(read(&folder.path().join("file")), Err(FolderError::Unreadable { .. })));
    }
}
