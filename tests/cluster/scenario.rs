//! Replays a recorded scenario: its commands, weir in the place of kustomize-controller, and the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLockWriteGuard};

use tempfile::TempDir;
use weir_model::{Data, Map, Value};

use crate::api::{Api, documents, text};
use crate::normalise::normalise;
use crate::releases::{compare, compare_events, set_pending};
use crate::server::ENTRY;

/// Kinds whose objects are not compared: weir has no source-controller, and applies Kustomizations as part of the entry.
const NOT_COMPARED: &[&str] = &[
    "events",
    "gitrepositories",
    "helmcharts",
    "helmreleases",
    "helmrepositories",
    "kustomizations",
    "namespaces",
];

/// A scenario that is under way.
pub struct Scenario<'a> {
    api: &'a Api,
    folder: PathBuf,
    /// The repository: `entry/` holds the Flux objects, the rest is the scenario's own.
    repository: TempDir,
    /// The Flux objects by kind, namespace and name.
    flux: BTreeMap<(String, String, String), Value>,
    _entry: RwLockWriteGuard<'static, ()>,
}

/// How a step ended.
pub struct Step {
    pub name: String,
    /// What differs; nothing when all is equal.
    pub differences: Vec<String>,
}

impl<'a> Scenario<'a> {
    /// Prepares a scenario.
    pub fn new(api: &'a Api, folder: &Path) -> Self {
        let scenario = Self {
            api,
            folder: folder.to_owned(),
            repository: tempfile::tempdir().expect("a scratch folder"),
            flux: BTreeMap::new(),
            _entry: ENTRY.write().unwrap_or_else(PoisonError::into_inner),
        };
        let prefix = scenario.prefix();
        for namespace in [prefix.as_str(), "flux-system"] {
            let object =
                format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}");
            api.apply(&documents(&object)[0], "weir-tests");
        }
        // The entry records what it has applied there, so that a Kustomization that goes is noticed.
        let entry = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: flux-system, namespace: flux-system}, spec: {prune: true, interval: 1h, path: ./entry}}";
        if let Some(path) = api.path_of(
            "kustomize.toolkit.fluxcd.io",
            "Kustomization",
            "flux-system",
            "flux-system",
        ) {
            api.delete(&path);
        }
        api.apply(&documents(entry)[0], "weir-tests");
        scenario
    }

    /// The scenario's short name, with which all its names begin.
    fn prefix(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        name.split('-').next().unwrap_or_default().to_owned()
    }

    /// Replays all steps.
    pub fn run(mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut plurals: BTreeSet<String> = BTreeSet::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for number in 1.. {
            let input = self.folder.join(format!("input/step{number}"));
            if !input.is_dir() {
                break;
            }
            let output = self.step(&input);
            let recorded = self.folder.join(format!("recorded/step{number}"));
            let mut differences = self.compare(&recorded, &mut plurals);
            if self.prefix().starts_with('b') {
                let prefix = self.prefix();
                differences.extend(compare_events(self.api, &recorded, &prefix, &mut seen));
            }
            if !differences.is_empty() {
                differences.push(format!("weir said: {output}"));
            }
            steps.push(Step { name: format!("step{number}"), differences });
        }
        self.clean_up();
        steps
    }

    /// Takes a step, and returns what weir said.
    fn step(&mut self, input: &Path) -> String {
        let is_commit = input.join("git").is_dir() || input.join("git-deleted.txt").is_file();
        copy(&input.join("git"), self.repository.path());
        for path in fs::read_to_string(input.join("git-deleted.txt")).unwrap_or_default().lines() {
            fs::remove_file(self.repository.path().join(path)).ok();
        }
        let mut touched = BTreeSet::new();
        let commands = fs::read_to_string(input.join("commands.txt")).unwrap_or_default();
        for (command, stdin) in split(&commands) {
            // Who changes a Kustomization is answered before the next command comes.
            if !is_commit && !touched.is_empty() && changes_another_object(&command) {
                self.apply(false, &std::mem::take(&mut touched));
            }
            self.command(input, &command, &stdin, &mut touched);
        }
        self.apply(is_commit, &touched)
    }

    fn command(
        &mut self,
        input: &Path,
        command: &str,
        stdin: &str,
        touched: &mut BTreeSet<String>,
    ) {
        if let Some(rest) = command.strip_prefix("server-side apply of ") {
            let (file, rest) = rest.split_once(", fieldManager=").expect("a manager");
            let manager = rest.split(',').next().unwrap_or_default();
            let text_of_file = fs::read_to_string(input.join(file)).expect("the file is there");
            for mut object in plain_documents(&text_of_file) {
                if text(&object, &["metadata", "namespace"]).is_empty()
                    && let Some(metadata) = object
                        .as_map_mut()
                        .and_then(|map| map.get_mut("metadata"))
                        .and_then(Value::as_map_mut)
                {
                    metadata.insert("namespace", self.prefix().as_str().into());
                }
                if is_flux(&object) {
                    let name = text(&object, &["metadata", "name"]).to_owned();
                    hurry(&mut object);
                    touched.insert(name.clone());
                    let namespace = text(&object, &["metadata", "namespace"]).to_owned();
                    self.flux
                        .insert((text(&object, &["kind"]).to_owned(), namespace, name), object);
                } else {
                    self.api.apply(&object, manager);
                }
            }
        } else if let Some(rest) = command.strip_prefix("patch ") {
            let (target, body) = rest.split_once("): ").expect("a patch");
            let target = target.split(" (").next().unwrap_or_default();
            self.patch(target, body, touched);
        } else if let Some(rest) = command.strip_prefix("annotate Kustomization ") {
            touched.insert(rest.split(':').next().unwrap_or_default().to_owned());
        } else if let Some(rest) = command.strip_prefix("annotate HelmRelease ") {
            let (name, annotations) = rest.split_once(": ").expect("annotations");
            let annotations = annotations.trim_end_matches(" (merge patch)");
            let body = format!("{{\"metadata\": {{\"annotations\": {annotations}}}}}");
            self.patch(&format!("HelmRelease {}/{name}", self.prefix()), &body, touched);
        } else if let Some(rest) = command.strip_prefix("release Secret ") {
            // What was changed before is applied before.
            self.apply(false, touched);
            touched.clear();
            let (revision, status) = rest.split_once(": ").expect("a status");
            let status = status.rsplit(' ').next().unwrap_or_default();
            set_pending(self.api, &self.prefix(), revision, status);
        } else if let Some(target) = command.strip_prefix("delete ") {
            let (kind, namespace, name) = parts(target);
            if self.flux.remove(&(kind.clone(), namespace.clone(), name.clone())).is_none()
                && let Some(path) = self.api.path_of("", &kind, &namespace, &name)
            {
                self.api.delete(&path);
            }
        } else if let Some(line) = command.strip_prefix("$ ") {
            if self
                .flux
                .keys()
                .any(|(kind, _, name)| kind == "HelmRelease" && touched.contains(name))
            {
                self.apply(false, touched);
                touched.clear();
            }
            let helm =
                |name: &str| std::env::var(name).unwrap_or_else(|_| "missing-helm".to_owned());
            let line = line
                .replace("helm-v3", &helm("HELM3"))
                .replace("helm-v4", &helm("HELM4"))
                .replace("   < (stdin)", "");
            self.api.shell(input, &line, stdin);
        }
    }

    fn patch(&mut self, target: &str, body: &str, touched: &mut BTreeSet<String>) {
        let (kind, namespace, name) = parts(target);
        if kind == "Kustomization" || kind == "HelmRelease" {
            touched.insert(name.clone());
            let patch = documents(body).remove(0);
            if let Some(path) = self.api.path_of(group(&kind), &kind, &namespace, &name) {
                self.api.merge(&path, body).ok();
            }
            if let Some(object) = self.flux.get_mut(&(kind, namespace, name)) {
                merge(object, &patch);
            }
        } else if let Some(path) = self.api.path_of("", &kind, &namespace, &name) {
            self.api.merge(&path, body).ok();
        }
    }

    /// Applies what the recorder's controllers would have applied.
    fn apply(&self, is_commit: bool, touched: &BTreeSet<String>) -> String {
        let entry = self.repository.path().join("entry");
        fs::remove_dir_all(&entry).ok();
        fs::create_dir_all(&entry).expect("a folder");
        for (number, object) in self.flux.values().enumerate() {
            let file = entry.join(format!("{number}.yaml"));
            fs::write(file, weir_yaml::to_yaml(object)).expect("the file can be written");
        }
        let folder = self.repository.path().to_str().expect("a plain path");
        let mut arguments = vec!["apply".to_owned(), folder.to_owned()];
        arguments.extend(["--path", "entry", "--yes", "--strict-substitute"].map(str::to_owned));
        arguments.extend(
            ["--allow", "own-namespace,own-identity,definitions,storage,many,unknown"]
                .map(str::to_owned),
        );
        arguments.extend(["--unit", "Kustomization/flux-system/flux-system"].map(str::to_owned));
        for (kind, namespace, name) in self.flux.keys() {
            if kind == "GitRepository" {
                arguments.push("--source".to_owned());
                arguments.push(format!("GitRepository/{namespace}/{name}={folder}"));
            } else if matches!(kind.as_str(), "Kustomization" | "HelmRelease")
                && (is_commit || touched.contains(name) || self.depends(kind, namespace, name))
            {
                arguments.push("--unit".to_owned());
                arguments.push(format!("{kind}/{namespace}/{name}"));
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = self.api.weir(self.repository.path(), &arguments);
        let said =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        said.join("\n")
    }

    /// Tells whether a Kustomization depends on others: it is tried again by itself.
    fn depends(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.flux.get(&key).is_some_and(|it| it.pointer(&["spec", "dependsOn"]).is_some())
    }

    /// Compares what is in the cluster with what was recorded.
    fn compare(&self, recorded: &Path, plurals: &mut BTreeSet<String>) -> Vec<String> {
        let mut differences = Vec::new();
        let mut files: Vec<PathBuf> = fs::read_dir(recorded)
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| file.path())
            .collect();
        files.sort();
        let mut expected: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "yaml")) {
            let plural = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(file).expect("the file is there");
            expected.insert(plural, plain_documents(&text));
        }
        plurals.extend(expected.keys().cloned());
        let empty = Vec::new();
        for plural in plurals.iter().filter(|plural| !NOT_COMPARED.contains(&plural.as_str())) {
            // Pods of a Deployment have names of their own.
            let wanted: Vec<Value> = expected
                .get(plural)
                .unwrap_or(&empty)
                .iter()
                .filter(|object| {
                    plural != "pods" || object.pointer(&["metadata", "ownerReferences"]).is_none()
                })
                .cloned()
                .collect();
            let wanted = keyed(&wanted);
            let there = keyed(&self.live(plural));
            for name in wanted.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
                match (wanted.get(name), there.get(name)) {
                    (Some(_), None) => differences.push(format!("{plural} {name} is missing")),
                    (None, Some(_)) => differences.push(format!("{plural} {name} should be gone")),
                    (Some(wanted), Some(there)) => {
                        let (wanted, there) = (normalise(wanted), normalise(there));
                        if wanted != there {
                            differences.push(format!(
                                "{plural} {name}: {}",
                                first_difference(&wanted, &there, "")
                            ));
                        }
                    }
                    (None, None) => {}
                }
            }
        }
        for wanted in expected.get("kustomizations").unwrap_or(&empty) {
            let (namespace, name) =
                (text(wanted, &["metadata", "namespace"]), text(wanted, &["metadata", "name"]));
            let path =
                self.api.path_of("kustomize.toolkit.fluxcd.io", "Kustomization", namespace, name);
            let there = path.and_then(|path| self.api.get(&path)).unwrap_or_default();
            let inventory = |object: &Value| {
                let entries = object.pointer(&["status", "inventory", "entries"]);
                let mut ids: Vec<String> = entries
                    .and_then(Value::as_list)
                    .unwrap_or_default()
                    .iter()
                    .map(weir_yaml::json::write)
                    .collect();
                ids.sort();
                ids
            };
            let (wanted, there) = (inventory(wanted), inventory(&there));
            if wanted != there {
                differences
                    .push(format!("inventory of {name}: {wanted:?}, but there is {there:?}"));
            }
        }
        let releases = expected.get("helmreleases").unwrap_or(&empty);
        differences.extend(compare(self.api, recorded, &self.live("secrets"), releases));
        differences
    }

    /// Returns the scenario's objects of a kind.
    fn live(&self, plural: &str) -> Vec<Value> {
        let resources = self.api.resources();
        let Some(resource) = resources.all().find(|resource| resource.plural == plural) else {
            return Vec::new();
        };
        let prefix = self.prefix();
        let is_ours = |object: &Value| {
            let namespace = text(object, &["metadata", "namespace"]);
            let name = text(object, &["metadata", "name"]);
            let owner = if namespace.is_empty() { name } else { namespace };
            let is_named = owner == prefix
                || owner.starts_with(&format!("{prefix}-"))
                || (namespace.is_empty() && name.contains(&prefix));
            is_named
                && name != "kube-root-ca.crt"
                && !(plural == "pods" && object.pointer(&["metadata", "ownerReferences"]).is_some())
                && !(plural == "serviceaccounts" && name == "default")
        };
        self.api.list(&resource.path(None)).into_iter().filter(is_ours).collect()
    }

    /// Leaves nothing that a later scenario could trip over.
    fn clean_up(&self) {
        let entry =
            ("Kustomization".to_owned(), "flux-system".to_owned(), "flux-system".to_owned());
        for (kind, namespace, name) in self.flux.keys().chain([&entry]) {
            if let Some(path) = self.api.path_of(group(kind), kind, namespace, name) {
                self.api.delete(&path);
            }
        }
    }
}

fn is_flux(object: &Value) -> bool {
    matches!(text(object, &["kind"]), "Kustomization" | "GitRepository" | "HelmRelease")
}

/// Shortens how long a release that never becomes ready is waited for.
fn hurry(object: &mut Value) {
    if text(object, &["spec", "timeout"]) == "9s"
        && let Some(spec) = object.as_map_mut().and_then(|map| map.get_mut("spec")?.as_map_mut())
    {
        spec.insert("timeout", "4s".into());
    }
}

/// Returns the API group of one of Flux's kinds.
fn group(kind: &str) -> &'static str {
    match kind {
        "Kustomization" => "kustomize.toolkit.fluxcd.io",
        "HelmRelease" => "helm.toolkit.fluxcd.io",
        _ => "source.toolkit.fluxcd.io",
    }
}

fn changes_another_object(command: &str) -> bool {
    command.strip_prefix("patch ").is_some_and(|target| !target.starts_with("Kustomization "))
}

/// Reads the recorder's own files: `y` is a text there.
fn plain_documents(text: &str) -> Vec<Value> {
    let nodes =
        weir_yaml::parse(text.as_bytes(), weir_model::Source::default()).expect("good YAML");
    nodes.iter().map(|node| weir_yaml::to_value(node).expect("good YAML")).collect()
}

/// Reads `Kind namespace/name`.
fn parts(target: &str) -> (String, String, String) {
    let (kind, rest) = target.trim().split_once(' ').unwrap_or((target, ""));
    let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
    (kind.to_owned(), namespace.to_owned(), name.to_owned())
}

/// Splits a list of commands into each with its standard input.
fn split(commands: &str) -> Vec<(String, String)> {
    let starts = [
        "server-side apply",
        "release Secret ",
        "annotate ",
        "patch ",
        "delete ",
        "$ ",
        "SSA ",
        "->",
    ];
    let mut found: Vec<(String, String)> = Vec::new();
    for line in commands.lines() {
        if starts.iter().any(|start| line.starts_with(start)) {
            found.push((line.to_owned(), String::new()));
        } else if let Some((_, stdin)) = found.last_mut() {
            stdin.push_str(line);
            stdin.push('\n');
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).expect("a file"))
                .expect("the file can be written");
        }
    }
}

/// Merges as a JSON merge patch does.
fn merge(into: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_map() else {
        *into = patch.clone();
        return;
    };
    if into.as_map().is_none() {
        *into = Value::map(Map::new());
    }
    let Some(map) = into.as_map_mut() else { return };
    for (key, value) in patch.iter() {
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key), value);
        }
    }
}

fn keyed(objects: &[Value]) -> BTreeMap<String, Value> {
    objects
        .iter()
        .map(|object| {
            let name =
                [text(object, &["metadata", "namespace"]), text(object, &["metadata", "name"])];
            (name.join("/"), object.clone())
        })
        .collect()
}

fn first_difference(wanted: &Value, there: &Value, path: &str) -> String {
    match (&wanted.data, &there.data) {
        (Data::Map(a), Data::Map(b)) => {
            for key in a.keys().chain(b.keys()) {
                let (a, b) = (a.get(key), b.get(key));
                if a != b {
                    let null = Value::null();
                    return first_difference(
                        a.unwrap_or(&null),
                        b.unwrap_or(&null),
                        &format!("{path}.{key}"),
                    );
                }
            }
        }
        (Data::List(a), Data::List(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                if a != b {
                    return first_difference(a, b, &format!("{path}[{at}]"));
                }
            }
        }
        _ => {}
    }
    format!("{path} is {}, not {}", weir_yaml::json::write(there), weir_yaml::json::write(wanted))
}
