//! The loop around the engine.

use std::collections::{BTreeMap, BTreeSet};

use weir_evaluate::{ClusterFacts, Memo, Snapshot};
use weir_model::Revision;

use super::super::oci::sha256;
use super::server::{Server, Told};
use super::*;

/// A repository whose release takes its chart from a Helm repository on this host.
fn snapshot(host: &str, version: &str, value: &str) -> Snapshot {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts, namespace: apps}}\n\
         spec: {{interval: 1h, url: 'http://{host}/charts'}}\n---\n\
         apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: apps}}\n\
         spec:\n  interval: 1h\n  chart:\n    spec: {{chart: web, version: '{version}', sourceRef: {{kind: HelmRepository, name: charts}}}}\n\
         \x20 values: {{a: '{value}'}}\n"
    );
    let mut tree = TreeBuilder::default();
    tree.insert(TreePath::parse("clusters/prod/web.yaml").unwrap(), Blob::new(text.into_bytes()));
    let root =
        Artifact { revision: Revision("main@sha1:0".to_owned()), tree: tree.finish().into() };
    Snapshot {
        root,
        root_urls: BTreeSet::new(),
        entry: TreePath::parse("clusters/prod").unwrap(),
        sources: BTreeMap::new(),
        answers: BTreeMap::new(),
        recorded: BTreeMap::new(),
        cluster: ClusterFacts { kube_version: "1.36.1".to_owned(), ..ClusterFacts::default() }
            .into(),
    }
}

fn repository() -> Server {
    let archive = packed(&[
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        (
            "web/templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ .Values.a }}'}\n",
        ),
    ]);
    let digest = sha256(&archive);
    Server::start(move |asked, _| match asked.path.as_str() {
        "/charts/index.yaml" => Told::ok(format!(
            "apiVersion: v1\nentries:\n  web:\n  - {{version: 1.0.0, urls: [web-1.0.0.tgz], digest: '{digest}'}}\n"
        )),
        "/charts/web-1.0.0.tgz" => Told::ok(archive.clone()),
        _ => Told::status(404),
    })
}

#[test]
fn what_is_missing_is_fetched_until_nothing_is() {
    let server = repository();
    let sources = Setup::new().sources(|_| {});
    let mut snapshot = snapshot(&server.host, "1.x", "1");
    let mut seen = Vec::new();
    let evaluation = sources.settle(&mut snapshot, &Memo::default(), &mut |progress| {
        seen.push(format!("{progress:?}"));
    });
    assert!(evaluation.missing.is_empty(), "{:?}", evaluation.missing);
    assert!(snapshot.answers.values().all(Result::is_ok) && snapshot.answers.len() == 1);
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn a_pair_shares_what_it_needs() {
    let server = repository();
    let sources = Setup::new().sources(|_| {});
    let (mut before, mut after) =
        (snapshot(&server.host, "1.x", "1"), snapshot(&server.host, "1.x", "2"));
    let (one, other) = sources.settle_pair(&mut before, &mut after, &Memo::default(), &mut |_| {});
    assert!(one.missing.is_empty() && other.missing.is_empty());
    assert_eq!(server.asked(), ["/charts/index.yaml", "/charts/web-1.0.0.tgz"]);
}

#[test]
fn what_cannot_be_had_is_answered_with_why() {
    let server = repository();
    let sources = Setup::new().sources(|_| {});
    let mut snapshot = snapshot(&server.host, "2.x", "1");
    let evaluation = sources.settle(&mut snapshot, &Memo::default(), &mut |_| {});
    assert!(evaluation.missing.is_empty());
    let told = evaluation
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.to_string().contains("no version of chart `web`"));
    assert!(told, "{:?}", evaluation.diagnostics);
}
