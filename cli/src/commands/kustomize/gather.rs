//! The files that a build needs, read as it asks for them: what no kustomization names is never opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use weir_io_source::{folder, limits};
use weir_kustomize::KUSTOMIZATION_FILES;
use weir_model::{Blob, Diagnostic, Origin, Tree, TreePath};

/// The most that the files of one build may hold together, in bytes.
const MAX_BYTES: u64 = 128 << 20;

/// Reads files below a root. Links are followed, but not out of the root; `.git`, pipes and devices are never opened.
pub(super) struct Gatherer {
    root: PathBuf,
    files: BTreeMap<TreePath, Blob>,
    asked: BTreeSet<TreePath>,
    bytes: u64,
    /// What was refused, and why.
    pub(super) refused: Vec<Diagnostic>,
}

impl Gatherer {
    /// Begins with no files. The root has no links in it.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: BTreeMap::new(),
            asked: BTreeSet::new(),
            bytes: 0,
            refused: Vec::new(),
        }
    }

    /// Returns the files read so far.
    pub(super) fn tree(&self) -> Tree {
        Tree::from_files(self.files.clone())
    }

    /// Reads what stands at these paths, as far as something does. Tells whether there is more than before.
    pub(super) fn add(&mut self, paths: impl IntoIterator<Item = TreePath>) -> bool {
        let before = self.files.len();
        for path in paths {
            if self.asked.insert(path.clone()) {
                self.add_one(&path);
            }
        }
        self.files.len() > before
    }

    fn add_one(&mut self, path: &TreePath) {
        let Some(real) = self.real(path) else { return };
        match fs::metadata(&real) {
            Ok(found) if found.is_dir() => self.add_folder(path, &real),
            Ok(found) if found.is_file() => self.add_file(path, &real),
            Ok(_) => self.refuse(path, "it is a pipe, a socket or a device"),
            Err(error) => self.refuse(path, &error.to_string()),
        }
    }

    /// Returns where a path leads on the disk; nothing when that is nowhere, or where nothing may be read.
    fn real(&mut self, path: &TreePath) -> Option<PathBuf> {
        let real = match self.root.join(path.as_str()).canonicalize() {
            Ok(real) => real,
            Err(error) => {
                let is_absent =
                    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
                if !is_absent {
                    self.refuse(path, &error.to_string());
                }
                return None;
            }
        };
        let Ok(below) = real.strip_prefix(&self.root) else {
            self.refuse(path, "it is a link that leads out of the folder that is built");
            return None;
        };
        if below.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            self.refuse(path, "it lies in `.git`");
            return None;
        }
        Some(real)
    }

    /// Reads a chart as a whole, and of another folder its kustomization; one without is known by any of its files.
    fn add_folder(&mut self, path: &TreePath, real: &Path) {
        if real.join("Chart.yaml").is_file() {
            match folder::read(real) {
                Ok(chart) => {
                    for (below, blob) in chart.value.files() {
                        if let Ok(file) = path.join(below.as_str()) {
                            self.keep(&file, blob.clone());
                        }
                    }
                }
                Err(error) => self.refuse(path, &error.to_string()),
            }
            return;
        }
        let names: Vec<TreePath> =
            KUSTOMIZATION_FILES.iter().filter_map(|name| path.join(name).ok()).collect();
        if self.add(names) {
            return;
        }
        let any = fs::read_dir(real).into_iter().flatten().flatten().find(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_file())
                && entry.file_name().to_str().is_some()
        });
        if let Some(file) =
            any.and_then(|entry| path.join(entry.file_name().to_str().unwrap_or_default()).ok())
        {
            self.add([file]);
        }
    }

    fn add_file(&mut self, path: &TreePath, real: &Path) {
        let mut bytes = Vec::new();
        let read = File::open(real)
            .and_then(|file| file.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes));
        match read {
            Ok(length) if length as u64 > limits::FILE_BYTES => {
                self.refuse(path, &format!("it has more than {} MiB", limits::FILE_BYTES >> 20));
            }
            Ok(_) => self.keep(path, Blob::new(bytes)),
            Err(error) => self.refuse(path, &error.to_string()),
        }
    }

    fn keep(&mut self, path: &TreePath, blob: Blob) {
        let was_full = self.bytes > MAX_BYTES;
        self.bytes = self.bytes.saturating_add(blob.bytes().len() as u64);
        if self.bytes <= MAX_BYTES {
            self.files.insert(path.clone(), blob);
        } else if !was_full {
            let why = format!("all files together have more than {} MiB", MAX_BYTES >> 20);
            self.refuse(path, &why);
        }
    }

    fn refuse(&mut self, path: &TreePath, why: &str) {
        self.refused.push(
            Diagnostic::error("kustomize-file", "file is not read")
                .at(Origin::file(path.as_str()))
                .cause(why),
        );
    }
}

/// Returns the root of the Git work tree around a folder, when there is one.
pub(super) fn work_tree(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|parent| parent.join(".git").exists())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_files_below_the_root_are_read() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["base", ".git", "chart/templates", "empty"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        for path in [
            "a.yaml",
            "not-named.yaml",
            "base/kustomization.yaml",
            "base/not-named.yaml",
            ".git/config",
            "chart/Chart.yaml",
            "chart/templates/t.yaml",
        ] {
            fs::write(root.join(path), path).unwrap();
        }
        fs::File::create(root.join("large")).unwrap().set_len(limits::FILE_BYTES + 1).unwrap();
        symlink("a.yaml", root.join("inside")).unwrap();
        symlink(outside.path().join("secret"), root.join("outside")).unwrap();
        symlink(outside.path(), root.join("outside-folder")).unwrap();
        symlink(".git/config", root.join("git")).unwrap();
        symlink("/dev/zero", root.join("device")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        let _socket = UnixListener::bind(root.join("socket")).unwrap();

        let mut gatherer = Gatherer::new(&root);
        let asked = [
            "a.yaml",
            "inside",
            "base",
            "chart",
            "empty",
            "none",
            "a.yaml/below",
            "outside",
            "outside-folder/secret",
            ".git/config",
            "git",
            "device",
            "circle",
            "socket",
            "large",
        ];
        assert!(gatherer.add(asked.map(|path| TreePath::parse(path).unwrap())));
        let tree = gatherer.tree();
        let names: Vec<&str> = tree.files().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            names,
            [
                "a.yaml",
                "base/kustomization.yaml",
                "chart/Chart.yaml",
                "chart/templates/t.yaml",
                "inside"
            ]
        );
        let refused: Vec<String> =
            gatherer.refused.iter().map(|found| found.at.to_string()).collect();
        assert!(refused.contains(&"outside".to_owned()), "{refused:?}");
        assert!(!gatherer.add([TreePath::parse("a.yaml").unwrap()]));
    }

    #[test]
    fn the_work_tree_is_the_next_folder_with_git() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("repository/a/b");
        fs::create_dir_all(&deep).unwrap();
        assert!(work_tree(&deep).is_none_or(|found| !found.starts_with(folder.path())));
        fs::write(folder.path().join("repository/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(work_tree(&deep), Some(folder.path().join("repository").as_path()));
    }
}
