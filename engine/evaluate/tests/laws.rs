//! The laws of an evaluation, on a small repository that has a bit of everything.

use std::sync::Arc;

use weir_evaluate::{ClusterFacts, Evaluation, Memo, Snapshot, compare, evaluate};
use weir_model::{Artifact, Blob, Revision, TreeBuilder, TreePath};
use weir_plan::{Body, Unit};

const APPS: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute: {NAME: weir}
    substituteFrom:
      - {kind: ConfigMap, name: settings}
      - {kind: Secret, name: keys}
";

const BROKEN: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: broken, namespace: flux-system}
spec:
  path: ./nowhere
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: after-broken, namespace: flux-system}
spec:
  path: ./more
  prune: true
  dependsOn: [{name: broken}, {name: nobody}]
  sourceRef: {kind: GitRepository, name: flux-system}
";

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data: {REGION: north}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: flux-system}
stringData: {TOKEN: correct-horse}
";

const WEB: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: apps}
data: {greeting: \"${NAME} in ${REGION}\", key: \"token=${TOKEN}\", plain: \"$${NAME}\"}
";

const RELEASE: &str = "
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}
  values: {replicas: 2}
";

const MORE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: apps}
";

fn files() -> Vec<(&'static str, String)> {
    [
        ("clusters/one/apps.yaml", APPS),
        ("clusters/one/broken.yaml", BROKEN),
        ("clusters/one/settings.yaml", SETTINGS),
        ("apps/web.yaml", WEB),
        ("apps/release.yaml", RELEASE),
        ("more/more.yaml", MORE),
        ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("charts/web/values.yaml", "replicas: 1\n"),
        (
            "charts/web/templates/cm.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chart}\n",
        ),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec()
}

fn snapshot(files: Vec<(&'static str, String)>) -> Snapshot {
    let mut tree = TreeBuilder::default();
    for (path, text) in files {
        tree.insert(
            TreePath::parse(path).expect("the data of the test"),
            Blob::new(text.into_bytes()),
        );
    }
    let root = Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(tree.finish()) };
    Snapshot {
        cluster: ClusterFacts { kube_version: "v1.36.1".into(), ..ClusterFacts::default() }.into(),
        ..Snapshot::new(root, TreePath::parse("clusters/one").expect("the data of the test"))
    }
}

fn unit<'a>(evaluation: &'a Evaluation, name: &str) -> &'a Unit {
    let found = evaluation.plan.units.iter().find(|unit| unit.id.to_string().ends_with(name));
    found.unwrap_or_else(|| panic!("no unit {name} in {:?}", evaluation.plan))
}

fn field(evaluation: &Evaluation, name: &str, key: &str) -> weir_model::Value {
    let Body::Ready(objects) = &unit(evaluation, name).body else { panic!("not ready") };
    let object =
        objects.iter().find(|object| object.id.name == "web" && object.id.kind == "ConfigMap");
    object
        .expect("the data of the test")
        .manifest
        .value()
        .pointer(&["data", key])
        .expect("the data of the test")
        .clone()
}

#[test]
fn threads_memos_and_the_order_of_files_do_not_matter() {
    let wanted = evaluate(&snapshot(files()), &Memo::default());
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("the data of the test");
        let memo = Memo::default();
        for _ in 0..2 {
            let mut reversed = files();
            reversed.reverse();
            let again = pool.install(|| evaluate(&snapshot(reversed), &memo));
            assert_eq!(again.plan.digest, wanted.plan.digest);
            assert_eq!(again.diagnostics, wanted.diagnostics);
        }
    }
}

#[test]
fn a_broken_unit_hides_no_other() {
    let evaluation = evaluate(&snapshot(files()), &Memo::default());
    assert!(matches!(unit(&evaluation, "/broken").body, Body::Broken(_)));
    assert!(matches!(unit(&evaluation, "/after-broken").body, Body::Ready(_)));
    assert!(matches!(unit(&evaluation, "/apps").body, Body::Ready(_)));
    let told =
        |text: &str| evaluation.diagnostics.iter().any(|found| found.to_string().contains(text));
    assert!(told("path `nowhere` does not exist"));
    assert!(told("depends on `Kustomization/flux-system/nobody`"));
}

#[test]
fn variables_come_from_other_units_and_secrets_are_followed() {
    let evaluation = evaluate(&snapshot(files()), &Memo::default());
    let text = |key: &str| field(&evaluation, "/apps", key).as_str().map(str::to_owned);
    assert_eq!(text("greeting").as_deref(), Some("weir in north"));
    assert_eq!(text("plain").as_deref(), Some("${NAME}"));
    assert!(!field(&evaluation, "/apps", "greeting").sensitive);
    assert!(field(&evaluation, "/apps", "key").sensitive);
    assert!(!format!("{:?}", evaluation.plan).contains("correct-horse"));
}

#[test]
fn a_variable_that_nothing_sets_is_empty_or_a_mistake_as_the_cluster_says() {
    let mut changed = files();
    for (_, text) in &mut changed {
        *text = text.replace("plain: \"$${NAME}\"", "plain: \"[${NOBODY}]\"");
    }
    let mut snapshot = snapshot(changed);
    let lenient = evaluate(&snapshot, &Memo::default());
    assert_eq!(field(&lenient, "/apps", "plain").as_str(), Some("[]"));
    snapshot.cluster =
        ClusterFacts { strict_substitution: true, ..(*snapshot.cluster).clone() }.into();
    let strict = evaluate(&snapshot, &Memo::default());
    assert!(matches!(unit(&strict, "/apps").body, Body::Broken(_)));
    assert!(strict.diagnostics.iter().any(|found| found.to_string().contains("NOBODY")));
}

#[test]
fn a_name_that_no_variable_can_have_breaks_the_unit_once() {
    let mut changed = files();
    for (_, text) in &mut changed {
        *text = text.replace("NAME: weir", "bad-name: weir");
    }
    let evaluation = evaluate(&snapshot(changed), &Memo::default());
    assert!(matches!(unit(&evaluation, "/apps").body, Body::Broken(_)));
    let told =
        evaluation.diagnostics.iter().filter(|found| found.to_string().contains("'bad-name'"));
    assert_eq!(told.count(), 1);
}

#[test]
fn a_comparison_renders_no_release_whose_inputs_are_equal() {
    let before = snapshot(files());
    let mut changed = files();
    changed.push(("apps/other.yaml", MORE.replace("name: more", "name: other")));
    let (one, other) = compare(&before, &snapshot(changed), &Memo::default());
    assert!(matches!(unit(&one, "HelmRelease/apps/web").body, Body::Same));
    assert!(matches!(unit(&other, "HelmRelease/apps/web").body, Body::Same));
    let Body::Ready(objects) = &unit(&other, "/apps").body else { panic!("not ready") };
    assert!(objects.iter().any(|object| object.id.name == "other"));

    let mut changed = files();
    for (path, text) in &mut changed {
        if *path == "charts/web/values.yaml" {
            *text = "replicas: 3\n".to_owned();
        }
    }
    let (one, other) = compare(&before, &snapshot(changed), &Memo::default());
    assert!(!matches!(unit(&one, "HelmRelease/apps/web").body, Body::Same));
    assert!(!matches!(unit(&other, "HelmRelease/apps/web").body, Body::Same));
}

#[test]
fn dependencies_in_a_circle_are_told_and_rendered() {
    let mut all = files();
    let circle = BROKEN.replace("./nowhere", "./more").replace(
        "  path: ./more\n  prune: true\n  sourceRef",
        "  path: ./more\n  prune: true\n  dependsOn: [{name: after-broken}]\n  sourceRef",
    );
    all[1].1 = circle;
    let evaluation = evaluate(&snapshot(all), &Memo::default());
    let circles =
        evaluation.diagnostics.iter().filter(|found| found.code == "flux-dependency-circle");
    assert_eq!(circles.count(), 1);
    assert!(matches!(unit(&evaluation, "/broken").body, Body::Ready(_)));
}
