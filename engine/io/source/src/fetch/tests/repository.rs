//! Helm repositories, plain files, and servers that are not well.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use weir_evaluate::{BucketDemand, HelmChartDemand};

use super::super::oci::sha256;
use super::server::{Server, Told};
use super::*;

fn chart(repository: String, version: &str) -> Demand {
    let (chart, version) = ("web".to_owned(), version.to_owned());
    Demand::HelmChart(HelmChartDemand { repository, chart, version, insecure: false })
}

/// A Helm repository in two forms: `/json/` and `/yaml/`.
fn repository() -> Server {
    let archive = packed(&[("web/Chart.yaml", "name: web")]);
    let digest = sha256(&archive)[7..].to_owned();
    Server::start(move |asked, host| match asked.path.as_str() {
        "/json/index.yaml" => Told::ok(format!(
            r#"{{"entries": {{"web": [
                {{"version": "1.0.0", "urls": ["web-1.tgz"], "digest": "{digest}"}},
                {{"version": "1.1.0", "urls": ["http://{host}/files/web-1.tgz"], "created": "2026-01-01T00:00:00Z"}},
                {{"version": "1.2.0-rc.1", "urls": ["web-1.tgz"]}},
                {{"version": "1.5.0", "urls": ["oci://{host}/org/web:1.5.0"]}},
                {{"version": "2.0.0", "urls": ["web-1.tgz"], "digest": "00"}}]}}}}"#
        )),
        "/yaml/index.yaml" => Told::ok(format!(
            "apiVersion: v1\nentries:\n  other:\n  - version: 9.0.0\n  web:\n  - version: 1.0.0\n    urls:\n    - web-1.tgz\n    digest: {digest}\n"
        )),
        "/json/web-1.tgz" | "/yaml/web-1.tgz" | "/files/web-1.tgz" => Told::ok(archive.clone()),
        "/file/a.yaml" => Told::ok("a: 1"),
        "/file/page.yaml" => Told::ok("<!DOCTYPE html>"),
        "/moved/index.yaml" => Told::status(302).with("Location", "/json/index.yaml"),
        "/moved/web-1.tgz" => Told::status(302).with("Location", "/json/web-1.tgz"),
        _ => Told::status(404),
    })
}

#[test]
fn a_chart_is_chosen_as_flux_chooses() {
    let server = repository();
    let setup = Setup::new();
    for (folder, version, found) in [
        ("json", "1.0.0", "1.0.0"),
        ("json/", "1.1.x", "1.1.0"),
        ("json", "<1.2", "1.1.0"),
        ("json", "~1.2.0-0", "1.2.0-rc.1"),
        ("moved", "1.0.0", "1.0.0"),
        ("yaml", "*", "1.0.0"),
    ] {
        let artifact =
            setup.fetch(&chart(format!("http://{}/{folder}", server.host), version)).unwrap();
        assert_eq!(
            (artifact.revision.0.as_str(), names(&artifact.tree)),
            (found, vec!["Chart.yaml"])
        );
    }
    let at = |folder: &str, version: &str| {
        setup
            .fetch(&chart(format!("http://{}/{folder}", server.host), version))
            .unwrap_err()
            .message
    };
    assert!(at("json", "2.0.0").contains("digest"));
    assert!(at("json", "7.x").contains("no version of chart `web`"));
    assert!(at("json", "seven").contains("range of versions"));
    assert!(
        at("json", "1.5.0").contains("/v2/org/web/manifests/1.5.0"),
        "an archive may be in a registry"
    );
    assert!(at("nothing", "1.0.0").contains("there is nothing at"));
}

#[test]
fn the_index_is_fetched_once_for_many_charts() {
    let server = repository();
    let setup = Setup::new();
    let demands = ["1.0.0", "1.1.0", "1.1.x"]
        .map(|version| chart(format!("http://{}/json", server.host), version));
    let answers = setup.sources(|_| {}).answer(demands, &mut |_| {});
    assert!(answers.values().all(Result::is_ok));
    assert_eq!(server.asked().iter().filter(|path| path.ends_with("index.yaml")).count(), 1);
}

#[test]
fn a_remote_file_is_a_tree_of_one() {
    let server = repository();
    let setup = Setup::new();
    let file = setup.fetch(&Demand::Remote(format!("http://{}/file/a.yaml", server.host))).unwrap();
    assert_eq!(names(&file.tree), ["a.yaml"]);
    let page =
        setup.fetch(&Demand::Remote(format!("http://{}/file/page.yaml", server.host))).unwrap_err();
    assert!(page.message.contains("web page"));
}

#[test]
fn a_busy_server_is_asked_again() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_, _| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Told::status(503),
        1 => Told::status(429).with("Retry-After", "0"),
        _ => Told::ok("a: 1"),
    });
    Setup::new().fetch(&Demand::Remote(format!("http://{}/a.yaml", server.host))).unwrap();
    assert_eq!(server.asked().len(), 3);

    let server = Server::start(|_, _| Told::status(429).with("Retry-After", "3600"));
    let start = Instant::now();
    let busy =
        Setup::new().fetch(&Demand::Remote(format!("http://{}/a.yaml", server.host))).unwrap_err();
    assert!(
        busy.message.contains("429") && start.elapsed() < Duration::from_secs(5),
        "{}",
        busy.message
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_dead_host_ends_soon_and_is_not_asked_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let demands =
        ["1.0.0", "1.1.0"].map(|version| chart(format!("oci://user:secret@{host}/org"), version));
    let setup = Setup::new();
    let start = Instant::now();
    let answers = setup.sources(|settings| settings.parallel = 1).answer(demands, &mut |_| {});
    assert!(start.elapsed() < Duration::from_secs(5));
    for answer in answers.values() {
        let unavailable = answer.as_ref().unwrap_err();
        assert!(
            unavailable.message.contains(&format!("`{host}` cannot be reached")),
            "{}",
            unavailable.message
        );
        assert!(!unavailable.message.contains("secret") && !unavailable.hints.is_empty());
    }
}

#[test]
fn a_silent_server_ends_with_the_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let demand = Demand::Remote(format!("http://{}/a.yaml", listener.local_addr().unwrap()));
    let sources = Setup::new().sources(|settings| settings.timeout = Duration::from_millis(200));
    let start = Instant::now();
    let late = one(&sources, &demand).unwrap_err();
    assert!(late.message.contains("took longer"), "{}", late.message);
    drop(sources);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn plain_http_to_strangers_and_what_is_not_there_yet_are_refused() {
    let setup = Setup::new();
    let plain = setup.fetch(&Demand::Remote("http://example.org/a.yaml".to_owned())).unwrap_err();
    assert!(plain.message.contains("plain HTTP"), "{}", plain.message);
    let ssh =
        setup.fetch(&Demand::Remote("git@github.com:org/repo.git//a".to_owned())).unwrap_err();
    assert!(ssh.message.contains("SSH") && ssh.hints[0].contains("--source"), "{ssh:?}");
}

#[test]
fn a_bucket_that_anyone_may_read_is_fetched() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/open?list-type=2&prefix=apps%2F" => Told::ok(
            "<R><NextContinuationToken>2</NextContinuationToken>\
             <Contents><Key>apps/a b.yaml</Key><ETag>1</ETag><Size>4</Size></Contents></R>",
        ),
        "/open?list-type=2&prefix=apps%2F&continuation-token=2" => Told::ok(
            "<R><Contents><Key>apps/b.yaml</Key><ETag>2</ETag><Size>4</Size></Contents></R>",
        ),
        "/open/apps/a%20b.yaml" | "/open/apps/b.yaml" => Told::ok("a: 1"),
        _ => Told::status(403),
    });
    let bucket = |bucket: &str, provider: &str| {
        Demand::Bucket(BucketDemand {
            provider: provider.into(),
            endpoint: server.host.clone(),
            bucket: bucket.into(),
            prefix: "apps/".into(),
        })
    };
    let setup = Setup::new();
    let artifact = setup.fetch(&bucket("open", "generic")).unwrap();
    assert_eq!(names(&artifact.tree), ["apps/a b.yaml", "apps/b.yaml"]);
    assert_eq!(artifact.revision.0, sha256(b"apps/a b.yaml 1\napps/b.yaml 2\n"));
    for refused in [bucket("closed", "generic"), bucket("open", "azure")] {
        assert!(setup.fetch(&refused).unwrap_err().hints[0].contains("--source"));
    }
}
