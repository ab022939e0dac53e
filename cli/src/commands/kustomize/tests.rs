//! `weir kustomize build` as a whole, on folders on the disk.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::{Streams, run};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// Builds a folder: whether it went well, what is on standard output, and what is beside it.
fn built(folder: &Path, flags: &[&str]) -> (bool, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, err: &mut err, interactive: false, terminal: None };
    let words = ["weir", "kustomize", "build"].into_iter().chain(flags.iter().copied());
    let arguments = words.map(OsString::from).chain([folder.as_os_str().to_owned()]);
    let code = run(arguments, &mut streams);
    (code == 0, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn all_of_kustomizes_flags_are_taken() {
    let folder = folder(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", POD)]);
    let flags = [
        "--as-current-user",
        "--enable-alpha-plugins",
        "--enable-exec",
        "--enable-helm",
        "-e=A=b",
        "--env=A=b",
        "--helm-api-versions=v1",
        "--helm-command=helm",
        "--helm-debug",
        "--helm-kube-version=1.30",
        "--load-restrictor=LoadRestrictionsNone",
        "--mount=type=bind",
        "--network",
        "--network-name=bridge",
        "--reorder=none",
        "--stack-trace",
        "--enable-managedby-label=false",
    ];
    assert_eq!(built(folder.path(), &flags), (true, POD.to_owned(), String::new()));
}

#[test]
fn paths_lead_up_to_the_work_tree_and_no_further() {
    let files = [
        ("outside/kustomization.yaml", "resources: [a.yaml]\n"),
        ("outside/a.yaml", POD),
        ("repository/base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("repository/base/a.yaml", POD),
        ("repository/app/kustomization.yaml", "resources: [../base]\n"),
        ("repository/far/kustomization.yaml", "resources: [../../outside]\n"),
    ];
    let folder = folder(&files);
    let build = |path: &str| built(&folder.path().join(path), &[]);
    assert!(build("repository/far").0);
    fs::create_dir(folder.path().join("repository/.git")).unwrap();
    assert!(build("repository/app").0);
    let (well, out, err) = build("repository/far");
    assert!(!well && out.is_empty() && err.contains("leads outside the tree"), "{err}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_named_and_not_read() {
    let folder =
        folder(&[("kustomization.yaml", "configMapGenerator: [{name: c, files: [link]}]\n")]);
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
    let (well, out, err) = built(folder.path(), &[]);
    assert!(!well && out.is_empty(), "{out}");
    assert!(err.contains("at link\n") && err.contains("a link that leads out"), "{err}");
}

#[test]
fn every_mistake_has_its_place_and_kustomizes_line_is_last() {
    let files =
        [("kustomization.yaml", "resources: [a.yaml]\nimagess: []\npatches: [{path: none}]\n")];
    let folder = folder(&[files[0], ("a.yaml", POD)]);
    let (well, _, err) = built(folder.path(), &[]);
    assert!(
        !well && err.contains("at kustomization.yaml:2") && err.contains("at kustomization.yaml:3")
    );
    let last = err.lines().last().unwrap();
    assert_eq!(last, "Error: invalid Kustomization: json: unknown field \"imagess\"");
}

#[test]
fn text_from_the_input_is_harmless_on_a_terminal() {
    let name = "a\\e[2J\\u202e\\n::error::x\\n##vso[task.x]";
    let files = [
        ("kustomization.yaml", format!("resources: [\"{name}\", a.yaml, a.yaml]\n")),
        ("a.yaml", format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: \"{name}\"}}\n")),
    ];
    let folder = folder(&[(files[0].0, &files[0].1), (files[1].0, &files[1].1)]);
    let (well, _, err) = built(folder.path(), &[]);
    assert!(!well);
    for hostile in ["\u{1b}[2J", "\u{202e}", "##vso["] {
        assert!(!err.contains(hostile), "{err:?}");
    }
    assert!(!err.lines().any(|line| line.trim_start().starts_with("::")), "{err}");
}

#[test]
fn a_function_is_named_with_what_to_use_instead() {
    let function = "apiVersion: a/v1\nkind: Fn\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: example.com/fn}\n";
    let files = [("kustomization.yaml", "transformers: [fn.yaml]\n"), ("fn.yaml", function)];
    let (well, _, err) = built(folder(&files).path(), &["--enable-alpha-plugins", "--enable-exec"]);
    assert!(!well && err.contains("the container `example.com/fn`"), "{err}");
    assert!(err.contains("at fn.yaml:1") && err.contains("replacements"), "{err}");
}

#[test]
fn objects_go_into_a_folder_a_file_each() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n";
    let folder =
        folder(&[("kustomization.yaml", "resources: [all.yaml]\n"), ("all.yaml", service)]);
    let target = tempfile::tempdir().unwrap();
    let flag = format!("--output={}", target.path().display());
    assert!(built(folder.path(), &[&flag]).0);
    let mut names: Vec<String> = fs::read_dir(target.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["default_v1_service_b.yaml", "n_v1_pod_a.yaml", "v1_namespace_n.yaml"]);
    fs::write(folder.path().join("all.yaml"), POD.replace("name: a", "name: ../../x")).unwrap();
    assert!(!built(folder.path(), &[&flag]).0);
}

#[test]
fn the_bad_line_is_shown() {
    let folder = folder(&[("kustomization.yaml", "resources:\n- a: b: c\n")]);
    let (_, _, err) = built(folder.path(), &[]);
    let expected = "at kustomization.yaml:2:7\n   | - a: b: c\n   |       ^\nError: invalid Kustomization: yaml: line 2: mapping values are not allowed in this context\n";
    assert_eq!(err, expected);
}
