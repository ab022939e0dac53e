//! `weir check` on small broken repositories, one for each rule, and the forms of its report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Rules that no small repository breaks.
const WITHOUT_FIXTURE: &[&str] = &["not-checked"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/check")
}

fn weir(folder: &Path, cache: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", cache)
        .output()
        .expect("weir starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("weir prints UTF-8")
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("the file can be copied");
        }
    }
}

/// Checks one of the broken repositories; of one with two sides, the later against the earlier.
fn checked(rule: &str, form: &str) -> Output {
    let folder = fixtures().join(rule);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let cache = scratch.path().join("cache");
    let arguments = ["--path", "cluster", "--offline", "-o", form];
    if !folder.join("before").is_dir() {
        return weir(
            scratch.path(),
            &cache,
            &[&[folder.to_str().expect("a path")], &arguments[..]].concat(),
        );
    }
    let repository = scratch.path().join("repository");
    copy(&folder.join("before"), &repository);
    git(&repository, &["init", "-q"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "-qm", "before"]);
    copy(&folder.join("after"), &repository);
    weir(&repository, &cache, &[&["--from", "HEAD"], &arguments[..]].concat())
}

fn json(output: &Output) -> Value {
    let failed = || format!("{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", failed()))
}

#[test]
fn each_rule_is_broken_by_its_fixture_and_by_no_other() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let listed = text(&weir(scratch.path(), scratch.path(), &["--rules"]).stdout);
    let rules: BTreeSet<&str> = listed
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .filter(|rule| !WITHOUT_FIXTURE.contains(rule))
        .collect();
    let folders: BTreeSet<String> = std::fs::read_dir(fixtures())
        .expect("there are fixtures")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(rules, folders.iter().map(String::as_str).collect());
    for rule in rules {
        let output = checked(rule, "json");
        let report = json(&output);
        let findings = report["findings"].as_array().expect("a list");
        let found: BTreeSet<&str> =
            findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
        assert_eq!(found, BTreeSet::from([rule]), "{report:#}");
        let is_denied = findings.iter().any(|finding| finding["denied"] == true);
        assert_eq!(output.status.code(), Some(i32::from(is_denied)), "{rule}");
        let has_place = findings.iter().all(|finding| finding["file"] != "");
        assert!(has_place, "{report:#}");
    }
}

#[test]
fn a_report_for_people() {
    let all: Vec<String> = ["wrong-type", "unsatisfiable-dependency", "immutable-field"]
        .iter()
        .map(|rule| text(&checked(rule, "text").stdout))
        .collect();
    insta::assert_snapshot!("check-text", all.join("\n"));
}

#[test]
fn sarif_has_what_its_schema_requires() {
    let report = json(&checked("wrong-type", "sarif"));
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(run["tool"]["driver"]["name"], "weir");
    for result in run["results"].as_array().expect("results") {
        assert!(result["message"]["text"].is_string());
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "cluster/all.yaml");
        assert!(place["region"]["startLine"].as_u64().expect("a line") > 0);
    }
}

#[test]
fn junit_has_a_case_for_each_finding() {
    insta::assert_snapshot!("check-junit", text(&checked("wrong-type", "junit").stdout));
}

#[test]
fn what_is_denied_and_what_is_ignored() {
    let folder = fixtures().join("missing-reference");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let repository = scratch.path().join("repository");
    copy(&folder, &repository);
    let cache = scratch.path().join("cache");
    let code = |more: &[&str]| {
        let arguments = [&["--path", "cluster", "--offline"], more].concat();
        weir(&repository, &cache, &[&["."], &arguments[..]].concat()).status.code()
    };
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--deny", "missing-reference"]), Some(1));
    assert_eq!(code(&["--deny", "warning"]), Some(1));
    assert_eq!(code(&["--deny", "nonsense"]), Some(2));
    std::fs::create_dir(repository.join(".weir")).expect("the folder can be made");
    let write = |text: &str| {
        std::fs::write(repository.join(".weir/check.yaml"), text).expect("the file can be written");
    };
    write(
        "ignore: [{rule: missing-reference, object: 'Deployment/*', reason: made by hand}]\ndeny: [warning]\n",
    );
    assert_eq!(code(&[]), Some(0));
    write("ignore: [{rule: missing-reference}]\n");
    assert_eq!(code(&[]), Some(2), "an entry without a reason");
}
