//! Whole commands: what they print, and how they end.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

/// Runs weir in a folder, without the network and with a cache of its own.
fn weir(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", cache())
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("weir starts")
}

/// One cache for all tests: what one remembers must not change what another prints.
fn cache() -> &'static Path {
    static CACHE: LazyLock<TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("a scratch folder"));
    CACHE.path()
}

fn fleet() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fleet"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("weir prints UTF-8")
}

/// Makes a repository of these files. Git's own folder is there so that nothing above it is seen.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("the folder can be made");
        std::fs::write(path, content).expect("the file can be written");
    }
    folder
}

/// A Flux Kustomization of this name and path.
fn kustomization(name: &str, path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  \
         namespace: flux-system\nspec:\n  interval: 1h\n  path: {path}\n  prune: true\n  sourceRef:\n    \
         kind: GitRepository\n    name: flux-system\n---\n"
    )
}

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: good\ndata:\n  a: b\n";

#[test]
fn diff_shows_what_a_change_adds_alters_and_removes() {
    let output = weir(fleet(), &["diff", "before", "after"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    insta::assert_snapshot!("fleet-diff", text(&output.stdout));
}

#[test]
fn diff_speaks_json_and_markdown() {
    insta::assert_snapshot!(
        "fleet-diff-json",
        text(&weir(fleet(), &["diff", "before", "after", "-ojson"]).stdout)
    );
    insta::assert_snapshot!(
        "fleet-diff-markdown",
        text(&weir(fleet(), &["diff", "before", "after", "-omarkdown"]).stdout)
    );
}

#[test]
fn diff_of_equal_folders_is_empty() {
    let output = weir(fleet(), &["diff", "before", "before"]);
    assert_eq!(
        (output.status.code(), text(&output.stdout).as_str()),
        (Some(0), "no object changes\n")
    );
}

#[test]
fn plan_and_get_show_the_units() {
    let plan = weir(fleet(), &["plan", "after"]);
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan.stderr));
    insta::assert_snapshot!("fleet-plan", text(&plan.stdout));
    insta::assert_snapshot!("fleet-get", text(&weir(fleet(), &["get", "after"]).stdout));
}

#[test]
fn build_prints_manifests_under_their_units() {
    let output = weir(fleet(), &["build", "after", "--unit", "HelmRelease/web/notifier"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::assert_snapshot!("fleet-build", text(&output.stdout));
}

#[test]
fn no_secret_is_shown() {
    // The token of the example, as it is, in base64 and as a checksum, on both sides.
    let forms = [
        "an-example-and-no-real-token",
        "YW4tZXhhbXBsZS1hbmQtbm8tcmVhbC10b2tlbg",
        "another-example-and-no-real-token",
        "YW5vdGhlci1leGFtcGxlLWFuZC1uby1yZWFsLXRva2Vu",
    ];
    for arguments in [
        vec!["diff", "before", "after"],
        vec!["diff", "before", "after", "-ojson"],
        vec!["diff", "before", "after", "-omarkdown"],
        vec!["plan", "after", "--manifests"],
        vec!["plan", "after", "--manifests", "-ojson"],
        vec!["get", "after"],
    ] {
        let output = weir(fleet(), &arguments);
        let all = text(&output.stdout) + &text(&output.stderr);
        for form in forms {
            assert!(!all.contains(form), "{arguments:?} shows `{form}`");
        }
    }
}

#[test]
fn one_broken_kustomization_does_not_hide_the_others() {
    let repository = repository(&[
        (
            "clusters/prod/all.yaml",
            &(kustomization("good", "./good") + &kustomization("bad", "./bad")),
        ),
        ("good/config.yaml", CONFIG_MAP),
        ("bad/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [unclosed\n"),
    ]);
    let output = weir(repository.path(), &["build", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("name: good"));
    let errors = text(&output.stderr);
    assert!(errors.contains("bad/config.yaml"), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

/// A mistake: its name, the files, the arguments, and words that its message must have.
type Mistake<'text> =
    (&'text str, &'text [(&'text str, &'text str)], &'text [&'text str], &'text [&'text str]);

#[test]
fn mistakes_are_explained() {
    let outside = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../../../x]\n";
    let itself =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../app]\n";
    let entry = ("clusters/prod/app.yaml", kustomization("app", "./app"));
    let entry = (entry.0, entry.1.as_str());
    let cases: &[Mistake<'_>] = &[
        (
            "no Kustomization at all",
            &[("a.yaml", CONFIG_MAP)],
            &["build", "."],
            &["no Flux Kustomization", "--path"],
        ),
        (
            "an entry that is not there",
            &[entry],
            &["build", ".", "--path", "nowhere"],
            &["nowhere", "clusters/prod"],
        ),
        ("an entry outside", &[entry], &["build", ".", "--path", "../.."], &["outside the tree"]),
        ("a path that is not there", &[entry], &["build", "."], &["app"]),
        (
            "two entries",
            &[
                ("clusters/a/x.yaml", &kustomization("app", "./app")),
                ("clusters/b/x.yaml", &kustomization("app", "./app")),
                ("app/c.yaml", CONFIG_MAP),
            ],
            &["build", "."],
            &["2 entry paths", "--path clusters/a", "--path clusters/b"],
        ),
        (
            "YAML that does not parse",
            &[entry, ("app/x.yaml", "a: b\n c: [\n")],
            &["build", "."],
            &["app/x.yaml", "yaml", "line 2"],
        ),
        (
            "a kustomization that leaves the tree",
            &[entry, ("app/kustomization.yaml", outside)],
            &["build", "."],
            &["../../../x"],
        ),
        (
            "a kustomization of itself",
            &[entry, ("app/kustomization.yaml", itself)],
            &["build", "."],
            &["app", "cycle"],
        ),
        (
            "no Git repository",
            &[entry],
            &["diff", "."],
            &["not in a Git repository", "BEFORE AFTER"],
        ),
        ("a folder that is not there", &[], &["build", "absent"], &["absent"]),
        (
            "an unknown unit",
            &[entry, ("app/c.yaml", CONFIG_MAP)],
            &["build", ".", "--unit", "x"],
            &["`x`", "weir get"],
        ),
    ];
    for (name, files, arguments, words) in cases {
        let repository = repository(files);
        let output = weir(repository.path(), arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {errors}");
        for word in *words {
            assert!(errors.contains(word), "{name}: `{word}` is not in\n{errors}");
        }
        assert!(!errors.contains("panicked"), "{name}: {errors}");
    }
}

#[test]
fn hostile_input_ends_in_a_message() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let references = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{references}]\n"));
    }
    let bomb = format!("{CONFIG_MAP}{bomb}");
    let deep = format!("{CONFIG_MAP}x: {}\n", "[".repeat(100_000));
    let colour = CONFIG_MAP.replace("name: good", "name: \"\\e[31mred\\e[2J\"");
    for (name, content) in [("bomb", bomb), ("deep", deep), ("colour", colour)] {
        let repository = repository(&[
            ("clusters/prod/app.yaml", &kustomization("app", "./app")),
            ("app/x.yaml", &content),
        ]);
        for arguments in [&["plan", "."][..], &["get", "."], &["diff", ".", "."]] {
            let output = weir(repository.path(), arguments);
            let all = text(&output.stdout) + &text(&output.stderr);
            assert!(output.status.code().is_some(), "{name} {arguments:?} ended by a signal");
            assert!(!all.contains("panicked"), "{name} {arguments:?}: {all}");
            assert!(!all.contains('\u{1b}'), "{name} {arguments:?} prints an escape");
        }
    }
}

#[test]
fn a_manifest_that_is_left_out_is_a_failure() {
    let apps = kustomization("apps", "./apps");
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n";
    let files = [
        ("clusters/one/apps.yaml", apps.as_str()),
        ("apps/a.yaml", manifest),
        ("apps/\x1b.yaml", manifest),
    ];
    let repository = repository(&files);
    for verb in ["build", "plan", "get"] {
        let output = weir(repository.path(), &[verb]);
        assert_eq!(output.status.code(), Some(2), "{verb}");
        let told = text(&output.stderr);
        assert!(told.contains("error[file-name]: file `apps/\\x1b.yaml` is left out"), "{told}");
        assert!(!told.contains('\x1b'), "{told}");
    }
}

#[test]
fn a_snapshot_replays_anywhere_to_the_same_plan_without_secrets() {
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    let file = elsewhere.path().join("fleet.weir");
    let file = file.to_str().expect("a plain path");
    let saved = weir(fleet(), &["snapshot", "save", file, "before"]);
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved.stderr));
    let wanted = weir(fleet(), &["plan", "before", "-ojson"]);
    let replay = weir(elsewhere.path(), &["plan", "--snapshot", file, "-ojson"]);
    assert_eq!(text(&replay.stdout), text(&wanted.stdout), "{}", text(&replay.stderr));
    let build = weir(elsewhere.path(), &["build", "--snapshot", file]);
    assert_eq!(build.status.code(), Some(0), "{}", text(&build.stderr));
    assert!(!text(&build.stdout).contains("an-example-and-no-real-token"));
    let apply = weir(elsewhere.path(), &["apply", "--snapshot", file]);
    assert!(text(&apply.stderr).contains("needs the repository"), "{}", text(&apply.stderr));
    let same = weir(fleet(), &["diff", "before", "--snapshot", file]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), "no object changes\n"));
    let changed = weir(fleet(), &["diff", "after", "--snapshot", file]);
    assert_eq!(changed.status.code(), Some(1), "{}", text(&changed.stderr));
    std::fs::write(file, b"weir snapshot 1\nnothing").expect("the file can be written");
    let damaged = weir(elsewhere.path(), &["plan", "--snapshot", file]);
    assert!(text(&damaged.stderr).contains("it is damaged"), "{}", text(&damaged.stderr));
}

#[test]
fn the_graph_is_drawn() {
    let svg = text(&weir(fleet(), &["graph", "after"]).stdout);
    assert!(svg.starts_with("<svg ") && svg.contains("HelmRelease/web/notifier"), "{svg}");
    let mermaid = text(&weir(fleet(), &["graph", "after", "-omermaid"]).stdout);
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("==>"), "{mermaid}");
    assert!(
        text(&weir(fleet(), &["graph", "after", "-odot"]).stdout).starts_with("digraph weir {")
    );
}

#[test]
fn facts_answer_what_the_repository_takes_from_the_cluster() {
    let app = kustomization("app", "./app").replace(
        "  sourceRef:",
        "  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: settings}\n  sourceRef:",
    );
    let repository = repository(&[
        ("clusters/prod/app.yaml", &app),
        ("app/config.yaml", &CONFIG_MAP.replace("a: b", "a: ${REGION}")),
    ]);
    let settings = b"{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: flux-system}, data: {REGION: north}}";
    let settings = weir_yaml::read_value(settings, weir_model::Source::default());
    let settings = weir_model::Manifest::new(settings.expect("YAML")).expect("an object");
    let known = weir_evaluate::KnownCluster {
        facts: weir_evaluate::ClusterFacts {
            kube_version: "v1.35.0".into(),
            is_complete: true,
            ..weir_evaluate::ClusterFacts::default()
        },
        objects: [(settings.id(), Some(settings.into()))].into(),
    };
    let file = repository.path().join("cluster.facts");
    std::fs::write(&file, known.save().expect("small facts")).expect("the file can be written");
    let without = weir(repository.path(), &["build", "."]);
    assert!(text(&without.stderr).contains("ConfigMap/flux-system/settings"));
    let with = weir(repository.path(), &["build", ".", "--facts", "cluster.facts"]);
    assert_eq!(with.status.code(), Some(0), "{}", text(&with.stderr));
    assert!(text(&with.stdout).contains("a: north"), "{}", text(&with.stdout));
    assert!(!text(&with.stderr).contains("settings"), "{}", text(&with.stderr));
}

#[test]
fn a_lock_is_written_and_insisted_on() {
    let base = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [config.yaml]\n";
    let repository = repository(&[
        ("clusters/prod/app.yaml", &kustomization("app", "./app")),
        ("app/kustomization.yaml", base),
        ("app/config.yaml", CONFIG_MAP),
    ]);
    let lock = repository.path().join("weir.lock");
    let written = weir(repository.path(), &["lock", "."]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    assert_eq!(text(&written.stdout), "weir.lock: 0 sources locked, 0 moved\n");
    assert!(std::fs::read_to_string(&lock).expect("a lock").ends_with("version: 1\nsources: []\n"));
    let unknown = weir(repository.path(), &["lock", ".", "--update", "podinfo"]);
    assert!(text(&unknown.stderr).contains("is called `podinfo`"), "{}", text(&unknown.stderr));
    let remote = base.replace("config.yaml", "https://example.invalid/x.yaml");
    std::fs::write(repository.path().join("app/kustomization.yaml"), remote).expect("written");
    let refused = weir(repository.path(), &["build", ".", "--locked"]);
    assert!(text(&refused.stderr).contains("`weir.lock`"), "{}", text(&refused.stderr));
    assert_eq!(refused.status.code(), Some(2));
    std::fs::write(&lock, "version: 7\n").expect("written");
    let wrong = weir(repository.path(), &["build", "."]);
    assert!(text(&wrong.stderr).contains("its version is not 1"), "{}", text(&wrong.stderr));
}
