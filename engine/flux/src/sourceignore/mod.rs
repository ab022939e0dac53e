//! Which files of a source belong to its artifact: `.sourceignore` files, `spec.ignore` and Flux's defaults.
//!
//! The dialect is that of `fluxcd/pkg/sourceignore`: like `.gitignore`, but each file is tested by its own path, so a
//! file below an ignored folder can be taken back, and later patterns win.

mod pattern;

pub use pattern::{Pattern, Verdict};

use weir_model::{Tree, TreePath};

/// The name of the files that hold patterns.
const IGNORE_FILE: &str = ".sourceignore";

/// Always ignored, unless a pattern takes it back.
const VERSION_CONTROL: [&str; 4] = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// Ignored when the user gave no pattern at all.
const DEFAULTS: [&str; 20] = [
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// Patterns in rising order of priority.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Reads lines of patterns that hold below a folder; an empty folder is the root.
    pub fn read(text: &str, domain: &TreePath) -> Self {
        // Go's scanner gives up at a line that is longer than its buffer.
        let patterns = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .take_while(|line| line.len() < 64 * 1024)
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
            .map(|line| Pattern::parse(line, domain))
            .collect();
        Self(patterns)
    }

    /// Reads all `.sourceignore` files of a tree, each for its own folder, the root's first.
    pub fn of_tree(tree: &Tree) -> Self {
        let mut files: Vec<(&TreePath, &str)> = tree
            .files()
            .filter(|(path, _)| path.name() == IGNORE_FILE)
            .filter_map(|(path, blob)| Some((path, blob.text()?)))
            .collect();
        files.sort_by_key(|(path, _)| path.parts().count());
        let mut all = Self::default();
        for (path, text) in files {
            all.extend(Self::read(text, &path.parent().unwrap_or_default()));
        }
        all
    }

    /// Returns Flux's default patterns, for a folder.
    pub fn defaults(domain: &TreePath) -> Self {
        let lines = VERSION_CONTROL.iter().chain(&DEFAULTS);
        Self(lines.map(|line| Pattern::parse(line, domain)).collect())
    }

    /// Adds patterns of higher priority.
    pub fn extend(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// Tells whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether a path is ignored.
    pub fn ignores(&self, path: &TreePath, is_folder: bool) -> bool {
        let parts: Vec<&str> = path.parts().collect();
        self.0
            .iter()
            .rev()
            .find_map(|pattern| pattern.verdict(&parts, is_folder))
            .is_some_and(|verdict| verdict == Verdict::Ignored)
    }
}

/// Returns the files of a source that belong to its artifact.
///
/// Patterns come from the tree's `.sourceignore` files and then from `spec.ignore`. When there are none, the defaults
/// (pictures, archives, CI files) hold; version control files are left out in either case.
pub fn apply(tree: &Tree, spec_ignore: Option<&str>) -> Tree {
    let root = TreePath::root();
    let mut patterns = Patterns::of_tree(tree);
    if let Some(text) = spec_ignore {
        patterns.extend(Patterns::read(text, &root));
    }
    let matcher = if patterns.is_empty() {
        Patterns::defaults(&root)
    } else {
        let mut all =
            Patterns(VERSION_CONTROL.iter().map(|line| Pattern::parse(line, &root)).collect());
        all.extend(patterns);
        all
    };
    if !tree.files().any(|(path, _)| matcher.ignores(path, false)) {
        return tree.clone();
    }
    let mut kept = weir_model::TreeBuilder::default();
    for (path, blob) in tree.files().filter(|(path, _)| !matcher.ignores(path, false)) {
        kept.insert(path.clone(), blob.clone());
    }
    kept.finish()
}
