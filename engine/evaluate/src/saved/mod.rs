//! Snapshots as files: a replay anywhere gives the same plan, and no secret is in the file.
//!
//! The rule for secrets has three parts.
//! - What the repository holds in plain text as a secret (see [`hide`]) is replaced in the files of the snapshot. What SOPS
//!   has encrypted stays as it is, but the data keys that stand beside it go, so that not even the owner of the right key
//!   can read it.
//! - A unit that gives something else with these files is recorded: what it gave, with public digests, secret values hidden.
//!   Its replay gives the record; all other units are made anew.
//! - Whoever saves replays first: a file is only made when its replay gives the digest of the plan that was saved.
//!
//! A record has the public digests of its objects alone, so that no secret can be guessed from it.

mod container;
mod contents;
mod demand;
mod facts;
mod hide;
mod parts;
mod record;
mod unit;

use weir_model::Digest;

pub use container::SavedError;
pub use facts::{KnownCluster, lasting};

use crate::{Memo, Snapshot};
use container::Kind;

/// A snapshot that was read from a file.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The snapshot; it is complete, so that nothing need be fetched.
    pub snapshot: Snapshot,
    /// The digest of the plan that it was saved with. Another weir may make another plan of it.
    pub plan: Digest,
}

/// Writes a complete snapshot as a file. Equal snapshots give equal bytes.
pub fn save(snapshot: &Snapshot, memo: &Memo) -> Result<Vec<u8>, SavedError> {
    let (hidden, plan) = record::hidden(snapshot, memo).ok_or(SavedError::NotReplayable)?;
    let content = contents::write(&hidden, &plan).ok_or(SavedError::NotReplayable)?;
    Ok(container::pack(Kind::Snapshot, &content))
}

/// Reads what [`save`] wrote. Whatever the bytes are, the end is a snapshot or an error.
pub fn load(file: &[u8]) -> Result<Saved, SavedError> {
    let content = container::unpack(Kind::Snapshot, file)?;
    let (snapshot, plan) =
        contents::read(&content).ok_or(SavedError::Damaged("its content cannot be read"))?;
    Ok(Saved { snapshot, plan })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use weir_model::{Artifact, Blob, Revision, TreeBuilder, TreePath};

    use super::*;
    use crate::{ClusterFacts, Demand, Unavailable, evaluate};

    const UNITS: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substituteFrom: [{kind: Secret, name: keys}]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: plain, namespace: flux-system}
spec:
  path: ./plain
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: flux-system}
stringData: {TOKEN: correct-horse, VALUES: 'pass: battery-staple'}
";

    const GENERATOR: &str = "
resources: [web.yaml, release.yaml]
secretGenerator:
- name: made
  files: [made.txt]
";

    const WEB: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: apps}
data: {key: \"token=${TOKEN}\", plain: text}
";

    const RELEASE: &str = "
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: flux-system}
spec:
  chart:
    spec:
      chart: ./chart
      sourceRef: {kind: GitRepository, name: flux-system}
  valuesFrom: [{kind: Secret, name: keys, valuesKey: VALUES}]
";

    const TEMPLATE: &str = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: chart
  annotations: {sum: {{ .Values.pass | sha256sum }}}
data: {pass: {{ .Values.pass | b64enc }}, plain: text}
";

    fn snapshot() -> Snapshot {
        let mut tree = TreeBuilder::default();
        for (path, text) in [
            ("clusters/one/units.yaml", UNITS),
            ("apps/kustomization.yaml", GENERATOR),
            ("apps/web.yaml", WEB),
            ("apps/release.yaml", RELEASE),
            ("apps/made.txt", "a-made-secret"),
            ("plain/web.yaml", &WEB.replace("${TOKEN}", "none")),
            ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("chart/templates/cm.yaml", TEMPLATE),
        ] {
            tree.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let unavailable = Unavailable { message: "gone".into(), hints: vec!["wait".into()] };
        let root =
            Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(tree.finish()) };
        Snapshot {
            root_urls: BTreeSet::from(["https://user:a-login@host/x".to_owned()]),
            answers: BTreeMap::from([(Demand::Remote("https://host/y".into()), Err(unavailable))]),
            cluster: ClusterFacts { kube_version: "v1.36.1".into(), ..ClusterFacts::default() }
                .into(),
            ..Snapshot::new(root, TreePath::parse("clusters/one").unwrap())
        }
    }

    const SECRETS: [&str; 6] = [
        "correct-horse",
        "battery-staple",
        "YmF0dGVyeS1zdGFwbGU",
        "a-made-secret",
        "YS1tYWRlLXNlY3JldA",
        "a-login",
    ];

    fn content(file: &[u8]) -> Vec<u8> {
        container::unpack(Kind::Snapshot, file).unwrap()
    }

    #[test]
    fn a_replay_gives_the_same_plan_without_the_secrets() {
        let original = snapshot();
        let wanted = evaluate(&original, &Memo::default());
        let file = save(&original, &Memo::default()).unwrap();
        assert_eq!(file, save(&original, &Memo::default()).unwrap());
        let content = content(&file);
        for secret in SECRETS {
            assert!(hide_find(&content, secret).is_none(), "`{secret}` is in the file");
        }
        let saved = load(&file).unwrap();
        assert_eq!(saved.plan, wanted.plan.digest);
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again = pool.install(|| evaluate(&saved.snapshot, &Memo::default()));
            assert_eq!(again.plan.digest, wanted.plan.digest);
            assert_eq!(again.diagnostics, wanted.diagnostics);
            let shown = format!("{again:?}");
            assert!(!SECRETS.iter().any(|secret| shown.contains(secret)));
        }
        let recorded: Vec<String> =
            saved.snapshot.recorded.keys().map(ToString::to_string).collect();
        assert_eq!(recorded, ["Kustomization/flux-system/apps", "HelmRelease/flux-system/web",]);
        // What is saved from a replay is the same file.
        assert_eq!(save(&saved.snapshot, &Memo::default()).unwrap(), file);
    }

    fn hide_find(bytes: &[u8], text: &str) -> Option<usize> {
        bytes.windows(text.len()).position(|window| window == text.as_bytes())
    }

    #[test]
    fn damaged_content_never_panics() {
        let content = content(&save(&snapshot(), &Memo::default()).unwrap());
        assert!(contents::read(&content).is_some());
        for end in 0..content.len() {
            assert!(contents::read(&content[..end]).is_none(), "cut off at {end}");
        }
        // Numbers of a fixed sequence, so that a failure can be repeated.
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..3000 {
            let mut changed = content.clone();
            for _ in 0..=next(3) {
                let index = next(changed.len());
                changed[index] = u8::try_from(next(256)).unwrap();
            }
            if let Some((snapshot, _)) = contents::read(&changed) {
                evaluate(&snapshot, &Memo::default());
            }
        }
    }
}
