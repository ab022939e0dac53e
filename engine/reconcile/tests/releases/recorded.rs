//! The recorded steps: HelmReleases, records and events after each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use weir_helm::record::{self, Record};
use weir_model::{Manifest, Source, Value};
use weir_reconcile::release::Status;

/// A record's place: the namespace of its Secret, its release and its revision.
pub(crate) type Place = (String, String, i64);

/// What was there after a step.
#[derive(Clone, Default)]
pub(crate) struct Step {
    /// The HelmReleases by name.
    pub(crate) releases: BTreeMap<String, (Manifest, Status)>,
    /// The records.
    pub(crate) records: BTreeMap<Place, Record>,
    /// How often each event was told by now, new ones in their order.
    pub(crate) events: Vec<Told>,
}

/// An event about a HelmRelease.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) release: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// The annotations; nothing for an event that was told before, as it kept its first ones.
    pub(crate) annotations: Option<Vec<(String, String)>>,
}

impl Told {
    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        let key = format!("helm.toolkit.fluxcd.io/{key}");
        let mut annotations = self.annotations.iter().flatten();
        annotations.find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}

/// Returns the folder of the scenarios, or says that the test is skipped.
pub(crate) fn scenarios() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let mut all = [named, Some(beside)].into_iter().flatten().map(|folder| folder.join("apply"));
    let found = all.find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
    }
    found
}

/// Reads the steps of a scenario.
pub(crate) fn steps(scenario: &Path) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut known: BTreeMap<Place, Record> = BTreeMap::new();
    let mut counts: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    for number in 1.. {
        let folder = scenario.join(format!("recorded/step{number}"));
        if !folder.is_dir() {
            break;
        }
        for path in list(&folder.join("helm")) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".b64") {
                let stored = std::fs::read_to_string(&path).unwrap();
                let stored = weir_model::decode_base64(&stored).unwrap();
                let record = record::decode(&stored).unwrap();
                let (namespace, _) = name.split_once("__").unwrap();
                known.insert(place(namespace, &record), record);
            }
        }
        let mut step = Step::default();
        for secret in documents(&folder.join("secrets.yaml")) {
            let (Some(name), Some(namespace)) = (Some(secret.name()), secret.namespace()) else {
                continue;
            };
            if let Some((place, record)) = known.iter().find(|((at, release, version), _)| {
                at == namespace && record::secret_name(release, *version) == name
            }) {
                step.records.insert(place.clone(), record.clone());
            }
        }
        for release in documents(&folder.join("helmreleases.yaml")) {
            let status = Status::read(release.value().get("status"));
            step.releases.insert(release.name().to_owned(), (release, status));
        }
        step.events = events(&folder.join("events.yaml"), &mut counts);
        steps.push(step);
    }
    steps
}

pub(crate) fn place(namespace: &str, record: &Record) -> Place {
    (namespace.to_owned(), record.name.clone(), record.version)
}

pub(crate) fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn documents(path: &Path) -> Vec<Manifest> {
    let text = std::fs::read(path).unwrap_or_default();
    // The recorder's YAML leaves a `y` that is a text bare.
    let nodes = weir_yaml::parse(&text, Source::default()).unwrap();
    let values = nodes.iter().map(|node| weir_yaml::to_value(node).unwrap());
    values.filter_map(|value| Manifest::new(value).ok()).collect()
}

/// Reads the new events of actions; one that was told again counts as often as it was.
fn events(path: &Path, counts: &mut BTreeMap<(String, String, String), i64>) -> Vec<Told> {
    let text = std::fs::read(path).unwrap_or_default();
    let all = weir_yaml::read_value_exact(&text, Source::default()).unwrap();
    let mut told = Vec::new();
    for event in all.as_list().unwrap_or_default() {
        let text = |key| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let reason = text("reason");
        let object = text("object");
        let is_action =
            ["Succeeded", "Failed", "PendingRelease", "DriftDetected", "DriftCorrected"]
                .iter()
                .any(|end| reason.ends_with(end));
        if !object.starts_with("helm.toolkit.fluxcd.io/v2 HelmRelease ") || !is_action {
            continue;
        }
        let release = object.rsplit('/').next().unwrap_or_default().to_owned();
        let count = event.get("count").and_then(Value::as_int).unwrap_or(1);
        let key = (release.clone(), reason.clone(), text("message"));
        let before = counts.insert(key, count).filter(|before| *before < count).unwrap_or_default();
        let mut annotations: Vec<(String, String)> = Vec::new();
        for (key, value) in event
            .get("annotations")
            .and_then(Value::as_map)
            .into_iter()
            .flat_map(weir_model::Map::iter)
        {
            annotations.push((key.to_string(), value.as_str().unwrap_or_default().to_owned()));
        }
        let message = text("message");
        let annotations = (before == 0).then_some(annotations);
        let event = Told { release, reason, message, annotations };
        told.extend(std::iter::repeat_n(event, usize::try_from(count - before).unwrap()));
    }
    told
}
