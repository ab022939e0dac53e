//! Runs the conformance sets with their own runners, and holds how many of each pass.
//!
//! A number here may be raised, never lowered. The sets lie in `../shared/conformance` or where `WEIR_CONFORMANCE` says;
//! without them, or without what a runner needs, a test says that it is skipped and passes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const WEIR: &str = env!("CARGO_BIN_EXE_weir-under-test");
const VECTORS: &str = env!("CARGO_BIN_EXE_vectors");

/// The sets of the Go libraries underneath, with how many vectors pass.
const LIBRARIES: &[(&str, usize)] = &[
    ("envsubst", 514),
    ("yaml", 1799),
    ("sourceignore", 141),
    ("semver", 347),
    ("regexp", 267),
    ("gotime", 283),
    ("cel", 417),
    ("kstatus", 335),
    ("smp3", 160),
];

/// The sets of kustomize's lower layers, with how many vectors pass.
const KUSTOMIZE_LAYERS: &[(&str, usize)] = &[
    ("merge2", 54),
    ("merge3", 53),
    ("filters", 138),
    ("hash", 73),
    ("format", 68),
    ("emit", 1417),
];

/// Helm's sets: the folder, which Helm, and how many pass.
const TEMPLATES: &[(&str, &str, usize)] =
    &[("gotmpl", "3", 2257), ("funcs", "3", 3996), ("funcs", "4", 3996)];

/// Helm's charts: the folder, which Helm, and how many pass.
const CHARTS: &[(&str, &str, usize)] =
    &[("engine", "3", 214), ("engine", "4", 214), ("charts", "3", 573), ("charts", "4", 544)];

/// How many cases of `kustomize build` pass.
const KUSTOMIZE_CASES: usize = 404;

/// How many units of the real repositories equal what Flux and Helm make of them.
const REPOSITORIES: &[(&str, usize)] = &[("Kustomization", 284), ("HelmRelease", 130)];

/// Returns the folder of the sets, or says that the tests are skipped.
fn conformance() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let found =
        [named, Some(beside)].into_iter().flatten().find(|folder| folder.join("lib").is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
    }
    found.and_then(|folder| folder.canonicalize().ok())
}

/// Tells whether a Python module is there, or says that the test is skipped.
fn python_has(module: &str) -> bool {
    let there = Command::new("python3")
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        println!("skipped: the runner needs python3 with the module `{module}`");
    }
    there
}

/// Runs a set's runner and reads the `N passed` of its last such line.
fn passed(program: &str, arguments: &[String]) -> usize {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("the runner starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let count = text.lines().rev().find_map(|line| {
        let (before, _) = line.split_once(" passed")?;
        before.rsplit([' ', ':']).next()?.parse().ok()
    });
    count.unwrap_or_else(|| {
        panic!("the runner counted nothing:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn hold(set: &str, passed: usize, floor: usize) {
    println!("{set}: {passed} passed (at least {floor} must)");
    assert!(passed >= floor, "`{set}`: {passed} passed, but {floor} did before");
}

#[test]
fn library_vectors() {
    let Some(folder) = conformance().filter(|_| python_has("json")) else { return };
    for (set, floor) in LIBRARIES {
        let runner = folder.join("lib/run.py").display().to_string();
        let arguments = [runner, (*set).to_owned(), "--cmd".to_owned(), format!("{VECTORS} {set}")];
        hold(set, passed("python3", &arguments), *floor);
    }
}

#[test]
fn template_vectors() {
    let Some(folder) = conformance().filter(|_| python_has("json")) else { return };
    for (set, helm, floor) in TEMPLATES {
        let runner = folder.join("helm").join(set).join("run.py").display().to_string();
        let command = format!("{VECTORS} {set}{}", if *helm == "4" { "4" } else { "" });
        let arguments =
            [runner, "--cmd".to_owned(), command, "--helm".to_owned(), (*helm).to_owned()];
        hold(&format!("{set} {helm}"), passed("python3", &arguments), *floor);
    }
}

#[test]
fn charts() {
    let Some(folder) = conformance().filter(|_| python_has("json")) else { return };
    for (set, helm, floor) in CHARTS {
        let runner = folder.join("helm").join(set).join("run.py").display().to_string();
        let weir = if *helm == "4" {
            format!("{WEIR} helm --helm4 {{args}}")
        } else {
            format!("{WEIR} helm {{args}}")
        };
        let arguments = [runner, "--cmd".to_owned(), weir, "--helm".to_owned(), (*helm).to_owned()];
        hold(&format!("{set} {helm}"), passed("python3", &arguments), *floor);
    }
}

#[test]
fn kustomize_cases() {
    let Some(folder) = conformance() else { return };
    let runner = folder.join("kustomize/run.sh").display().to_string();
    let command = ["--", WEIR, "kustomize", "build", "{flags}", "{path}"];
    let arguments: Vec<String> =
        [runner.as_str()].iter().chain(&command).map(|word| (*word).to_owned()).collect();
    hold("kustomize", passed("bash", &arguments), KUSTOMIZE_CASES);
}

#[test]
fn repositories() {
    let Some(folder) = conformance().filter(|_| python_has("yaml")) else { return };
    let cache = tempfile::tempdir().expect("a scratch folder");
    for (kind, floor) in REPOSITORIES {
        let runner = folder.join("repos/run.py").display().to_string();
        let command = format!(
            "{WEIR} build --path {{entry}} --cache-dir {} --mirror oci://={{charts}}/ --mirror https://={{charts}}/helm/ {{root}}",
            cache.path().display()
        );
        let arguments = [
            runner.as_str(),
            "--serve-charts",
            "--skip-unresolved",
            "--kind",
            *kind,
            "--cmd",
            command.as_str(),
        ];
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        hold(kind, passed("python3", &arguments), *floor);
    }
}

#[test]
fn kustomize_layers() {
    let Some(folder) = conformance() else { return };
    for (set, floor) in KUSTOMIZE_LAYERS {
        let file = folder.join("kustomize/vectors").join(format!("{set}.jsonl"));
        let text = std::fs::read_to_string(&file).expect("the set is there");
        let vectors: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
        let answers = answers(set, &text);
        let right =
            vectors.iter().zip(&answers).filter(|(vector, answer)| agrees(vector, answer)).count();
        hold(set, right, *floor);
    }
}

/// An answer is right when it has what the vector has: the output, the hash, each way of writing, or any error.
fn agrees(vector: &Value, answer: &Value) -> bool {
    if let Some(written) = vector.as_object().filter(|vector| {
        vector.contains_key("input") && vector.keys().any(|name| name.starts_with("kio_roundtrip"))
    }) {
        let way = |name: &str| {
            ["parse_string", "kio_roundtrip", "json", "resource_as_yaml"].contains(&name)
        };
        return written.iter().all(|(name, text)| match name.strip_suffix("_error") {
            Some(failed) if way(failed) => answer["output"].get(name).is_some(),
            _ => !way(name) || answer["output"].get(name) == Some(text),
        });
    }
    match vector.get("output").or_else(|| vector.get("hash")) {
        Some(expected) => answer.get("output") == Some(expected),
        None => answer.get("error").is_some(),
    }
}

fn answers(set: &str, vectors: &str) -> Vec<Value> {
    let mut child = Command::new(VECTORS)
        .arg(set)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the answerer starts");
    let mut input = child.stdin.take().expect("it reads");
    let vectors = vectors.to_owned();
    let writer = std::thread::spawn(move || input.write_all(vectors.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends").expect("it reads all");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"))
        .collect()
}
