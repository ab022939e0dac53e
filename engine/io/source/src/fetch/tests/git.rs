//! Git over HTTP, served by Git's own CGI program. Without it the test says so and passes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use weir_evaluate::{GitDemand, GitReference};

use super::server::{Asked, Server, Told};
use super::*;

#[expect(clippy::disallowed_methods, reason = "only a test may call git")]
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
    command
}

/// Answers as a web server with `git http-backend` does.
fn backend(folder: &Path, asked: &Asked) -> Option<Told> {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let mut child = git(folder)
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &asked.method)
        .env("CONTENT_TYPE", asked.header("content-type").unwrap_or_default())
        .env("HTTP_CONTENT_ENCODING", asked.header("content-encoding").unwrap_or_default())
        .env("GIT_PROTOCOL", asked.header("git-protocol").unwrap_or_default())
        .env("CONTENT_LENGTH", asked.body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(&asked.body).ok()?;
    let output = child.wait_with_output().ok()?.stdout;
    let split = output.windows(4).position(|window| window == b"\r\n\r\n")?;
    let mut told = Told::ok(&output[split + 4..]);
    for line in String::from_utf8_lossy(&output[..split]).lines() {
        let (name, value) = line.split_once(": ")?;
        match name {
            "Status" => told.status = value[..3].parse().ok()?,
            _ => told = told.with(name, value),
        }
    }
    Some(told)
}

#[test]
fn a_revision_is_fetched_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = git(folder.path()).args(arguments).output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|output| String::from_utf8(output.stdout).unwrap())
    };
    if run(&["init", "-q", "-b", "main"]).is_none()
        || run(&["http-backend", "--help"]).is_none() && run(&["--exec-path"]).is_none()
    {
        eprintln!("skipped: there is no `git` here");
        return;
    }
    let commit = |text: &str| {
        std::fs::create_dir_all(folder.path().join("deploy")).unwrap();
        std::fs::write(folder.path().join("deploy/a.yaml"), text).unwrap();
        run(&["add", "-A"]).unwrap();
        run(&["commit", "-q", "-m", text]).unwrap();
        run(&["rev-parse", "HEAD"]).unwrap().trim().to_owned()
    };
    let first = commit("1");
    run(&["tag", "v1.0.0"]).unwrap();
    let second = commit("2");
    run(&["tag", "-a", "-m", "x", "v1.1.0"]).unwrap();
    let third = commit("3");
    let root = folder.path().to_owned();
    let server = Server::start(move |asked, _| backend(&root, asked).unwrap_or(Told::status(500)));

    let setup = Setup::new();
    let url = format!("http://{}/.git", server.host);
    let none = GitReference::default;
    let cases = [
        (GitReference { branch: Some("main".into()), ..none() }, format!("main@sha1:{third}"), "3"),
        (
            GitReference { tag: Some("v1.0.0".into()), ..none() },
            format!("v1.0.0@sha1:{first}"),
            "1",
        ),
        (
            GitReference { semver: Some("1.x".into()), ..none() },
            format!("v1.1.0@sha1:{second}"),
            "2",
        ),
        (
            GitReference { name: Some("refs/heads/main".into()), ..none() },
            format!("refs/heads/main@sha1:{third}"),
            "3",
        ),
        (
            GitReference { commit: Some(first.as_str().into()), ..none() },
            format!("sha1:{first}"),
            "1",
        ),
        (
            GitReference {
                commit: Some(second.as_str().into()),
                branch: Some("main".into()),
                ..none()
            },
            format!("main@sha1:{second}"),
            "2",
        ),
    ];
    for (reference, revision, text) in cases {
        let demand =
            Demand::Git(GitDemand { url: url.clone(), reference, recurse_submodules: false });
        let artifact = setup.fetch(&demand).unwrap();
        assert_eq!(artifact.revision.0, revision);
        assert_eq!(names(&artifact.tree), ["deploy/a.yaml"]);
        assert_eq!(artifact.tree.files().next().unwrap().1.text(), Some(text));
        server.asked();
        assert_eq!(setup.fetch(&demand).unwrap().revision.0, revision);
        assert!(server.asked().is_empty(), "the second time is from the cache");
    }
    for (reference, text) in
        [("?ref=v1.0.0", "1"), ("?ref=main", "3"), ("", "3"), (&format!("?ref={second}"), "2")]
    {
        let demand = Demand::Remote(format!("http://{}/.git//deploy{reference}", server.host));
        let artifact = setup.fetch(&demand).unwrap();
        assert_eq!(artifact.tree.files().next().unwrap().1.text(), Some(text), "{reference}");
    }
    let fresh = Setup::new();
    server.asked();
    let folders = ["deploy", "other"]
        .map(|folder| Demand::Remote(format!("http://{}/.git//{folder}?ref=v1.0.0", server.host)));
    assert_eq!(fresh.sources(|_| {}).answer(folders, &mut |_| {}).len(), 2);
    let handshakes = server.asked().iter().filter(|path| path.contains("info/refs")).count();
    assert_eq!(handshakes, 1, "two folders of one repository share one fetch");
    let wrong = |branch: &str| {
        let reference = GitReference { branch: Some(branch.into()), ..none() };
        let demand =
            Demand::Git(GitDemand { url: url.clone(), reference, recurse_submodules: false });
        setup.fetch(&demand).unwrap_err().message
    };
    assert!(wrong("missing").contains("there is nothing at"), "{}", wrong("missing"));
}
