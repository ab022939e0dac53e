//! The scripts of the pipeline templates, run as a pipeline runs them, against doubles of the providers' APIs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

fn ci() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci")
}

/// Tells whether a program is there, or says that the test is skipped.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: there is no {program}");
    }
    there
}

/// What a double has: comments, and the calls that changed them, with the header that held the token.
#[derive(Default)]
struct Double {
    comments: Vec<Value>,
    calls: Vec<String>,
}

/// Answers like a provider: lists comments by pages, creates and edits them.
fn serve(state: Arc<Mutex<Double>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut first = String::new();
            reader.read_line(&mut first).ok();
            let (mut length, mut token) = (0, String::new());
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).ok();
                let line = line.trim_end();
                let lower = line.to_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or_default();
                }
                if lower.starts_with("authorization:") || lower.starts_with("private-token:") {
                    // What case a client writes a header's name in means nothing.
                    token = line.replace("Private-token", "Private-Token");
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let mut words = first.split_whitespace();
            let (method, path) =
                (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let answer = respond(&mut state.lock().expect("no panic"), method, path, &token, &body);
            let text = answer.to_string();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            )
            .ok();
        }
    });
    format!("http://{address}")
}

fn respond(state: &mut Double, method: &str, path: &str, token: &str, body: &Value) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if method == "GET" {
        let page = query.rsplit_once("page=").and_then(|(_, page)| page.parse().ok()).unwrap_or(1);
        let size = 100;
        let start = (page - 1_usize) * size;
        return state.comments.iter().skip(start).take(size).cloned().collect();
    }
    state.calls.push(format!("{method} {path} {token}"));
    if method == "POST" {
        let id = state.comments.len() + 1;
        state.comments.push(json!({"id": id, "body": body["body"]}));
    } else {
        let id: usize = path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        for comment in state.comments.iter_mut().filter(|comment| comment["id"] == id) {
            comment["body"] = body["body"].clone();
        }
    }
    json!({})
}

fn comment(provider: &str, api: &str, file: &Path) -> Output {
    Command::new("python3")
        .arg(ci().join("comment.py"))
        .args(["--provider", provider, "--api", api, "--repository", "org/fleet", "--number", "7"])
        .arg(file)
        .env("WEIR_COMMENT_TOKEN", "t0ken")
        .output()
        .expect("python3 starts")
}

#[test]
fn a_comment_is_created_once_and_then_updated_in_place() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("comment.md");
    for (provider, create, edit) in [
        (
            "github",
            "POST /repos/org/fleet/issues/7/comments Authorization: Bearer t0ken",
            "PATCH /repos/org/fleet/issues/comments/151 Authorization: Bearer t0ken",
        ),
        (
            "gitea",
            "POST /repos/org/fleet/issues/7/comments Authorization: token t0ken",
            "PATCH /repos/org/fleet/issues/comments/151 Authorization: token t0ken",
        ),
        (
            "forgejo",
            "POST /repos/org/fleet/issues/7/comments Authorization: token t0ken",
            "PATCH /repos/org/fleet/issues/comments/151 Authorization: token t0ken",
        ),
        (
            "gitlab",
            "POST /projects/org%2Ffleet/merge_requests/7/notes Private-Token: t0ken",
            "PUT /projects/org%2Ffleet/merge_requests/7/notes/151 Private-Token: t0ken",
        ),
    ] {
        let state = Arc::new(Mutex::new(Double::default()));
        // Others have written so much that the comment stands on the second page.
        let others = (1..=150).map(|id| json!({"id": id, "body": "a comment"}));
        state.lock().expect("no panic").comments.extend(others);
        let api = serve(Arc::clone(&state));
        for (text, said) in [("one", "created"), ("one", "unchanged"), ("two", "updated")] {
            std::fs::write(&file, text).expect("it can be written");
            let output = comment(provider, &api, &file);
            let shown =
                String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(shown.contains(said), "{provider}: {shown}");
        }
        let state = state.lock().expect("no panic");
        assert_eq!(state.calls, [create, edit], "{provider}");
        assert_eq!(state.comments.len(), 151);
        assert_eq!(state.comments[150]["body"], "<!-- weir diff -->\ntwo");
    }
}

#[test]
fn a_refusal_is_told_without_the_token() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("comment.md");
    std::fs::write(&file, "x").expect("it can be written");
    let output = comment("github", "http://127.0.0.1:1", &file);
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && shown.contains("could not be written"), "{shown}");
    assert!(!shown.contains("t0ken") && !shown.contains("Traceback"), "{shown}");
}

/// A repository with a branch that changes a ConfigMap, as a pull request has it.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    };
    let config = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: a}}\ndata: {{k: {value}}}\n"
        )
    };
    write(
        "clusters/prod/app.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app, namespace: flux-system}\n\
         spec: {interval: 1h, path: ./app, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}\n",
    );
    write("app/config.yaml", &config("old"));
    write("deny.yaml", "rules: [{name: none, each: diff, deny: counts.changed > 0}]\n");
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("git starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "one"]);
    git(&["checkout", "-qb", "change"]);
    write("app/config.yaml", &config("new"));
    git(&["commit", "-qam", "two"]);
    // The branch that is compared with goes on; what it gained is not part of the change.
    git(&["checkout", "-q", "main"]);
    write("app/other.yaml", &config("x").replace("name: c", "name: other"));
    git(&["add", "-A"]);
    git(&["commit", "-qm", "three"]);
    git(&["checkout", "-q", "change"]);
    folder
}

fn pipeline(folder: &Path, variables: &[(&str, &str)]) -> Output {
    Command::new("bash")
        .arg(ci().join("diff.sh"))
        .current_dir(folder)
        .env("WEIR", env!("CARGO_BIN_EXE_weir-under-test"))
        .env("XDG_CACHE_HOME", folder.join(".git/cache"))
        .env("WEIR_SINCE", "main")
        .envs(variables.iter().copied())
        .output()
        .expect("bash starts")
}

#[test]
fn a_pipeline_comments_reports_and_fails_by_its_rule() {
    if !has("python3") || !has("git") || !has("bash") {
        return;
    }
    let folder = repository();
    let state = Arc::new(Mutex::new(Double::default()));
    let api = serve(Arc::clone(&state));
    let there: &[(&str, &str)] = &[
        ("WEIR_PROVIDER", "github"),
        ("WEIR_API", &api),
        ("WEIR_REPOSITORY", "org/fleet"),
        ("WEIR_NUMBER", "7"),
        ("WEIR_COMMENT_TOKEN", "t0ken"),
        ("WEIR_REPORT_URL", "https://ci.example.org/9"),
    ];
    let output = pipeline(folder.path(), there);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let comments = state.lock().expect("no panic").comments.clone();
    let body = comments[0]["body"].as_str().expect("a text");
    assert!(body.contains("objects: 1 changed") && body.contains("ci.example.org/9"), "{body}");
    assert!(!body.contains("other"), "what the other branch gained is shown: {body}");
    let page =
        std::fs::read_to_string(folder.path().join("weir-report/report.html")).expect("a page");
    assert!(page.contains("ConfigMap/a/c"));
    for (rule, arguments, code) in [
        ("change", "", 1),
        ("never", "", 0),
        ("policy", "--policy=deny.yaml", 3),
        ("failure", "--policy=deny.yaml", 0),
        ("policy", "--path=nowhere", 2),
        ("sometimes", "", 2),
    ] {
        let output = pipeline(folder.path(), &[("WEIR_FAIL_ON", rule), ("WEIR_ARGS", arguments)]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{rule} {arguments}: {errors}");
    }
}
