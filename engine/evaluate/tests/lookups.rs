//! What charts look up in the cluster: objects that the snapshot knows, demands for those that it does not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use weir_evaluate::{
    Answer, Demand, Evaluation, Memo, MemoStore, Privacy, Snapshot, Unavailable, evaluate,
};
use weir_model::{Artifact, Blob, Digest, Manifest, ObjectId, Revision, TreeBuilder, TreePath};
use weir_plan::{Body, hide};

const RELEASES: &str = "
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: looks, namespace: apps}
spec: {chart: {spec: {chart: ./looks, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: blind, namespace: apps}
spec: {chart: {spec: {chart: ./blind, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}}
";

const LOOKS: &str = r#"
{{- $known := lookup "v1" "ConfigMap" "apps" "known" }}
{{- $secret := lookup "v1" "Secret" "apps" "password" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: found}
data:
  colour: {{ dig "data" "colour" "none" $known | quote }}
  size: {{ dig "data" "size" "none" $known | quote }}
  count: {{ len (dig "items" list (lookup "v1" "ConfigMap" "apps" "")) | quote }}
  password: {{ dig "data" "password" "" $secret | b64dec | default "fresh" | quote }}
"#;

fn snapshot(objects: &[&str]) -> Snapshot {
    let mut tree = TreeBuilder::default();
    for (path, text) in [
        ("clusters/one/releases.yaml", RELEASES),
        ("looks/Chart.yaml", "apiVersion: v2\nname: looks\nversion: 1.0.0\n"),
        ("looks/templates/a.yaml", LOOKS),
        ("blind/Chart.yaml", "apiVersion: v2\nname: blind\nversion: 1.0.0\n"),
        ("blind/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: blind}\n"),
    ] {
        tree.insert(TreePath::parse(path).expect("the test's data"), Blob::new(text.as_bytes()));
    }
    let root = Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(tree.finish()) };
    let answers = objects.iter().map(|text| {
        let value = weir_yaml::read_value(text.as_bytes(), weir_model::Source::default())
            .expect("the test's data");
        let manifest = Manifest::new(value).expect("the test's data");
        (Demand::Object(manifest.id()), Ok(Answer::Object(Arc::new(manifest))))
    });
    Snapshot {
        answers: answers.collect(),
        ..Snapshot::new(root, TreePath::parse("clusters/one").expect("the test's data"))
    }
}

/// The data of what the chart makes, secrets hidden.
fn found(evaluation: &Evaluation) -> String {
    let unit =
        evaluation.plan.units.iter().find(|unit| unit.id.name == "looks").expect("the test's data");
    let Body::Ready(objects) = &unit.body else { panic!("{:?}", unit.body) };
    weir_yaml::json::write(hide(&objects[0].manifest).get("data").expect("the test's data"))
}

const KNOWN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: known, namespace: apps, resourceVersion: '7'}\ndata: {colour: red}\n";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: password, namespace: apps}\ndata: {password: Y29ycmVjdC1ob3JzZQ==}\n";

#[test]
fn what_nobody_knows_is_demanded_and_taken_as_absent() {
    let mut snapshot = snapshot(&[]);
    let evaluation = evaluate(&snapshot, &Memo::default());
    assert_eq!(
        found(&evaluation),
        r#"{"colour":"none","count":"0","password":"fresh","size":"none"}"#
    );
    let id = |kind, name| Demand::Object(ObjectId::new("", kind, Some("apps"), name));
    let demands = [id("ConfigMap", "known"), id("Secret", "password")];
    assert_eq!(evaluation.missing.iter().cloned().collect::<Vec<_>>(), demands);
    // Once it is known that there is none, nothing is missing.
    for demand in demands {
        let none = Unavailable { message: "there is none".into(), hints: Vec::new() };
        snapshot.answers.insert(demand, Err(none));
    }
    let again = evaluate(&snapshot, &Memo::default());
    assert!(again.missing.is_empty() && again.plan.digest == evaluation.plan.digest);
}

#[test]
fn what_is_known_is_found_and_secrets_stay_hidden() {
    let evaluation = evaluate(&snapshot(&[KNOWN, SECRET]), &Memo::default());
    assert_eq!(
        found(&evaluation),
        r#"{"colour":"red","count":"1","password":"(hidden)","size":"none"}"#
    );
    assert!(evaluation.missing.is_empty());
    let newer = KNOWN.replace("'7'", "'8'");
    let same = evaluate(&snapshot(&[&newer, SECRET]), &Memo::default());
    assert_eq!(same.plan.digest, evaluation.plan.digest);
}

#[derive(Default)]
struct Store(Mutex<BTreeMap<Digest, Arc<[u8]>>>);

impl MemoStore for Store {
    fn get(&self, key: &Digest) -> Option<Arc<[u8]>> {
        self.0.lock().ok()?.get(key).cloned()
    }

    fn put(&self, key: &Digest, bytes: &[u8], _: Privacy) {
        self.0.lock().expect("no panic before").insert(*key, bytes.into());
    }
}

#[test]
fn an_object_that_changes_renders_only_who_looks() {
    let store: Arc<Store> = Arc::default();
    let run = |objects: &[&str]| {
        let memo = Memo::new(Arc::clone(&store) as Arc<dyn MemoStore>);
        let evaluation = evaluate(&snapshot(objects), &memo);
        let inputs = evaluation.plan.units.iter().map(|unit| (unit.id.name.clone(), unit.input));
        let inputs: BTreeMap<_, _> = inputs.collect();
        (found(&evaluation), evaluation.missing.len(), inputs)
    };
    let (first, missing, before) = run(&[]);
    assert_eq!(missing, 2);
    // What was remembered still says what it looked for.
    assert_eq!(run(&[]), (first, 2, before.clone()));
    let (second, missing, after) = run(&[KNOWN]);
    assert!(second.contains("red") && missing == 1);
    assert!(before["blind"] == after["blind"] && before["looks"] != after["looks"]);
}
