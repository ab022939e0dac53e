//! The contents of files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use weir_model::{Blob, Diagnostic, Origin, TreePath};

use super::{FolderError, Found};
use crate::{limits, links, names};

/// Reads the files that a walk found, in parallel, and resolves its links.
///
/// A file that went away since is left out silently, as if the walk had come later.
pub(crate) fn load(
    root: &Path,
    found: &[Found],
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<TreePath, Blob>, FolderError> {
    let total = AtomicU64::new(0);
    let contents: Vec<Content> =
        found.par_iter().with_min_len(32).map(|found| content(root, found, &total)).collect();
    if total.load(Ordering::Relaxed) > limits::TREE_BYTES {
        return Err(FolderError::TooLarge { path: root.to_owned() });
    }
    let mut files = BTreeMap::new();
    let mut targets = BTreeMap::new();
    for (found, content) in found.iter().zip(contents) {
        let at = Origin::file(found.path.as_str());
        match content {
            Content::File(blob) => drop(files.insert(found.path.clone(), blob)),
            Content::Link(target) => drop(targets.insert(found.path.clone(), target)),
            Content::Large(bytes) => {
                diagnostics.push(too_large(&found.path, bytes));
                drop(files.insert(found.path.clone(), stand_in()));
            }
            Content::Gone => {}
            Content::Unreadable(cause) => {
                diagnostics.push(
                    Diagnostic::error("file-unreadable", "could not read file")
                        .at(at)
                        .cause(cause.to_string()),
                );
                drop(files.insert(found.path.clone(), stand_in()));
            }
        }
    }
    links::resolve(&mut files, &targets, diagnostics);
    Ok(files)
}

/// What stands in the tree for a file that cannot be read or is too large: no reader takes it for a manifest or for nothing, so that a unit
/// that reads it is broken, and never looks as if its objects were gone.
pub(crate) fn stand_in() -> Blob {
    Blob::new(&b"\xff\xffnot read"[..])
}

/// Says that a file is not read because of its size.
pub(crate) fn too_large(path: &TreePath, bytes: u64) -> Diagnostic {
    let (size, limit) = (limits::show(bytes), limits::show(limits::FILE_BYTES));
    let message = format!("file of {size} is not read: the limit is {limit}");
    names::left_out("file-too-large", path.as_str().as_bytes(), message)
        .at(Origin::file(path.as_str()))
}

enum Content {
    File(Blob),
    Link(Vec<u8>),
    Large(u64),
    Gone,
    Unreadable(io::Error),
}

fn content(root: &Path, found: &Found, total: &AtomicU64) -> Content {
    let path = root.join(found.path.as_str());
    let read = if found.is_link {
        fs::read_link(&path)
            .map(|target| Content::Link(target.into_os_string().into_encoded_bytes()))
    } else {
        read_file(&path, total)
    };
    match read {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Gone,
        Err(error) => Content::Unreadable(error),
    }
}

fn read_file(path: &Path, total: &AtomicU64) -> io::Result<Content> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > limits::FILE_BYTES {
        return Ok(Content::Large(length));
    }
    // Counted before it is read: once the whole is too large, the rest of it is not read at all.
    if total.fetch_add(length, Ordering::Relaxed) + length > limits::TREE_BYTES {
        return Ok(Content::Gone);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    // The file may grow while it is read.
    file.by_ref().take(limits::FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits::FILE_BYTES {
        return Ok(Content::Large(bytes.len() as u64));
    }
    Ok(Content::File(Blob::new(bytes)))
}
