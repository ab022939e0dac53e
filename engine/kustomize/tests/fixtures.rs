//! The cases of `fixtures/kustomize`: each build equals what kustomize printed when it was recorded; and the laws that hold
//! for every one of them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its cases from the disk"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use weir_kustomize::{BuildSettings, build, to_text};
use weir_model::{Blob, Tree, TreeBuilder, TreePath};

/// A case: its files, the folder that is built, and what is expected of it.
struct Case {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
    root: TreePath,
    expected: Result<String, String>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/kustomize");
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.is_dir());
    names.sort();
    names.iter().map(|folder| case(folder)).collect()
}

fn case(folder: &Path) -> Case {
    let mut files = BTreeMap::new();
    read(&folder.join("input"), "", &mut files);
    let overlay = TreePath::parse("overlay").unwrap();
    let is_overlay = files.keys().any(|path| path.starts_with("overlay/"));
    let expected = match fs::read_to_string(folder.join("expected.yaml")) {
        Ok(text) => Ok(text),
        Err(_) => Err(fs::read_to_string(folder.join("expected-error.txt")).unwrap()),
    };
    Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        files,
        root: if is_overlay { overlay } else { TreePath::root() },
        expected,
    }
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

fn tree<'a>(files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) -> Tree {
    let mut builder = TreeBuilder::default();
    for (path, bytes) in files {
        builder.insert(TreePath::parse(path).unwrap(), Blob::new(bytes.as_slice()));
    }
    builder.finish()
}

/// Builds a tree: the text, or the first error.
fn built(tree: &Tree, root: &TreePath) -> Result<String, String> {
    let settings = BuildSettings { root_name: "${ROOT}".into(), ..BuildSettings::default() };
    let built = build(tree, root, &settings);
    match built.diagnostics.iter().find(|found| found.is_error()) {
        Some(error) => Err(error.message.clone()),
        None => Ok(to_text(&built.value.objects)),
    }
}

#[test]
fn builds_equal_what_kustomize_prints() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} cases", cases.len());
    for Case { name, files, root, expected } in cases {
        let is = built(&tree(&files), &root);
        match (&is, &expected) {
            (Ok(is), Ok(expected)) => assert_eq!(is, expected, "{name}"),
            (Err(is), Err(expected)) => assert_eq!(is.trim_end(), expected.trim_end(), "{name}"),
            _ => panic!("{name}: {is:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn building_twice_equals_once_and_the_order_of_files_is_irrelevant() {
    for Case { name, files, root, .. } in cases() {
        let once = built(&tree(&files), &root);
        assert_eq!(once, built(&tree(&files), &root), "{name}");
        assert_eq!(once, built(&tree(files.iter().rev()), &root), "{name}");
    }
}

/// A mistake that a person, or a stranger, may make in a file.
#[derive(Clone, Debug)]
enum Change {
    RemoveLine(usize),
    RepeatLine(usize),
    Indent(usize),
    SwapLines(usize, usize),
    Replace(usize, &'static str),
    Truncate(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let words = [
        "null",
        "{}",
        "[]",
        "''",
        "&a [*a]",
        "*a",
        "<<: *x",
        "- - -",
        "../..",
        "/",
        "\u{0}",
        "!!binary x",
        "99999999999999999999",
        "$patch: delete",
        "$retainKeys: [a]",
        "| \n  x",
        "? {a: b}",
        "[*.*]",
        "%",
        "apiVersion: v1",
        "kind: List",
        "name: {}",
        "---",
    ];
    prop_oneof![
        any::<usize>().prop_map(Change::RemoveLine),
        any::<usize>().prop_map(Change::RepeatLine),
        any::<usize>().prop_map(Change::Indent),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (any::<usize>(), proptest::sample::select(words.to_vec()))
            .prop_map(|(at, word)| Change::Replace(at, word)),
        any::<usize>().prop_map(Change::Truncate),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len().max(1);
    if lines.is_empty() {
        lines.push(String::new());
    }
    match change {
        Change::RemoveLine(at) => drop(lines.remove(at % count)),
        Change::RepeatLine(at) => lines.insert(at % count, lines[at % count].clone()),
        Change::Indent(at) => lines[at % count].insert_str(0, "  "),
        Change::SwapLines(a, b) => lines.swap(a % count, b % count),
        Change::Replace(at, word) => {
            let line = &mut lines[at % count];
            let keep = line.find(": ").map_or(0, |colon| colon + 2);
            line.replace_range(keep.., word);
        }
        Change::Truncate(at) => {
            let end = lines.join("\n");
            let at = end.floor_char_boundary(at % (end.len() + 1));
            return end[..at].to_owned();
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn mutated_cases_end_in_a_result_or_an_error_with_its_place() {
    let cases = cases();
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let config = Config { cases: 800, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, seed);
    let changes = proptest::collection::vec((any::<usize>(), change()), 1..4);
    let result = runner.run(&(0..cases.len(), changes), |(number, changes)| {
        let Case { files, root, .. } = &cases[number];
        let mut files = files.clone();
        let names: Vec<String> = files.keys().cloned().collect();
        for (file, change) in changes {
            let bytes = files.get_mut(&names[file % names.len()]).unwrap();
            *bytes = changed(&String::from_utf8_lossy(bytes), &change).into_bytes();
        }
        let tree = tree(&files);
        let found = build(&tree, root, &BuildSettings::default());
        for error in found.diagnostics.iter().filter(|found| found.is_error()) {
            prop_assert!(error.at.is_known(), "`{}` has no place", error.message);
        }
        prop_assert_eq!(built(&tree, root), built(&tree, root));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
