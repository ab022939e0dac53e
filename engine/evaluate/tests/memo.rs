//! What a memo reuses, what it makes again, and that it never changes a result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use weir_evaluate::{
    Answer, ClusterFacts, Demand, Evaluation, Memo, MemoStore, Opener, Privacy, Reuse, Sealed,
    Snapshot, Unavailable, evaluate,
};
use weir_model::{Artifact, Blob, Data, Digest, Revision, Tree, TreeBuilder, TreePath, Value};
use weir_plan::Body;

const UNITS: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: settings, namespace: flux-system}
spec: {path: ./settings, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  path: ./web
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute: {COLOUR: red}
    substituteFrom: [{kind: ConfigMap, name: settings}, {kind: Secret, name: keys}]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: far, namespace: flux-system}
spec: {path: ./far, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: releases, namespace: flux-system}
spec: {path: ./releases, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
";

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data: {REGION: north, values.yaml: 'a: {b: 1}'}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: flux-system}
stringData: {TOKEN: correct-horse, values.yaml: 'token: battery-staple'}
";

const WEB: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {region: \"${REGION}\", colour: \"${COLOUR}\", token: \"${TOKEN}\"}
";

const RELEASES: &str = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {url: https://charts.example}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: plain, namespace: flux-system}
spec:
  chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}
  valuesFrom: [{kind: ConfigMap, name: settings}]
  values: {replicas: 2, size: small}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: secret, namespace: flux-system}
spec:
  chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}
  valuesFrom: [{kind: Secret, name: keys}]
";

const TEMPLATE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: '{{ .Release.Name }}'}
data:
  values: '{{ .Values | toJson }}'
  version: '{{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has \"x/v1\" }}'
";

type Files = Vec<(&'static str, String)>;

fn files() -> Files {
    [
        ("clusters/one/units.yaml", UNITS),
        ("settings/settings.yaml", SETTINGS),
        ("web/web.yaml", WEB),
        ("web/kustomization.yaml", "resources: [web.yaml, ../base]"),
        ("base/kustomization.yaml", "configMapGenerator: [{name: base, files: [a.txt]}]"),
        ("base/a.txt", "one"),
        ("far/kustomization.yaml", "resources: [https://files.example/remote.yaml]"),
        ("releases/releases.yaml", RELEASES),
        ("unused/x.yaml", "a: 1"),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec()
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = TreeBuilder::default();
    for (path, text) in files {
        tree.insert(TreePath::parse(path).expect("the test's data"), Blob::new(text.as_bytes()));
    }
    tree.finish()
}

fn chart() -> Tree {
    tree(&[
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("values.yaml", "replicas: 1\n"),
        ("templates/a.yaml", TEMPLATE),
    ])
}

/// Answers as a cache gives them: nothing is in memory before someone looks, and each look is counted.
fn sealed(tree: Tree, looks: &Arc<Mutex<usize>>) -> Answer {
    let looks = Arc::clone(looks);
    let digest = *tree.digest();
    let opener = Opener::new(move || {
        *looks.lock().ok()? += 1;
        Some(tree.clone())
    });
    Answer::Sealed(Sealed { revision: Revision("1".into()), tree: digest, opener })
}

struct World {
    files: Files,
    answers: BTreeMap<Demand, Result<Answer, Unavailable>>,
    facts: ClusterFacts,
}

/// A snapshot with all it asks for, and how often its charts were looked into.
fn world() -> (World, Arc<Mutex<usize>>) {
    let looks = Arc::new(Mutex::new(0));
    let mut world = World {
        files: files(),
        answers: BTreeMap::new(),
        facts: ClusterFacts { kube_version: "v1.36.1".into(), ..ClusterFacts::default() },
    };
    let remote = tree(&[("remote.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: far}")]);
    loop {
        let missing = evaluate(&snapshot(&world), &Memo::default()).missing;
        if missing.is_empty() {
            break;
        }
        for demand in missing {
            let found = if matches!(demand, Demand::Remote(_)) { remote.clone() } else { chart() };
            world.answers.insert(demand, Ok(sealed(found, &looks)));
        }
    }
    *looks.lock().expect("no panic before") = 0;
    (world, looks)
}

fn snapshot(world: &World) -> Snapshot {
    let files: Vec<(&str, &str)> =
        world.files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let root = Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(tree(&files)) };
    Snapshot {
        answers: world.answers.clone(),
        cluster: Arc::new(world.facts.clone()),
        ..Snapshot::new(root, TreePath::parse("clusters/one").expect("the test's data"))
    }
}

type Entries = BTreeMap<Digest, (Arc<[u8]>, Privacy)>;

#[derive(Default)]
struct Store(Mutex<Entries>);

impl MemoStore for Store {
    fn get(&self, key: &Digest) -> Option<Arc<[u8]>> {
        Some(Arc::clone(&self.0.lock().ok()?.get(key)?.0))
    }

    fn put(&self, key: &Digest, bytes: &[u8], privacy: Privacy) {
        self.0.lock().expect("no panic before").insert(*key, (bytes.into(), privacy));
    }
}

/// Evaluates in what is, to the memo, another process.
fn run(world: &World, store: &Arc<Store>) -> (Evaluation, BTreeMap<String, Reuse>) {
    let memo = Memo::new(Arc::clone(store) as Arc<dyn MemoStore>);
    let snapshot = snapshot(world);
    let evaluation = evaluate(&snapshot, &memo);
    assert!(evaluation.missing.is_empty(), "{:?}", evaluation.missing);
    let explained = memo.explain(&snapshot, &evaluation.plan);
    let explained = explained.into_iter().map(|unit| (unit.unit.name.to_string(), unit.reuse));
    (evaluation, explained.collect())
}

/// Everything of an evaluation that someone may see, origins and marks among it.
fn all(evaluation: &Evaluation) -> String {
    fn show(value: &Value, text: &mut String) {
        text.push_str(&format!("{:?} {} ", value.origin, value.sensitive));
        match &value.data {
            Data::List(items) => items.iter().for_each(|item| show(item, text)),
            Data::Map(map) => map.iter().for_each(|(key, value)| {
                text.push_str(key);
                show(value, text);
            }),
            other => text.push_str(&format!("{:?}\n", Value::new(other.clone()))),
        }
    }
    let mut text = format!("{} {:?}\n", evaluation.plan.digest, evaluation.diagnostics);
    for unit in &evaluation.plan.units {
        text.push_str(&format!("{} {} {:?}\n", unit.id, unit.input, unit.source));
        if let Body::Ready(objects) = &unit.body {
            for object in objects.iter() {
                text.push_str(&format!("{} {} {:?} ", object.id, object.digest, object.provenance));
                show(object.manifest.value(), &mut text);
            }
        }
    }
    text
}

#[test]
fn a_warm_store_changes_nothing_and_nothing_is_opened() {
    let (world, looks) = world();
    let store = Arc::default();
    let cold = run(&world, &store);
    assert!(*looks.lock().expect("no panic before") > 0);
    assert!(cold.1.values().all(|reuse| *reuse == Reuse::New) && cold.1.len() == 7, "{:?}", cold.1);
    *looks.lock().expect("no panic before") = 0;
    let warm = run(&world, &store);
    assert!(warm.1.values().all(|reuse| *reuse == Reuse::Reused), "{:?}", warm.1);
    assert_eq!(*looks.lock().expect("no panic before"), 0);
    assert_eq!(all(&warm.0), all(&cold.0));
    assert_eq!(all(&cold.0), all(&evaluate(&snapshot(&world), &Memo::default())));
}

#[test]
fn a_damaged_store_changes_nothing() {
    let (world, _) = world();
    let store: Arc<Store> = Arc::default();
    let cold = run(&world, &store);
    let count = store.0.lock().unwrap().len();
    for damage in 0..count {
        for keep in [0, 1, 2, 3] {
            if let Some((bytes, _)) = store.0.lock().unwrap().values_mut().nth(damage) {
                // Cut off: nothing is left, a byte, half, all but the last byte.
                let length = [0, 1, bytes.len() / 2, bytes.len() - 1][keep].min(bytes.len());
                *bytes = bytes[..length].into();
            }
            assert_eq!(all(&run(&world, &store).0), all(&cold.0), "{damage} {keep}");
        }
    }
}

#[test]
fn a_sealed_answer_that_is_lost_is_demanded_again() {
    let (mut world, _) = world();
    let lost = |answer: &mut Result<Answer, Unavailable>, tree: Option<Tree>| {
        if let Ok(Answer::Sealed(sealed)) = answer {
            sealed.opener = Opener::new(move || tree.clone());
        }
    };
    // Gone, or not what it was.
    for tree in [None, Some(chart()), Some(Tree::from_files(BTreeMap::new()))] {
        let known = tree.as_ref().map(|tree| *tree.digest());
        for answer in world.answers.values_mut() {
            lost(answer, tree.clone());
        }
        let missing = evaluate(&snapshot(&world), &Memo::default()).missing;
        let is_chart = known == Some(*chart().digest());
        assert_eq!(missing.len(), if is_chart { 1 } else { 2 }, "{missing:?}");
    }
}

#[test]
fn what_comes_from_secrets_is_marked_private() {
    let (world, _) = world();
    let store: Arc<Store> = Arc::default();
    run(&world, &store);
    let (mut private, mut public) = (0, 0);
    for (bytes, privacy) in store.0.lock().unwrap().values() {
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        match privacy {
            Privacy::Private => private += 1,
            Privacy::Public => {
                public += 1;
                assert!(!holds("correct-horse") && !holds("battery-staple"));
            }
        }
    }
    // `settings`, `web`, the release with a secret and the note of the last inputs; the other units.
    assert!(private == 4 && public >= 4, "{private} {public}");
}

/// Each change with the units that must be made again, and what is said of one of them. All others must be reused.
#[test]
fn a_key_holds_all_that_a_step_reads_and_no_more() {
    type Change = fn(&mut World);
    fn replace(world: &mut World, path: &str, from: &str, to: &str) {
        let file = world.files.iter_mut().find(|(name, _)| *name == path).expect("the file");
        assert!(file.1.contains(from), "{from}");
        file.1 = file.1.replace(from, to);
    }
    fn answer(world: &mut World, is_remote: bool, tree: &Tree) {
        for (demand, answer) in &mut world.answers {
            if matches!(demand, Demand::Remote(_)) == is_remote {
                *answer = Ok(sealed(tree.clone(), &Arc::default()));
            }
        }
    }
    const ENTRY: &str = "clusters/one/units.yaml";
    let cases: &[(&str, Change, &[&str], &[&str])] = &[
        ("a file that nothing reads", |w| replace(w, "unused/x.yaml", "1", "2"), &[], &[]),
        (
            "a file",
            |w| replace(w, "web/web.yaml", "region", "area"),
            &["web"],
            &["file web/web.yaml"],
        ),
        (
            "a file of a base",
            |w| replace(w, "base/a.txt", "one", "two"),
            &["web"],
            &["file base/a.txt"],
        ),
        (
            "a new file",
            |w| w.files.push(("base/b.txt", String::new())),
            &["web"],
            &["file base/b.txt"],
        ),
        (
            "a file that goes",
            |w| w.files.retain(|(path, _)| *path != "web/web.yaml"),
            &["web"],
            &["file web/web.yaml"],
        ),
        (
            "a spec",
            |w| replace(w, ENTRY, "path: ./far,", "path: ./far, namePrefix: x-,"),
            &["flux-system", "far"],
            &["spec"],
        ),
        (
            "the place of an object",
            |w| {
                replace(
                    w,
                    ENTRY,
                    "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: releases",
                    "---\n\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: releases",
                );
            },
            &["flux-system", "releases"],
            &["place", "spec"],
        ),
        (
            "a variable",
            |w| replace(w, ENTRY, "COLOUR: red", "COLOUR: blue"),
            &["flux-system", "web"],
            &["spec", "variable COLOUR"],
        ),
        (
            "a variable of a ConfigMap",
            |w| replace(w, "settings/settings.yaml", "north", "south"),
            &["settings", "web"],
            &["variable REGION"],
        ),
        (
            "a variable of a Secret",
            |w| replace(w, "settings/settings.yaml", "correct-horse", "wrong-horse"),
            &["settings", "web"],
            &["variables"],
        ),
        (
            "values of a ConfigMap",
            |w| replace(w, "settings/settings.yaml", "b: 1", "b: 2"),
            &["settings", "plain"],
            &["value a"],
        ),
        (
            "values of a Secret",
            |w| replace(w, "settings/settings.yaml", "battery-staple", "paper-clip"),
            &["settings", "web", "secret"],
            &["secret-values", "secrets", "values"],
        ),
        (
            "values",
            |w| replace(w, "releases/releases.yaml", "size: small", "size: large"),
            &["releases", "plain"],
            &["spec", "value size"],
        ),
        (
            "a chart",
            |w| {
                let text = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
                answer(w, false, &tree(&[("Chart.yaml", text)]));
            },
            &["plain", "secret"],
            &["chart"],
        ),
        (
            "a remote resource",
            |w| {
                let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: further}";
                answer(w, true, &tree(&[("remote.yaml", text)]));
            },
            &["far"],
            &["remote https://files.example/remote.yaml"],
        ),
        (
            "a remote resource that nobody names",
            |w| {
                let other = Ok(sealed(chart(), &Arc::default()));
                w.answers.insert(Demand::Remote("https://files.example/other.yaml".into()), other);
            },
            &[],
            &[],
        ),
        (
            "the version of Kubernetes",
            |w| w.facts.kube_version = "v1.35.0".into(),
            &["plain", "secret"],
            &["kube-version"],
        ),
        (
            "the API versions",
            |w| w.facts.api_versions = BTreeSet::from(["x/v1".into()]),
            &["plain", "secret"],
            &["api-versions"],
        ),
        (
            "whether these are all API versions",
            |w| w.facts.is_complete = true,
            &["plain", "secret"],
            &["api-versions"],
        ),
        (
            "whether variables must be set",
            |w| w.facts.strict_substitution = true,
            &["flux-system", "far", "releases", "settings", "web"],
            &["variables"],
        ),
        (
            "schemas",
            |w| drop(w.facts.schemas.insert("api/v1".into(), Blob::new(&b"{}"[..]))),
            &[],
            &[],
        ),
    ];
    for (what, change, made, told) in cases {
        let (mut world, _) = world();
        let store = Arc::default();
        run(&world, &store);
        change(&mut world);
        let (evaluation, explained) = run(&world, &store);
        let fresh = evaluate(&snapshot(&world), &Memo::default());
        assert_eq!(all(&evaluation), all(&fresh), "{what}");
        let remade: BTreeSet<&str> = explained
            .iter()
            .filter(|(_, reuse)| **reuse != Reuse::Reused)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(remade, made.iter().copied().collect(), "{what}: {explained:?}");
        if let Some(last) = made.last() {
            let told = told.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(explained[*last], Reuse::Changed(told), "{what}");
        }
    }
}

#[test]
fn what_is_gone_from_the_store_is_said_to_be_lost() {
    let (world, _) = world();
    let store: Arc<Store> = Arc::default();
    run(&world, &store);
    // Only renderings name their inputs.
    store.0.lock().unwrap().retain(|_, (bytes, _)| !bytes.windows(5).any(|part| part == b"place"));
    let (_, explained) = run(&world, &store);
    assert!(explained.values().all(|reuse| *reuse == Reuse::Lost), "{explained:?}");
}
