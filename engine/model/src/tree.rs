//! File trees in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::{Digest, DigestBuilder, TreePath};

/// The content of one file.
#[derive(Clone)]
pub struct Blob {
    bytes: Arc<[u8]>,
    digest: Digest,
}

impl Blob {
    /// Takes a file's bytes and hashes them.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { digest: Digest::of(&bytes), bytes }
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the text, or nothing when the bytes are not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Returns the hash of the bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes, {})", self.bytes.len(), self.digest)
    }
}

/// An immutable tree of files, addressed by the hash of its paths and contents.
///
/// Folders exist only as prefixes of files, as in Git. The order in which files were added is irrelevant.
/// Cloning is cheap: the files are shared.
#[derive(Clone, Debug)]
pub struct Tree {
    files: Arc<BTreeMap<TreePath, Blob>>,
    digest: Digest,
}

/// Collects the files of a [`Tree`].
#[derive(Clone, Debug, Default)]
pub struct TreeBuilder {
    files: BTreeMap<TreePath, Blob>,
}

impl TreeBuilder {
    /// Adds a file, or replaces the one at the same path.
    pub fn insert(&mut self, path: TreePath, blob: Blob) -> &mut Self {
        self.files.insert(path, blob);
        self
    }

    /// Ends the tree.
    pub fn finish(self) -> Tree {
        Tree::from_files(self.files)
    }
}

impl Tree {
    /// Makes a tree of these files.
    pub fn from_files(files: BTreeMap<TreePath, Blob>) -> Self {
        let mut digest = DigestBuilder::new("tree");
        digest.number(files.len() as u64);
        for (path, blob) in &files {
            digest.text(path.as_str()).digest(blob.digest());
        }
        Self { digest: digest.finish(), files: Arc::new(files) }
    }

    /// Returns the file at this path.
    pub fn file(&self, path: &TreePath) -> Option<&Blob> {
        self.files.get(path)
    }

    /// Tells whether any file lies below this path; the root always is a folder.
    pub fn is_folder(&self, path: &TreePath) -> bool {
        path.is_root() || self.below(path).next().is_some()
    }

    /// Returns all files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&TreePath, &Blob)> {
        self.files.iter()
    }

    /// Returns the files below a folder, at any depth, in the order of their paths.
    pub fn below<'tree>(
        &'tree self,
        folder: &TreePath,
    ) -> impl Iterator<Item = (&'tree TreePath, &'tree Blob)> {
        let prefix = if folder.is_root() { String::new() } else { format!("{}/", folder.as_str()) };
        // What sorts before, such as `apps` and `apps-x/…`, is not looked at.
        self.files
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(move |(path, _)| path.as_str().starts_with(&prefix))
    }

    /// Returns the names directly in a folder, sorted; the flag says whether the name is a folder.
    pub fn list(&self, folder: &TreePath) -> Vec<(String, bool)> {
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        let skip = if folder.is_root() { 0 } else { folder.as_str().len() + 1 };
        for (path, _) in self.below(folder) {
            match path.as_str()[skip..].split_once('/') {
                Some((name, _)) => names.insert(name.to_owned(), true),
                None => names.insert(path.as_str()[skip..].to_owned(), false),
            };
        }
        names.into_iter().collect()
    }

    /// Returns the part of the tree below a folder, as a tree of its own.
    pub fn subtree(&self, folder: &TreePath) -> Self {
        if folder.is_root() {
            return self.clone();
        }
        Self::from_files(
            self.below(folder)
                .filter_map(|(path, blob)| Some((path.relative_to(folder)?, blob.clone())))
                .collect(),
        )
    }

    /// Returns the hash over all paths and contents.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Returns the number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Tells whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// A source's revision in Flux's own form, for instance `main@sha1:4f1a5b10…` or `6.9.1@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub String);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a source gave: its files at a revision.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The revision that the source names.
    pub revision: Revision,
    /// The files.
    pub tree: Arc<Tree>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut builder = TreeBuilder::default();
        for path in paths {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(path.as_bytes()));
        }
        builder.finish()
    }

    #[test]
    fn below_skips_siblings_that_share_a_prefix() {
        let tree = tree(&["apps", "apps-x/a", "apps.yaml", "apps/b", "apps/c/d", "apps0/e", "b/f"]);
        let apps = TreePath::parse("apps").unwrap();
        let found: Vec<_> = tree.below(&apps).map(|(path, _)| path.as_str().to_owned()).collect();
        assert_eq!(found, ["apps/b", "apps/c/d"]);
        assert_eq!(tree.list(&apps), [("b".to_owned(), false), ("c".to_owned(), true)]);
        assert_eq!(tree.subtree(&apps).len(), 2);
    }

    #[test]
    fn the_order_of_files_is_irrelevant() {
        assert_eq!(tree(&["a", "b/c"]).digest(), tree(&["b/c", "a"]).digest());
        assert_ne!(tree(&["a", "b/c"]).digest(), tree(&["a", "b/d"]).digest());
    }
}
