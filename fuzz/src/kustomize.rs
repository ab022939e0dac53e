//! A text is taken apart into the files of a tree, and the tree is built.

use weir_kustomize::{BuildSettings, build, to_text};
use weir_model::{Blob, Tree, TreeBuilder, TreePath};

/// What stands before the path of a file, on a line of its own.
const FILE: &str = "=== ";

/// Builds the tree that the text describes, twice. It must end, and both times alike.
pub fn run(data: &[u8]) {
    let tree = tree(&String::from_utf8_lossy(data));
    assert!(built(&tree) == built(&tree), "building twice does not equal building once");
}

fn built(tree: &Tree) -> (String, Vec<String>) {
    let built = build(tree, &TreePath::root(), &BuildSettings::default());
    (to_text(&built.value.objects), built.diagnostics.iter().map(ToString::to_string).collect())
}

/// Takes a text apart at lines such as `=== base/kustomization.yaml`; what stands before the first is the root's.
fn tree(text: &str) -> Tree {
    let mut builder = TreeBuilder::default();
    let mut path = "kustomization.yaml";
    let mut content = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix(FILE) {
            insert(&mut builder, path, &content);
            (path, content) = (next.trim(), String::new());
        } else {
            content.push_str(line);
        }
    }
    insert(&mut builder, path, &content);
    builder.finish()
}

fn insert(builder: &mut TreeBuilder, path: &str, content: &str) {
    if let Some(path) = TreePath::parse(path).ok().filter(|path| !path.is_root()) {
        builder.insert(path, Blob::new(content.as_bytes()));
    }
}
