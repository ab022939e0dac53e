//! From files to a chart, in Helm's order and with Helm's refusals.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use weir_model::{Blob, Diagnostic, Origin, SmolStr, Source, Tree, TreePath, Value, Warned};

use super::archive::{Budget, unpack, without_mark};
use super::ignore::Rules;
use super::{Chart, Content, File, Metadata, Values};
use crate::record::Lock;
use crate::{HelmVersion, values};

/// How deep charts may lie in charts.
const DEPTH: u32 = 32;

/// Reads a chart's folder.
pub(super) fn from_tree(tree: &Tree, helm: HelmVersion) -> Warned<Option<Chart>> {
    let mut loader = Loader::new(helm);
    let loaded = kept_files(tree).and_then(|files| loader.load(files, 0));
    loader.finish(loaded)
}

/// Reads a packed chart.
pub(super) fn from_archive(bytes: &[u8], helm: HelmVersion) -> Warned<Option<Chart>> {
    let mut loader = Loader::new(helm);
    let loaded = unpack(bytes, &mut loader.budget).and_then(|files| loader.load(files, 0));
    loader.finish(loaded)
}

fn kept_files(tree: &Tree) -> Result<Vec<File>, String> {
    let ignore = TreePath::parse(".helmignore").ok().and_then(|path| tree.file(&path));
    let rules = Rules::parse(
        &ignore.map(|blob| String::from_utf8_lossy(blob.bytes())).unwrap_or_default(),
    )?;
    let file = |path: &TreePath| {
        let content = tree.file(path)?;
        let marked = content.bytes().starts_with(b"\xef\xbb\xbf");
        let content = if marked { without_mark(content.bytes()) } else { content.clone() };
        Some(File { name: path.as_str().into(), content })
    };
    Ok(rules.keep(tree).into_iter().filter_map(file).collect())
}

struct Loader {
    helm: HelmVersion,
    budget: Budget,
    diagnostics: Vec<Diagnostic>,
}

impl Loader {
    fn new(helm: HelmVersion) -> Self {
        Self { helm, budget: Budget::new(), diagnostics: Vec::new() }
    }

    fn finish(mut self, loaded: Result<Chart, String>) -> Warned<Option<Chart>> {
        let value = loaded
            .map_err(|message| self.diagnostics.push(Diagnostic::error("helm-chart", message)))
            .ok();
        Warned { value, diagnostics: self.diagnostics }
    }

    fn load(&mut self, files: Vec<File>, depth: u32) -> Result<Chart, String> {
        if depth > DEPTH {
            return Err(format!("charts lie more than {DEPTH} deep in charts"));
        }
        let mut metadata = read_metadata(&files, self.helm)?;
        let source = |name: &str| {
            let chart = metadata.as_ref().map_or("", |metadata| metadata.name.as_str());
            Source::named(&format!("{chart}/{name}"))
        };
        let values_source = source("values.yaml");
        let mut content = Content {
            metadata: Metadata::default(),
            lock: None,
            has_values: false,
            values: Values { first: values::empty(), merged: None },
            schema: None,
            templates: Vec::new(),
            files: Vec::new(),
            dependencies: Vec::new(),
            parsed: Mutex::default(),
            compiled: OnceLock::new(),
            definitions: Mutex::default(),
        };
        let mut inner: BTreeMap<SmolStr, Vec<File>> = BTreeMap::new();
        for file in files {
            match file.name.as_str() {
                "Chart.yaml" => {}
                "Chart.lock" => {
                    content.lock = lock(&read(&file, "Chart.lock")?);
                }
                "values.yaml" => {
                    self.budget.values(file.content.bytes().len())?;
                    content.has_values = true;
                    content.values = self.values(&file.content, values_source)?;
                }
                "values.schema.json" => content.schema = Some(file.content),
                "requirements.yaml" | "requirements.lock" => {
                    let metadata = metadata.get_or_insert_default();
                    let document = read(&file, &file.name)?;
                    if file.name == "requirements.lock" {
                        content.lock = lock(&document);
                    } else {
                        metadata
                            .read(&document, self.helm)
                            .map_err(|error| format!("cannot load requirements.yaml: {error}"))?;
                    }
                    if metadata.api_version == "v1" {
                        content.files.push(file);
                    } else {
                        self.diagnostics.push(outdated(&metadata.name, &file.name));
                    }
                }
                name if name.starts_with("templates/") => content.templates.push(file),
                name => match name.strip_prefix("charts/") {
                    Some(below) if !below.ends_with(".prov") => {
                        let folder = below.split('/').next().unwrap_or_default();
                        let file = File { name: below.into(), content: file.content };
                        inner.entry(folder.into()).or_default().push(file);
                    }
                    _ => content.files.push(file),
                },
            }
        }
        let Some(mut metadata) = metadata else {
            return Err("Chart.yaml file is missing".to_owned());
        };
        metadata.validate()?;
        for (name, files) in inner {
            if !name.starts_with(['_', '.']) {
                let chart = self.inner(&metadata.name, &name, files, depth)?;
                content.dependencies.push(chart);
            }
        }
        content.metadata = metadata;
        Ok(Chart(Arc::new(content)))
    }

    /// Reads a chart inside another: a packed one or a folder.
    fn inner(
        &mut self,
        parent: &str,
        name: &str,
        files: Vec<File>,
        depth: u32,
    ) -> Result<Chart, String> {
        let loaded = if name.ends_with(".tgz") {
            let Some(file) = files.first().filter(|file| file.name == name) else {
                let got = files.first().map_or("", |file| file.name.as_str());
                return Err(format!(
                    "error unpacking subchart tar in {parent}: expected {name}, got {got}"
                ));
            };
            unpack(file.content.bytes(), &mut self.budget)
        } else {
            let below = |file: File| {
                let (_, name) = file.name.split_once('/')?;
                Some(File { name: name.into(), content: file.content })
            };
            Ok(files.into_iter().filter_map(below).collect())
        };
        loaded
            .and_then(|files| self.load(files, depth + 1))
            .map_err(|error| format!("error unpacking subchart {name} in {parent}: {error}"))
    }

    fn values(&self, content: &Blob, source: Source) -> Result<Values, String> {
        let wrong = |error| format!("cannot load values.yaml: {error}");
        let read = |helm| values::read_from(content.bytes(), source, helm).map_err(wrong);
        // Most files hold one document, and then both Helms read the same.
        if !content.text().is_some_and(|text| text.contains("\n---")) {
            return Ok(Values { first: read(self.helm)?, merged: None });
        }
        match self.helm {
            HelmVersion::V3 => {
                Ok(Values { first: read(HelmVersion::V3)?, merged: read(HelmVersion::V4).ok() })
            }
            HelmVersion::V4 => {
                let merged = read(HelmVersion::V4)?;
                let first = read(HelmVersion::V3).unwrap_or_else(|_| merged.clone());
                Ok(Values { first, merged: Some(merged) })
            }
        }
    }
}

fn read_metadata(files: &[File], helm: HelmVersion) -> Result<Option<Metadata>, String> {
    let Some(file) = files.iter().find(|file| file.name == "Chart.yaml") else { return Ok(None) };
    let mut metadata = Metadata::default();
    let document = read(file, "Chart.yaml")?;
    metadata.read(&document, helm).map_err(|error| format!("cannot load Chart.yaml: {error}"))?;
    if metadata.api_version.is_empty() {
        // Helm 2's charts did not say.
        metadata.api_version = SmolStr::new_static("v1");
    }
    Ok(Some(metadata))
}

/// Takes up what a lock says; nothing when it says it in a way that Helm would not have written.
fn lock(document: &Value) -> Option<Lock> {
    document.as_map().and_then(|_| Lock::read(document).ok())
}

fn read(file: &File, name: &str) -> Result<Value, String> {
    weir_yaml::read_value_exact(file.content.bytes(), Source::named(name))
        .map_err(|error| format!("cannot load {name}: {}", values::conversion(&error)))
}

fn outdated(chart: &str, name: &str) -> Diagnostic {
    let (what, now) = match name {
        "requirements.yaml" => ("dependencies stand", "Chart.yaml"),
        _ => ("the lock stands", "Chart.lock"),
    };
    let message = format!("{what} in `{now}` since apiVersion `v2`, but the chart has a `{name}`");
    Diagnostic::warning("helm-chart", message).at(Origin::file(&format!("{chart}/{name}")))
}
