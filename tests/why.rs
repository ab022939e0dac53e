//! `weir why` and `weir log`: where fields came from, and which commits changed them.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn weir(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join(".git/cache"))
        .output()
        .expect("weir starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("weir prints UTF-8")
}

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_AUTHOR_DATE", "2026-02-28T12:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-02-28T12:00:00Z")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git starts");
    assert!(done.status.success(), "{}", text(&done.stderr));
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
    std::fs::write(path, content).expect("the file can be written");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder can be listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}

/// The example repository in a Git repository of its own, with three commits.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path();
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fleet/after")), path);
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", "Start"]);
    let release = path.join("apps/base/notifier/release.yaml");
    let before = std::fs::read_to_string(&release).expect("the release can be read");
    write(path, "apps/base/notifier/release.yaml", &before.replace("64Mi", "96Mi"));
    git(path, &["commit", "-q", "-am", "More memory"]);
    write(path, "apps/base/notifier/note.md", "nothing that matters\n");
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", "A note"]);
    folder
}

/// Runs a command that must succeed, commits by their summaries alone.
fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = weir(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let is_id = |word: &str| word.len() == 9 && word.chars().all(|c| c.is_ascii_hexdigit());
    let lines = lines.lines().map(|line| match line.split_once(" at main@sha1:") {
        Some((before, _)) => format!("{before} at main@sha1:(id)"),
        None => {
            let words = line.split(' ').map(|word| if is_id(word) { "(id)" } else { word });
            words.collect::<Vec<_>>().join(" ")
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_field_is_followed_through_chart_values_and_variables() {
    let folder = repository();
    let image = "spec.template.spec.containers[name=notifier].args[1]";
    insta::assert_snapshot!(
        "why-field",
        shown(folder.path(), &["why", "Deployment/web/notifier", image])
    );
}

#[test]
fn a_field_is_followed_through_variables_and_patches() {
    let folder = repository();
    insta::assert_snapshot!(
        "why-patched",
        shown(folder.path(), &["why", "deployment/web/web", "spec.replicas"])
    );
}

#[test]
fn an_object_has_a_summary() {
    let folder = repository();
    insta::assert_snapshot!(
        "why-object",
        shown(folder.path(), &["why", "Deployment/web/notifier"])
    );
}

#[test]
fn no_secret_is_shown() {
    let folder = repository();
    let secret = std::fs::read_to_string(folder.path().join("infra/configs/credentials.yaml"))
        .expect("the credentials can be read");
    let token = secret.lines().rfind(|line| line.contains("token:")).expect("there is a token");
    let token = token.split_once("token:").expect("a value").1.trim().trim_matches('"');
    assert!(token.len() > 3, "{token}");
    for arguments in [
        &["why", "Secret/web/notifier"][..],
        &["why", "Secret/web/notifier", "data", "-ojson"],
        &["why", "Secret/web/notifier-token", "-ojson"],
        &["why", "Deployment/web/notifier", "-ojson"],
        &["log", "Secret/web/notifier-token", "stringData", "-ojson"],
    ] {
        let output = weir(folder.path(), arguments);
        let all = text(&output.stdout) + &text(&output.stderr);
        assert!(all.contains("(hidden") || !output.status.success(), "{arguments:?}: {all}");
        assert!(!all.contains(token), "{arguments:?}: {all}");
    }
}

#[test]
fn what_is_not_there_is_answered_with_what_comes_close() {
    let folder = repository();
    for (arguments, hint) in [
        (&["why", "Deployment/web/wep"][..], "`Deployment/web/web`"),
        (&["why", "Deployment/web/web", "spec.replica"], "`spec.replicas`"),
        (&["log", "Deployment/web/wep"], "`Deployment/web/web`"),
        (&["why", "web"], "`Deployment/apps/web`"),
    ] {
        let output = weir(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(hint), "{}", text(&output.stderr));
    }
}

#[test]
fn what_is_not_committed_says_so() {
    let folder = repository();
    let path = "apps/base/web/deployment.yaml";
    let before = std::fs::read_to_string(folder.path().join(path)).expect("the file can be read");
    write(folder.path(), path, &before.replace("containerPort: 8080", "containerPort: 9090"));
    let field = "spec.template.spec.containers.0.ports.0.containerPort";
    let shown = shown(folder.path(), &["why", "Deployment/web/web", field]);
    assert!(shown.contains("= 9090\n    apps/base/web/deployment.yaml:"), "{shown}");
    assert!(shown.contains("not committed"), "{shown}");
}

#[test]
fn log_lists_the_commits_that_changed_what_is_rendered() {
    let folder = repository();
    insta::assert_snapshot!(
        "log-object",
        shown(folder.path(), &["log", "Deployment/web/notifier"])
    );
    let memory = "spec.template.spec.containers[name=notifier].resources.limits.memory";
    insta::assert_snapshot!(
        "log-field",
        shown(folder.path(), &["log", "Deployment/web/notifier", memory, "-n", "1"])
    );
}
