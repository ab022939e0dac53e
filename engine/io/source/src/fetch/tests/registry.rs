//! OCI registries.

use serde_json::json;
use weir_evaluate::{HelmChartDemand, OciDemand, OciReference};

use super::super::oci::sha256;
use super::server::{Asked, Server, Told};
use super::*;

const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const TAGS: [&str; 6] = ["1.0.0", "1.1.0", "1.2.0_build", "2.0.0-rc.1", "latest", "v3.0.0"];

/// A registry that holds one artifact under every tag of every repository; `login` is wanted when there is one.
fn registry(login: Option<&'static str>) -> Server {
    let layer = packed(&[("web/Chart.yaml", "name: web"), ("web/values.yaml", "a: 1")]);
    let manifest = json!({
        "schemaVersion": 2,
        "layers": [
            {"mediaType": "other", "digest": sha256(b"other"), "size": 5},
            {"mediaType": CHART, "digest": sha256(&layer), "size": layer.len()},
        ],
    });
    let manifest = manifest.to_string().into_bytes();
    let index = json!({"manifests": [{"digest": sha256(&manifest), "size": manifest.len()}]})
        .to_string()
        .into_bytes();
    Server::start(move |asked: &Asked, host: &str| {
        if asked.path.starts_with("/token?") {
            assert!(
                asked.path.contains("service=reg") && asked.path.contains("scope=repository"),
                "{}",
                asked.path
            );
            return match asked.header("authorization") {
                // `user:secret`
                Some("Basic dXNlcjpzZWNyZXQ=") => Told::ok(r#"{"token": "T"}"#),
                _ => Told::status(401),
            };
        }
        if login == Some("bearer") && asked.header("authorization") != Some("Bearer T") {
            let challenge = format!(
                "Bearer realm=\"http://{host}/token\",service=\"reg\",scope=\"repository:x:pull\""
            );
            return Told::status(401).with("WWW-Authenticate", challenge);
        }
        if login == Some("basic") && asked.header("authorization") != Some("Basic dXNlcjpzZWNyZXQ=")
        {
            return Told::status(401).with("WWW-Authenticate", "Basic realm=\"x\"");
        }
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        if path.ends_with("/tags/list") {
            let start: usize = query.split("last=").nth(1).map_or(0, |last| last.parse().unwrap());
            let page = &TAGS[start..(start + 2).min(TAGS.len())];
            let told = Told::ok(json!({"tags": page}).to_string());
            let next = start + 2;
            return if next < TAGS.len() {
                told.with("Link", format!("<{path}?last={next}>; rel=\"next\""))
            } else {
                told
            };
        }
        let reference = path.rsplit('/').next().unwrap();
        if path.contains("/blobs/") {
            return if reference == sha256(&layer) {
                Told::ok(layer.clone())
            } else {
                Told::ok("tampered with")
            };
        }
        match reference {
            "indexed" => Told::ok(index.clone()),
            tag if TAGS.contains(&tag) => Told::ok(manifest.clone()),
            digest if *digest == sha256(&manifest) => Told::ok(manifest.clone()),
            _ => Told::status(404),
        }
    })
}

fn oci(host: &str, reference: OciReference) -> Demand {
    Demand::Oci(OciDemand {
        url: format!("oci://{host}/org/web"),
        reference,
        media_type: CHART.into(),
        copy: false,
        insecure: false,
    })
}

fn tag(tag: &str) -> OciReference {
    OciReference { tag: Some(tag.into()), ..OciReference::default() }
}

fn chart(repository: String, version: &str) -> Demand {
    let (chart, version) = ("web".to_owned(), version.to_owned());
    Demand::HelmChart(HelmChartDemand { repository, chart, version, insecure: false })
}

#[test]
fn an_artifact_is_found_by_tag_digest_range_and_through_an_index() {
    let server = registry(None);
    let setup = Setup::new();
    let fetch = |reference| setup.fetch(&oci(&server.host, reference));
    let latest = fetch(OciReference::default()).unwrap();
    let digest = latest.revision.0.strip_prefix("latest@").unwrap().to_owned();
    assert!(digest.starts_with("sha256:"));
    assert_eq!(names(&latest.tree), ["web/Chart.yaml", "web/values.yaml"]);
    assert_eq!(fetch(tag("1.0.0")).unwrap().revision.0, format!("1.0.0@{digest}"));
    let by_digest =
        OciReference { digest: Some(digest.as_str().into()), ..OciReference::default() };
    assert_eq!(fetch(by_digest).unwrap().revision.0, digest);
    assert!(fetch(tag("indexed")).unwrap().revision.0.starts_with("indexed@sha256:"));
    let range = |range: &str, filter: Option<&str>| OciReference {
        semver: Some(range.into()),
        semver_filter: filter.map(Into::into),
        ..OciReference::default()
    };
    for (wanted, tag) in [
        (range("1.x", None), "1.2.0_build@"),
        (range(">=1.0.0-0 <3-0", None), "2.0.0-rc.1@"),
        (range("*", None), "v3.0.0@"),
        (range("*", Some("^1\\.[01]")), "1.1.0@"),
    ] {
        let revision = fetch(wanted).unwrap().revision.0;
        assert!(revision.starts_with(tag), "{revision}");
    }
    let none = fetch(range("7.x", None)).unwrap_err();
    assert!(
        none.message.contains("no version") && none.message.contains("3.0.0"),
        "{}",
        none.message
    );
    assert!(fetch(tag("missing")).unwrap_err().message.contains("there is nothing at"));
}

#[test]
fn a_chart_is_found_by_version_and_range() {
    let server = registry(None);
    let setup = Setup::new();
    let repository = format!("oci://{}/org", server.host);
    for (version, found) in
        [("1.1.0", "1.1.0"), ("1.x", "1.2.0+build"), ("", "1.2.0+build"), ("v3.0.0", "v3.0.0")]
    {
        let artifact = setup.fetch(&chart(repository.clone(), version)).unwrap();
        assert_eq!(artifact.revision.0, found);
        assert_eq!(names(&artifact.tree), ["Chart.yaml", "values.yaml"]);
    }
    // As with Helm, a tag that starts with `v` fits no range.
    assert!(setup.fetch(&chart(repository, "3.x")).is_err());
}

#[test]
fn logins_are_used_and_not_shown() {
    for kind in ["basic", "bearer"] {
        let server = registry(Some(kind));
        let mut setup = Setup::new();
        let refused = setup.fetch(&oci(&server.host, tag("1.0.0"))).unwrap_err();
        assert!(refused.hints[0].contains("docker login"), "{refused:?}");
        setup.credentials = Credentials::for_host(&server.host, "user", "secret");
        assert!(setup.fetch(&oci(&server.host, tag("1.0.0"))).is_ok());
        setup.credentials = Credentials::for_host(&server.host, "user", "wr0ng");
        let refused = setup.fetch(&oci(&server.host, tag("1.1.0"))).unwrap_err();
        assert!(!format!("{refused:?}").contains("wr0ng"));
    }
}

#[test]
fn what_was_tampered_with_is_refused() {
    let server = registry(None);
    let demand = Demand::Oci(OciDemand {
        url: format!("oci://{}/x", server.host),
        reference: tag("1.0.0"),
        media_type: "other".into(),
        copy: false,
        insecure: false,
    });
    let refused = Setup::new().fetch(&demand).unwrap_err();
    // The promised size cuts it off first, or else the digest does not fit.
    assert!(
        refused.message.contains("larger than") || refused.message.contains("digest"),
        "{}",
        refused.message
    );
}

#[test]
fn the_cache_saves_the_network() {
    let server = registry(None);
    let setup = Setup::new();
    let exact = chart(format!("oci://{}/org", server.host), "1.1.0");
    let moving = oci(&server.host, OciReference::default());
    for demand in [&exact, &moving] {
        setup.fetch(demand).unwrap();
        assert!(!server.asked().is_empty());
        setup.fetch(demand).unwrap();
        assert!(server.asked().is_empty(), "the second time is from the cache");
    }
    let stale = |settings: &mut Settings| settings.ttl = Duration::ZERO;
    // Even a trust of no time holds within the second in which it was fetched, so age the entries by hand.
    let key = setup.sources(stale).fetcher.key(&moving);
    let store = setup.sources(stale).fetcher.store.clone();
    let mut entry = store.lookup(&key).unwrap();
    entry.fetched -= 1000;
    store.record(&key, &entry).unwrap();
    one(&setup.sources(|_| {}), &moving).unwrap();
    assert!(!server.asked().is_empty(), "what may change is asked for again");
    one(&setup.sources(stale), &exact).unwrap();
    assert!(server.asked().is_empty(), "an exact version does not change");

    let offline =
        setup.sources(|settings| (settings.offline, settings.ttl) = (true, Duration::ZERO));
    store.record(&key, &entry).unwrap();
    assert!(one(&offline, &moving).is_ok(), "offline, the cache is good however old");
    let unknown = one(&offline, &oci(&server.host, tag("2.0.0-rc.1"))).unwrap_err();
    assert!(unknown.message.contains("--offline"));
    assert!(server.asked().is_empty());

    let path = setup.folder.path().join("artifacts");
    for folder in std::fs::read_dir(path).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            std::fs::write(file.unwrap().path(), "damaged").unwrap();
        }
    }
    assert!(setup.fetch(&exact).is_ok());
    assert!(!server.asked().is_empty(), "what is damaged is fetched again");
}

#[test]
fn a_mirror_stands_in() {
    let server = registry(None);
    let mut setup = Setup::new();
    setup.mirrors = vec![format!("oci://=http://{}/", server.host)];
    setup.fetch(&chart("oci://ghcr.io/org".to_owned(), "1.0.0")).unwrap();
    assert!(server.asked()[0].starts_with("/v2/ghcr.io/org/web/"));
}
