//! `--output-dir`: a file for each template, written as helm writes them.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use weir_helm::{Rendered, TextOptions};
use weir_model::TreePath;

/// A folder that templates' outputs are written to.
pub(super) struct OutputDir<'a> {
    folder: &'a Path,
    /// The release's name, when it belongs to the paths (`--release-name`).
    release: Option<&'a str>,
    written: BTreeSet<PathBuf>,
    report: String,
}

impl<'a> OutputDir<'a> {
    pub(super) fn new(folder: &'a Path, release: Option<&'a str>) -> Self {
        Self { folder, release, written: BTreeSet::new(), report: String::new() }
    }

    /// Writes all and returns what helm prints of it.
    pub(super) fn write(
        mut self,
        rendered: &Rendered,
        options: TextOptions,
    ) -> Result<String, String> {
        if options.crds {
            for crd in &rendered.crds {
                // Helm leaves the release's name out of these.
                self.append(self.folder, &crd.path, &crd.text())?;
            }
        }
        let folder = self
            .release
            .map_or_else(|| self.folder.to_owned(), |release| self.folder.join(release));
        for manifest in &rendered.manifests {
            self.append(&folder, &manifest.path, &manifest.text)?;
        }
        for hook in rendered.hooks.iter().filter(|hook| options.shows(hook)) {
            self.append(&folder, &hook.manifest.path, &hook.manifest.text)?;
        }
        Ok(self.report)
    }

    /// Writes a document to its file, which is emptied before the first.
    fn append(&mut self, folder: &Path, name: &str, text: &str) -> Result<(), String> {
        let inside = TreePath::parse(name)
            .map_err(|error| format!("could not write the output of `{name}`: {error}"))?;
        let path = folder.join(inside.as_str());
        let failed = |error: std::io::Error| format!("open {}: {error}", path.display());
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).create(parent).map_err(failed)?;
        }
        let is_first = self.written.insert(path.clone());
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(!is_first).truncate(is_first);
        let mut file = options.open(&path).map_err(failed)?;
        write!(file, "---\n# Source: {name}\n{text}\n").map_err(failed)?;
        self.report.push_str(&format!("wrote {}\n", path.display()));
        Ok(())
    }
}
