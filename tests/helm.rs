//! The charts of `fixtures/helm`, rendered by whole commands, against what both Helms printed.

use std::path::{Path, PathBuf};
use std::process::Command;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/helm");
    let entries = std::fs::read_dir(folder).expect("the fixtures are there");
    let mut cases: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

/// Returns what is wrong with a case for one Helm.
fn wrong(case: &Path, version: &str) -> Option<String> {
    let arguments = std::fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .arg("helm")
        .args((version == "4").then_some("--helm4"))
        .args(["template", "chart"])
        .args(arguments.lines())
        .current_dir(case)
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("weir starts");
    let read = |name: &str| std::fs::read_to_string(case.join(format!("helm-{version}.{name}")));
    let (expected, found) = match read("yaml") {
        Ok(expected) => (expected, output.stdout),
        Err(_) => (read("error").expect("each case has an expectation"), output.stderr),
    };
    let found = String::from_utf8_lossy(&found);
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    (found != expected)
        .then(|| format!("{name}, helm {version}:\n{found}\n--- but helm printed:\n{expected}"))
}

#[test]
fn charts_are_rendered_as_both_helms_render_them() {
    let cases = cases();
    assert!(cases.len() >= 15, "only {} cases were found", cases.len());
    let all: Vec<String> = cases
        .iter()
        .flat_map(|case| ["3", "4"].into_iter().filter_map(|version| wrong(case, version)))
        .collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn passwords_and_the_time_are_real() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).ok();
        std::fs::write(path, text).expect("a file can be written");
    };
    write("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    write("templates/a.yaml", "password: {{ randAlphaNum 40 }}\nyear: {{ now | date \"2006\" }}\n");
    let rendered = || {
        let output = Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
            .args(["helm", "template", "."])
            .current_dir(folder.path())
            .output()
            .expect("weir starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (first, second) = (rendered(), rendered());
    assert!(first.contains("password: "), "{first}");
    assert_ne!(first, second);
    assert!(!first.contains("year: 1970"), "{first}");
}
