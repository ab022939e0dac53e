//! The first law with a store on the disk: one snapshot has one digest, whatever the store has been through.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_evaluate::{ClusterFacts, Memo, Snapshot, evaluate};
use weir_io_source::Memos;
use weir_model::{Artifact, Blob, Digest, Revision, TreeBuilder, TreePath};

/// How many evaluations there are in all.
const EVALUATIONS: usize = 1_000;

const UNITS: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  path: ./web
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {COLOUR: red}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: release, namespace: flux-system}
spec:
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}
  values: {a: 1}
";

fn snapshot() -> Snapshot {
    let mut tree = TreeBuilder::default();
    for (path, text) in [
        ("clusters/one/units.yaml", UNITS),
        ("web/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"${COLOUR}\"}\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        (
            "chart/templates/a.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n\
             stringData: {a: '{{ .Values.a }}', b: '{{ randAlpha 8 }}'}\n",
        ),
    ] {
        let path = TreePath::parse(path).expect("the test's data");
        tree.insert(path, Blob::new(text.as_bytes()));
    }
    let root = Artifact { revision: Revision("main@sha1:0".into()), tree: tree.finish().into() };
    Snapshot {
        cluster: Arc::new(ClusterFacts {
            kube_version: "v1.36.1".into(),
            ..ClusterFacts::default()
        }),
        ..Snapshot::new(root, TreePath::parse("clusters/one").expect("the test's data"))
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(entries(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Does to an entry what a kill, a full disk or a bad one does.
fn damage(path: &Path, turn: usize) {
    let mut bytes = fs::read(path).expect("an entry");
    let middle = bytes.len() / 2;
    match turn % 4 {
        0 => bytes.truncate(middle),
        1 => bytes.clear(),
        2 => {
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
        }
        _ => bytes.extend_from_slice(b"more"),
    }
    fs::write(path, bytes).expect("the entry can be written");
}

fn digest(cache: &Path) -> (Digest, String) {
    let memo = Memo::new(Arc::new(Memos::own(cache)));
    let snapshot = snapshot();
    let evaluation = evaluate(&snapshot, &memo);
    memo.explain(&snapshot, &evaluation.plan);
    (evaluation.plan.digest, format!("{:?}", evaluation.diagnostics))
}

#[test]
fn a_thousand_evaluations_have_one_digest() {
    let wanted = evaluate(&snapshot(), &Memo::default());
    let wanted = (wanted.plan.digest, format!("{:?}", wanted.diagnostics));
    let pools: Vec<_> = [1, 2, 4]
        .map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build())
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(pools.len(), 3);
    let mut cache = tempfile::tempdir().expect("a scratch folder");
    for turn in 0..EVALUATIONS {
        match turn % 10 {
            // Cold, at another place.
            0 => cache = tempfile::tempdir().expect("a scratch folder"),
            // Damaged, one entry or all.
            3 | 6 => {
                let entries = entries(cache.path());
                damage(&entries[turn % entries.len()], turn);
            }
            8 => entries(cache.path()).iter().for_each(|path| damage(path, turn)),
            // Warm.
            _ => {}
        }
        let found = pools[turn % pools.len()].install(|| digest(cache.path()));
        assert_eq!(found, wanted, "{turn}");
    }
}

#[test]
fn evaluations_at_the_same_time_share_a_store() {
    let cache = tempfile::tempdir().expect("a scratch folder");
    let wanted = evaluate(&snapshot(), &Memo::default()).plan.digest;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(digest(cache.path()).0, wanted);
                }
            });
        }
    });
}
