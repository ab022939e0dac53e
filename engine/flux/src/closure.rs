//! Which files of a tree a build may look at, so that a change elsewhere leaves its input as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_model::{Blob, Data, Digest, DigestBuilder, SmolStr, Source, Tree, TreePath, Value};

use crate::generate::kustomization_file;

/// The texts in a kustomization file that may be paths.
pub type References = Vec<String>;

/// What a build of a folder may look at.
#[derive(Clone, Debug)]
pub struct Closure<'tree> {
    folder: TreePath,
    files: BTreeMap<TreePath, &'tree Blob>,
    /// Texts of kustomization files that name nothing in the tree: the URLs of remote resources are among them.
    pub strange: BTreeSet<String>,
}

impl Closure<'_> {
    /// Hashes the files with their paths.
    pub fn digest(&self) -> Digest {
        let mut digest = DigestBuilder::new("closure");
        digest.text(self.folder.as_str()).number(self.files.len() as u64);
        for (path, blob) in &self.files {
            digest.text(path.as_str()).digest(blob.digest());
        }
        digest.finish()
    }

    /// Returns the files as a tree of their own: who builds from it cannot read what the digest does not cover.
    pub fn tree(&self) -> Tree {
        let files = self.files.iter().map(|(path, blob)| (path.clone(), (*blob).clone()));
        Tree::from_files(files.collect())
    }
}

/// Finds the files that a build of a folder may look at: all that lie in it, and whatever kustomization files in reach
/// name, at any depth. It may hold more than is read, never less.
///
/// `references` gives [`references_of`] a blob, remembered or anew. `extra` are paths that are added to the folder's own.
pub fn closure<'tree>(
    tree: &'tree Tree,
    folder: &TreePath,
    extra: &[SmolStr],
    references: &dyn Fn(&Blob) -> Arc<References>,
) -> Closure<'tree> {
    let mut files: BTreeMap<TreePath, &Blob> = BTreeMap::new();
    let mut strange = BTreeSet::new();
    let mut seen: BTreeSet<TreePath> = BTreeSet::new();
    let mut open = vec![folder.clone()];
    open.extend(extra.iter().filter_map(|path| folder.join(path).ok()));
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        if let Some(blob) = tree.file(&path) {
            files.insert(path, blob);
            continue;
        }
        let mut folders = BTreeSet::from([path.clone()]);
        for (file, blob) in tree.below(&path) {
            if files.insert(file.clone(), blob).is_none()
                && let Some(parent) = file.parent()
            {
                folders.insert(parent);
            }
        }
        for folder in folders {
            let Some(blob) = kustomization_file(tree, &folder).and_then(|file| tree.file(&file))
            else {
                continue;
            };
            for text in references(blob).iter() {
                match folder.join(text).ok().filter(|path| !path.is_root() || text.contains("..")) {
                    Some(path) if tree.file(&path).is_some() || tree.is_folder(&path) => {
                        open.push(path);
                    }
                    _ if text.contains(['/', ':']) => drop(strange.insert(text.clone())),
                    _ => {}
                }
            }
        }
    }
    // The configuration of a plugin may name files in ways of its own.
    let is_plugin =
        |blob: &Blob| blob.text().is_some_and(|text| text.contains("apiVersion: builtin"));
    if files.values().any(|blob| is_plugin(blob)) {
        files.extend(tree.files().map(|(path, blob)| (path.clone(), blob)));
    }
    Closure { folder: folder.clone(), files, strange }
}

/// Lists the texts in a kustomization file that may be paths; of `key=path` also what stands after the sign.
pub fn references_of(blob: &Blob) -> References {
    let mut texts = References::new();
    // What cannot be read names nothing; its own bytes are part of the closure.
    for document in weir_yaml::read_values(blob.bytes(), Source::default()).unwrap_or_default() {
        collect(&document, &mut texts);
    }
    texts
}

fn collect(value: &Value, texts: &mut References) {
    match &value.data {
        Data::String(text) if text.len() < 1024 && !text.contains('\n') => {
            texts.push(text.to_string());
            if let Some((_, path)) = text.split_once('=') {
                texts.push(path.to_owned());
            }
        }
        Data::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Data::Map(map) => map.iter().for_each(|(_, value)| collect(value, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use weir_model::TreeBuilder;

    use super::*;

    fn digest(files: &[(&str, &str)]) -> Digest {
        let mut tree = TreeBuilder::default();
        for (path, text) in files {
            tree.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let references = |blob: &Blob| Arc::new(references_of(blob));
        let folder = TreePath::parse("apps/web").unwrap();
        closure(&tree.finish(), &folder, &["../../extra".into()], &references).digest()
    }

    #[test]
    fn only_what_is_in_reach_counts() {
        let base = [
            ("apps/web/kustomization.yaml", "resources: [../../base, web.yaml]"),
            ("apps/web/web.yaml", "a"),
            ("apps/other/x.yaml", "b"),
            ("base/kustomization.yaml", "configMapGenerator: [{files: [a=../shared/a.txt]}]"),
            ("shared/a.txt", "c"),
            ("extra/kustomization.yaml", ""),
        ];
        for (path, counts) in [
            ("apps/web/web.yaml", true),
            ("apps/other/x.yaml", false),
            ("base/kustomization.yaml", true),
            ("shared/a.txt", true),
            ("extra/kustomization.yaml", true),
        ] {
            let changed =
                base.map(|(file, text)| (file, if file == path { "# new" } else { text }));
            assert_eq!(digest(&base) != digest(&changed), counts, "{path}");
        }
    }

    #[test]
    fn urls_and_nothing_else_that_is_there_are_strange() {
        let mut tree = TreeBuilder::default();
        let text = "resources: [https://host/x.yaml, github.com/a/b, ../base, web.yaml, plain]";
        for (path, text) in
            [("a/kustomization.yaml", text), ("base/x.yaml", ""), ("a/web.yaml", "")]
        {
            tree.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let tree = tree.finish();
        let references = |blob: &Blob| Arc::new(references_of(blob));
        let found = closure(&tree, &TreePath::parse("a").unwrap(), &[], &references);
        let strange: Vec<&str> = found.strange.iter().map(String::as_str).collect();
        assert_eq!(strange, ["github.com/a/b", "https://host/x.yaml"]);
        assert_eq!(found.tree().len(), 3);
    }
}
