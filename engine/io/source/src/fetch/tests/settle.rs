//! The loop around the engine.

use weir_evaluate::{ClusterFacts, LOCK_FILE, Lock, Locked, Memo, Snapshot};
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
        cluster: ClusterFacts { kube_version: "1.36.1".to_owned(), ..ClusterFacts::default() }
            .into(),
        ..Snapshot::new(root, TreePath::parse("clusters/prod").unwrap())
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

/// A Helm repository with two versions of a chart.
fn two_versions() -> Server {
    let archive = |version: &str| {
        packed(&[("web/Chart.yaml", &format!("apiVersion: v2\nname: web\nversion: {version}\n"))])
    };
    let (old, new) = (archive("1.0.0"), archive("1.1.0"));
    Server::start(move |asked, _| match asked.path.as_str() {
        "/charts/index.yaml" => Told::ok(
            "apiVersion: v1\nentries:\n  web:\n  - {version: 1.1.0, urls: [b.tgz]}\n  - {version: 1.0.0, urls: [a.tgz]}\n",
        ),
        "/charts/a.tgz" => Told::ok(old.clone()),
        "/charts/b.tgz" => Told::ok(new.clone()),
        _ => Told::status(404),
    })
}

#[test]
fn a_lock_holds_a_source_to_what_it_gave() {
    let server = two_versions();
    let setup = Setup::new();
    let settled = |snapshot: &Snapshot, locked: bool| {
        let mut snapshot = snapshot.clone();
        let sources = setup.sources(|settings| settings.locked = locked);
        sources.settle(&mut snapshot, &Memo::default(), &mut |_| {});
        snapshot.answers.into_iter().next().unwrap()
    };
    let given = |answer: Result<Answer, Unavailable>| match answer {
        Ok(Answer::Files(artifact)) => Ok((artifact.revision.0.clone(), *artifact.tree.digest())),
        Ok(Answer::Sealed(sealed)) => Ok((sealed.revision.0, sealed.tree)),
        Ok(Answer::Object(_)) => panic!("no object was asked for"),
        Err(unavailable) => Err(unavailable.message),
    };
    let with = |lock: &Lock| {
        let mut snapshot = snapshot(&server.host, "1.x", "1");
        let mut tree = TreeBuilder::default();
        for (path, blob) in snapshot.root.tree.files() {
            tree.insert(path.clone(), blob.clone());
        }
        let path = TreePath::parse(LOCK_FILE).unwrap();
        tree.insert(path, Blob::new(lock.write().into_bytes()));
        snapshot.root.tree = tree.finish().into();
        snapshot
    };
    let (demand, newest) = settled(&with(&Lock::default()), false);
    assert_eq!(given(newest).unwrap().0, "1.1.0");
    let (_, old) = settled(&snapshot(&server.host, "1.0.0", "1"), false);
    let (revision, digest) = given(old).unwrap();
    let mut lock = Lock::default();
    let locked = Locked { revision: revision.clone(), digest };
    lock.sources.insert(demand.clone(), locked.clone());
    for only in [false, true] {
        assert_eq!(given(settled(&with(&lock), only).1), Ok((revision.clone(), digest)));
    }
    let other = Locked { digest: weir_model::Digest::of(b"other"), ..locked };
    lock.sources.insert(demand, other);
    let problem = given(settled(&with(&lock), false).1).unwrap_err();
    assert!(problem.contains("not those that `weir.lock` holds"), "{problem}");
    let problem = given(settled(&with(&Lock::default()), true).1).unwrap_err();
    assert!(problem.contains("not in `weir.lock`"), "{problem}");
    // Each side of a comparison has its own lock.
    let (mut before, mut after) = (snapshot(&server.host, "1.x", "1"), with(&Lock::default()));
    let mut lock = Lock::default();
    let demand = settled(&before, false).0;
    lock.sources.insert(demand.clone(), Locked { revision, digest });
    before.root.tree = with(&lock).root.tree;
    let sources = setup.sources(|_| {});
    sources.settle_pair(&mut before, &mut after, &Memo::default(), &mut |_| {});
    let revision = |snapshot: &Snapshot| given(snapshot.answers[&demand].clone()).unwrap().0;
    assert_eq!((revision(&before), revision(&after)), ("1.0.0".to_owned(), "1.1.0".to_owned()));
}
