//! The revisions that helm-controller recorded in a real cluster, rendered again from the repository and the HelmRelease of
//! the step: the records must be the same bytes, but for times and the results of hooks.
//!
//! They lie in `../shared/conformance/apply`, or where `WEIR_CONFORMANCE` says; without them the test says that it is
//! skipped, and passes.

#![expect(clippy::disallowed_methods, reason = "the recorded files are read from the disk")]
#![expect(clippy::unwrap_used, reason = "a test stops at what is broken")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_evaluate::{
    Answer, ClusterFacts, Demand, HelmChartDemand, Memo, Occasion, Releases, Snapshot, Unavailable,
};
use weir_helm::HelmVersion;
use weir_helm::record::{self, Info, Record};
use weir_model::{
    Artifact, Blob, Manifest, Map, ObjectId, Revision, Source, TreeBuilder, TreePath, Value,
};
use weir_plan::{UnitId, UnitKind};

/// How many revisions are rendered as they were recorded.
const RIGHT: usize = 85;

#[test]
fn revisions_are_rendered_as_they_were_recorded() {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let mut all = [named, Some(beside)].into_iter().flatten().map(|folder| folder.join("apply"));
    let Some(folder) = all.find(|folder| folder.is_dir()) else {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
        return;
    };
    let (mut right, mut all) = (0, 0);
    for scenario in list(&folder) {
        let mut files = Files::new();
        // A chart is packed anew only when its version changes.
        let mut packed = Files::new();
        let mut seen = BTreeSet::new();
        for number in 1.. {
            let (input, after) = (
                scenario.join(format!("input/step{number}")),
                scenario.join(format!("recorded/step{number}")),
            );
            if !after.is_dir() {
                break;
            }
            take(&input.join("git"), &input.join("git"), &mut files);
            let deleted =
                std::fs::read_to_string(input.join("git-deleted.txt")).unwrap_or_default();
            deleted.lines().for_each(|path| drop(files.remove(Path::new(path))));
            if version(&files) != version(&packed) {
                packed.clone_from(&files);
            }
            let charts = scenario.join("input/step1/charts");
            let step = Step { files: &packed, charts: &charts, after: &after };
            for path in list(&after.join("helm")) {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if !name.ends_with(".b64") || !seen.insert(name.clone()) {
                    continue;
                }
                let stored = std::fs::read_to_string(&path).unwrap();
                let stored = weir_model::decode_base64(&stored).unwrap();
                let recorded = record::decode(&stored).unwrap();
                let is_ours = recorded.manifest.contains("helm.toolkit.fluxcd.io/name");
                if !is_ours || recorded.info.description.starts_with("Rollback") {
                    continue;
                }
                all += 1;
                // Where values changed twice in a step, only the last are in the HelmRelease.
                match step.made(&recorded, false).or_else(|_| step.made(&recorded, true)) {
                    Ok(()) => right += 1,
                    Err(why) => {
                        let scenario = scenario.file_name().unwrap().to_string_lossy();
                        println!("{scenario} step {number} {name}: {why}");
                    }
                }
            }
        }
    }
    println!("revisions: {right} of {all} are rendered as they were recorded");
    assert!(right >= RIGHT, "{right} are rendered as recorded, but {RIGHT} were before");
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn version(files: &Files) -> Vec<&[u8]> {
    let charts = files.iter().filter(|(path, _)| path.ends_with("Chart.yaml"));
    charts.map(|(_, content)| content.as_slice()).collect()
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// Takes up the files of a folder.
fn take(root: &Path, folder: &Path, files: &mut Files) {
    for path in list(folder) {
        if path.is_dir() {
            take(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

fn objects(path: &Path) -> Vec<Manifest> {
    let text = std::fs::read(path).unwrap_or_default();
    let nodes = weir_yaml::parse(&text, Source::default()).unwrap();
    let values = nodes.iter().map(|node| weir_yaml::to_value(node).unwrap());
    values.filter_map(|value| Manifest::new(value).ok()).collect()
}

/// What a step had and left.
struct Step<'a> {
    /// The repository.
    files: &'a Files,
    /// The charts in a registry, by version.
    charts: &'a Path,
    /// What was recorded.
    after: &'a Path,
}

impl Step<'_> {
    /// Renders a revision, and compares; with the recorded values, or with those of the HelmRelease. The error shows where the
    /// two begin to differ.
    fn made(&self, recorded: &Record, with_values: bool) -> Result<(), String> {
        let label = |key: &str| {
            let line = recorded.manifest.lines().find_map(|line| {
                line.trim().strip_prefix(&format!("helm.toolkit.fluxcd.io/{key}: "))
            });
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let (name, namespace) = (label("name"), label("namespace"));
        let mut release = objects(&self.after.join("helmreleases.yaml"))
            .into_iter()
            .find(|release| release.name() == name)
            .ok_or("its HelmRelease is gone")?;
        if with_values {
            let mut value = release.into_value();
            let spec = value.as_map_mut().and_then(|map| map.get_mut("spec")?.as_map_mut());
            spec.ok_or("it has no spec")?.insert("values", recorded.config.clone());
            release = Manifest::new(value).unwrap();
        }
        let snapshot = self.snapshot(&release, &namespace);
        let memo = Memo::default();
        let releases = Releases::new(&snapshot, &memo);
        let unit = UnitId {
            kind: UnitKind::HelmRelease,
            namespace: namespace.as_str().into(),
            name: name.as_str().into(),
        };
        let input = releases.get(&unit).ok_or("it has no inputs")?;
        // An installation is rendered as revision 1.
        let is_upgrade = recorded.info.first_deployed != recorded.info.last_deployed;
        let occasion = Occasion {
            revision: if is_upgrade { recorded.version } else { 1 },
            is_upgrade,
            entropy: [0; 32],
            now: 0,
            objects: Arc::default(),
            capabilities: None,
        };
        let content = input.content(&occasion);
        let content = content.value.ok_or_else(|| format!("{:?}", content.diagnostics))?;
        let made = input.installation(&content)?;
        let method = recorded.apply_method.unwrap_or(record::ApplyMethod::Client);
        let made = Record::install(
            &*recorded.name,
            &*recorded.namespace,
            made,
            method,
            recorded.info.last_deployed.as_ref().unwrap(),
        );
        let mut made = Record {
            info: Info { notes: made.info.notes, ..recorded.info.clone() },
            version: recorded.version,
            ..made
        };
        // Another Helm may have written the record again.
        made.apply_method = recorded.apply_method;
        for (hook, was) in made.hooks.iter_mut().zip(&recorded.hooks) {
            hook.last_run = was.last_run.clone();
            if hook.delete_policies.is_empty() && hook.last_run.started_at.is_some() {
                hook.delete_policies.clone_from(&was.delete_policies);
            }
        }
        let mut recorded = recorded.clone();
        let chart = Arc::make_mut(&mut recorded.chart);
        chart.modified = None;
        chart.schema_modified = None;
        let files = chart.templates.iter_mut().chain(&mut chart.files).flatten();
        files.for_each(|file| file.modified = None);
        let (is, was) =
            (record::json(&made, HelmVersion::V4), record::json(&recorded, HelmVersion::V4));
        if is == was {
            return Ok(());
        }
        let at = is.bytes().zip(was.bytes()).position(|(a, b)| a != b).unwrap_or_default();
        let around = |text: &str| {
            let bytes = text.as_bytes();
            let part = bytes.get(at.saturating_sub(80)..(at + 80).min(bytes.len()));
            String::from_utf8_lossy(part.unwrap_or_default()).into_owned()
        };
        Err(format!("\n  is  {}\n  was {}", around(&is), around(&was)))
    }

    /// Returns a version of the chart in the registry.
    fn packed(&self, version: &str, revision: &str) -> Artifact {
        let mut tree = TreeBuilder::default();
        let mut files = Files::new();
        let folder = self.charts.join(version);
        take(&folder, &folder, &mut files);
        for (path, content) in files {
            tree.insert(TreePath::parse(&path.to_string_lossy()).unwrap(), Blob::new(content));
        }
        Artifact { revision: Revision(revision.into()), tree: Arc::new(tree.finish()) }
    }

    /// Makes a snapshot of the repository, the HelmRelease and what its values are from.
    fn snapshot(&self, release: &Manifest, namespace: &str) -> Snapshot {
        let mut entry = TreeBuilder::default();
        let mut add = |name: &str, manifest: &Manifest| {
            let text = weir_yaml::to_yaml(&bare(manifest));
            entry.insert(TreePath::parse(name).unwrap(), Blob::new(text.into_bytes()));
        };
        add("entry/release.yaml", release);
        let repositories = objects(&self.after.join("helmrepositories.yaml"));
        for repository in &repositories {
            add(&format!("entry/{}.yaml", repository.name()), repository);
        }
        let mut charts = TreeBuilder::default();
        for (path, content) in self.files {
            charts.insert(
                TreePath::parse(&path.to_string_lossy()).unwrap(),
                Blob::new(content.clone()),
            );
        }
        let charts =
            Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(charts.finish()) };
        let mut answers: BTreeMap<Demand, Result<Answer, Unavailable>> = BTreeMap::new();
        let all = ["configmaps.yaml", "secrets.yaml"].map(|name| objects(&self.after.join(name)));
        for object in all.into_iter().flatten() {
            if !object.name().starts_with("sh.helm.release") {
                let id = object.id().clone();
                answers.insert(Demand::Object(id), Ok(Answer::Object(Arc::new(object))));
            }
        }
        let references = release.spec().and_then(|spec| spec.get("valuesFrom")?.as_list());
        for reference in references.unwrap_or_default() {
            let text = |key| reference.get(key).and_then(Value::as_str).unwrap_or_default();
            let id = ObjectId::new("", text("kind"), Some(namespace), text("name"));
            let why = Unavailable { message: "not found".to_owned(), hints: Vec::new() };
            answers.entry(Demand::Object(id)).or_insert(Err(why));
        }
        for repository in repositories {
            let text = |path: &[&str]| {
                release.value().pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let spec = repository.spec().unwrap();
            let demand = Demand::HelmChart(HelmChartDemand {
                repository: spec.get("url").and_then(Value::as_str).unwrap().to_owned(),
                chart: text(&["spec", "chart", "spec", "chart"]),
                version: text(&["spec", "chart", "spec", "version"]),
                insecure: spec.get("insecure").and_then(Value::as_bool).unwrap_or_default(),
            });
            let version = text(&["status", "lastAttemptedRevision"]);
            answers.insert(demand, Ok(Answer::Files(self.packed(&version, &version))));
        }
        let group = "source.toolkit.fluxcd.io";
        let git = ObjectId::new(group, "GitRepository", Some(namespace), "src");
        let mut sources = BTreeMap::from([(git, charts)]);
        for source in objects(&self.after.join("ocirepositories.yaml")) {
            let revision = source.value().pointer(&["status", "artifact", "revision"]);
            let Some(revision) = revision.and_then(Value::as_str) else { continue };
            let artifact = self.packed(revision.split('@').next().unwrap(), revision);
            sources.insert(
                ObjectId::new(group, "OCIRepository", Some(namespace), source.name()),
                artifact,
            );
        }
        let root =
            Artifact { revision: Revision("main@sha1:0".into()), tree: Arc::new(entry.finish()) };
        Snapshot {
            answers,
            sources,
            cluster: ClusterFacts { kube_version: "v1.36.3".into(), ..ClusterFacts::default() }
                .into(),
            ..Snapshot::new(root, TreePath::parse("entry").unwrap())
        }
    }
}

/// Leaves of an object what a repository has.
fn bare(manifest: &Manifest) -> Value {
    let metadata: Map = ["name", "namespace"]
        .into_iter()
        .filter_map(|key| Some((key.into(), manifest.value().pointer(&["metadata", key])?.clone())))
        .collect();
    let mut value: Map = ["apiVersion", "kind", "spec"]
        .into_iter()
        .filter_map(|key| Some((key.into(), manifest.value().get(key)?.clone())))
        .collect();
    value.insert("metadata", Value::map(metadata));
    Value::map(value)
}
