//! Reading files of the tree, as a kustomization names them: restricted, and with kustomize's words when it fails.

use weir_model::{Blob, Source, Tree, TreePath};

use crate::error::{BuildError, Result, Within};
use crate::paths::{clean, climb};
use crate::remote;
use crate::session::Session;
use crate::settings::LoadRestrictor;

/// A folder with a kustomization, and the folders on the way to it.
#[derive(Clone)]
pub(crate) struct Folder<'a> {
    tree: &'a Tree,
    path: TreePath,
    /// What stands before the tree's paths in messages and origins.
    base: String,
    /// Whether the tree was fetched from a remote; then nothing outside of a folder may be read.
    is_remote: bool,
    /// The folders on the way here, to find cycles: the tree's base and the path.
    visited: Vec<(String, TreePath)>,
}

/// A file that was read.
#[derive(Clone)]
pub(crate) struct File<'a> {
    /// Its content.
    pub(crate) blob: &'a Blob,
    /// Where its nodes come from.
    pub(crate) source: Source,
}

/// What stands at a path.
enum Found<'a> {
    File(&'a Blob),
    Folder,
    /// Nothing; the first part that is missing, or that is a file and should be a folder.
    Missing {
        first: String,
        under_file: bool,
    },
}

impl<'a> Folder<'a> {
    /// Opens the folder at which a build starts.
    pub(crate) fn root(tree: &'a Tree, path: &TreePath, base: &str) -> Result<Self> {
        let folder = Self {
            tree,
            path: path.clone(),
            base: base.trim_end_matches('/').to_owned(),
            is_remote: false,
            visited: Vec::new(),
        };
        folder.require_folder(path).map(|()| folder)
    }

    /// Returns the tree.
    pub(crate) fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// Returns the path in the tree of a chart's folder, when there is such a folder.
    pub(crate) fn chart(&self, path: &str, session: &mut Session<'a>) -> Option<TreePath> {
        let path = self.resolve(path, session).ok()?;
        // Some of its files may be there for other reasons.
        if path.join("Chart.yaml").is_ok_and(|file| self.tree.file(&file).is_none()) {
            self.note_absent(&path, session);
        }
        self.tree.is_folder(&path).then_some(path)
    }

    /// Returns the folder's name in messages.
    pub(crate) fn name(&self) -> String {
        self.show(&self.path)
    }

    fn show(&self, path: &TreePath) -> String {
        match (self.base.as_str(), path.as_str()) {
            ("", "") => ".".into(),
            ("", path) => path.into(),
            (base, "") => base.into(),
            (base, path) => format!("{base}/{path}"),
        }
    }

    /// Finds a path as it is written in this folder's kustomization; the error is its name outside the tree.
    fn resolve(
        &self,
        path: &str,
        session: &mut Session<'a>,
    ) -> std::result::Result<TreePath, String> {
        let inside = match path.strip_prefix('/') {
            Some(_) => clean(path)
                .strip_prefix(&format!("{}/", self.base))
                .filter(|_| !self.base.is_empty())
                .and_then(|inside| TreePath::parse(inside).ok()),
            None => self.path.join(path).ok(),
        };
        inside.ok_or_else(|| {
            if !self.is_remote && !path.starts_with('/') {
                session.above = session.above.max(climb(&self.path, path));
            }
            if path.starts_with('/') {
                clean(path)
            } else {
                clean(&format!("{}/{path}", self.show(&self.path)))
            }
        })
    }

    fn note_absent(&self, path: &TreePath, session: &mut Session<'a>) {
        if !self.is_remote {
            session.absent.insert(path.clone());
        }
    }

    fn find(&self, path: &TreePath) -> Found<'a> {
        if let Some(blob) = self.tree.file(path) {
            return Found::File(blob);
        }
        if self.tree.is_folder(path) {
            return Found::Folder;
        }
        let mut first = TreePath::root();
        let mut under_file = false;
        for part in path.parts() {
            let Ok(next) = first.join(part) else { break };
            if under_file || (!self.tree.is_folder(&next) && self.tree.file(&next).is_none()) {
                if !under_file {
                    first = next;
                }
                break;
            }
            under_file = self.tree.file(&next).is_some();
            first = next;
        }
        Found::Missing { first: self.show(&first), under_file }
    }

    fn not_found(&self, path: &TreePath, first: &str, under_file: bool) -> BuildError {
        let why = if under_file { "not a directory" } else { "no such file or directory" };
        BuildError::new(format!(
            "evalsymlink failure on '{}' : lstat {first}: {why}",
            self.show(path)
        ))
    }

    /// Reads a file that the kustomization names; a URL is answered from the settings.
    pub(crate) fn load(&self, path: &str, session: &mut Session<'a>) -> Result<File<'a>> {
        if remote::is_file_url(path) {
            return session.remote_file(path);
        }
        let restricted =
            self.is_remote || session.settings.load_restrictor == LoadRestrictor::RootOnly;
        let outside = |name: &str| {
            BuildError::new(format!("security; file '{name}' is not in or below '{}'", self.name()))
        };
        let inside = match self.resolve(path, session) {
            Ok(inside) => inside,
            Err(name) if restricted => return Err(outside(&name)),
            Err(name) => {
                return Err(BuildError::new(format!("path '{name}' leads outside the tree")));
            }
        };
        let found = self.find(&inside);
        if matches!(found, Found::Missing { .. }) {
            self.note_absent(&inside, session);
        }
        match found {
            Found::File(blob) if !restricted || inside.is_within(&self.path) => {
                Ok(File { blob, source: self.source(&inside) })
            }
            Found::File(_) => Err(outside(&self.show(&inside))),
            Found::Folder if restricted => {
                Err(BuildError::new(format!("'{}' must resolve to a file", self.show(&inside))))
            }
            Found::Folder => {
                Err(BuildError::new(format!("read {}: is a directory", self.show(&inside))))
            }
            Found::Missing { first, under_file } if restricted => {
                Err(self.not_found(&inside, &first, under_file))
            }
            Found::Missing { under_file, .. } => Err(BuildError::new(format!(
                "open {}: {}",
                self.show(&inside),
                if under_file { "not a directory" } else { "no such file or directory" }
            ))),
        }
    }

    /// Names the file for origins: its path in the tree, after the remote's name when there is one.
    fn source(&self, path: &TreePath) -> Source {
        if self.is_remote { Source::named(&self.show(path)) } else { Source::named(path.as_str()) }
    }

    /// Returns the source of a file of this folder.
    pub(crate) fn source_of(&self, name: &str) -> Source {
        self.path.join(name).map(|path| self.source(&path)).unwrap_or_default()
    }

    fn require_folder(&self, path: &TreePath) -> Result<()> {
        match self.find(path) {
            Found::Folder => Ok(()),
            Found::File(_) => {
                Err(BuildError::new(format!("'{}': file is not directory", self.show(path))))
            }
            Found::Missing { first, under_file } => {
                Err(self.not_found(path, &first, under_file).within("not a valid directory"))
            }
        }
        .within("must build at directory")
    }

    /// Opens another folder that the kustomization names: below it, beside it, or of a remote repository.
    pub(crate) fn enter(&self, path: &str, session: &mut Session<'a>) -> Result<Self> {
        if path.is_empty() {
            return Err(BuildError::new("new root cannot be empty"));
        }
        if let Some(remote) = remote::repository(path) {
            let tree = session.remote_tree(path)?;
            let base = remote.url;
            let inside = TreePath::parse(&remote.path)
                .map_err(|error| BuildError::new(error.to_string()))?;
            let key = (base.clone(), inside.clone());
            if self.visited.contains(&key) {
                return Err(BuildError::new(format!(
                    "cycle detected: URI '{path}' referenced by previous URI '{path}'"
                )));
            }
            let mut visited = self.visited.clone();
            visited.push((self.base.clone(), self.path.clone()));
            visited.push(key);
            let folder = Self { tree, path: inside.clone(), base, is_remote: true, visited };
            return folder.require_folder(&inside).map(|()| folder);
        }
        if path.starts_with('/') {
            return Err(BuildError::new(format!("new root '{path}' cannot be absolute")));
        }
        if path.split('/').any(|part| part.len() > 2 && part.contains("..")) {
            return Err(BuildError::new(format!(
                "path {path:?} is ambiguous: resolves to {:?} after normalization, which is likely not the intended \
                 target; check for YAML indentation errors in your kustomization file",
                clean(path)
            )));
        }
        let inside = self.resolve(path, session).map_err(|name| {
            BuildError::new(format!(
                "must build at directory: not a valid directory: path '{name}' leads outside the tree"
            ))
        })?;
        if matches!(self.find(&inside), Found::Missing { .. }) {
            self.note_absent(&inside, session);
        }
        self.require_folder(&inside)?;
        let here = (self.base.clone(), self.path.clone());
        for (base, visited) in std::iter::once(&here).chain(self.visited.iter().rev()) {
            if *base == self.base && visited.is_within(&inside) {
                return Err(BuildError::new(format!(
                    "cycle detected: candidate root '{}' contains visited root '{}'",
                    self.show(&inside),
                    self.show(visited)
                )));
            }
        }
        let mut visited = self.visited.clone();
        visited.push(here);
        Ok(Self { path: inside, visited, ..self.clone() })
    }
}
