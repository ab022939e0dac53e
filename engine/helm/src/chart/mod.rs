//! A chart: its metadata, values, templates, files and the charts inside it.

mod archive;
mod ignore;
mod load;
mod metadata;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use weir_gotmpl::Set;
use weir_model::{Blob, FieldPath, FieldStep, SmolStr, Source, Tree, Value, Warned};
use weir_yaml::YamlError;

use crate::HelmVersion;
use crate::record::Lock;
use crate::values::schema::Compiled;

pub use metadata::{Dependency, Maintainer, Metadata};
pub(crate) use metadata::{go_kind, scalar_text, unknown_field};

/// A chart, read and checked, with all charts inside it. Immutable and cheap to clone.
#[derive(Clone)]
pub struct Chart(Arc<Content>);

/// What a chart holds.
struct Content {
    metadata: Metadata,
    lock: Option<Lock>,
    has_values: bool,
    values: Values,
    schema: Option<Blob>,
    templates: Vec<File>,
    files: Vec<File>,
    dependencies: Vec<Chart>,
    parsed: Mutex<Vec<Parsed>>,
    compiled: OnceLock<Result<Compiled, String>>,
    /// The documents of the files of `crds/`, by their places among the files.
    definitions: Mutex<BTreeMap<usize, Documents>>,
}

/// What a file holds, read.
type Documents = Arc<Result<Vec<Value>, YamlError>>;

/// Parsed templates: of which Helm, of which template names.
type Parsed = (HelmVersion, String, Arc<Set>);

/// How many forms of its parsed templates a chart keeps: conditions and aliases change which there are.
const KEPT: usize = 8;

/// The default values, which Helm 3 reads from the first document alone and Helm 4 from all.
#[derive(Clone)]
struct Values {
    first: Value,
    merged: Option<Value>,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct File {
    /// The path inside the chart, such as `templates/deployment.yaml`.
    pub name: SmolStr,
    /// The content, without a byte order mark.
    pub content: Blob,
}

impl File {
    /// Returns the text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        match self.content.text() {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(self.content.bytes()),
        }
    }
}

impl Chart {
    /// Reads a chart from its folder. Files that `.helmignore` names are left out.
    /// Gives nothing when Helm would refuse the chart; the diagnostics then hold Helm's message.
    pub fn load(tree: &Tree) -> Warned<Option<Self>> {
        load::from_tree(tree, HelmVersion::default())
    }

    /// Does as [`Chart::load`], in the words of this Helm.
    pub fn load_as(tree: &Tree, helm: HelmVersion) -> Warned<Option<Self>> {
        load::from_tree(tree, helm)
    }

    /// Reads a chart from a packed archive.
    /// Gives nothing when Helm would refuse the chart; the diagnostics then hold Helm's message.
    pub fn from_archive(bytes: &[u8]) -> Warned<Option<Self>> {
        load::from_archive(bytes, HelmVersion::default())
    }

    /// Does as [`Chart::from_archive`], in the words of this Helm.
    pub fn from_archive_as(bytes: &[u8], helm: HelmVersion) -> Warned<Option<Self>> {
        load::from_archive(bytes, helm)
    }

    /// Returns what `Chart.yaml` says.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// Returns the chart's name.
    pub fn name(&self) -> &str {
        &self.0.metadata.name
    }

    /// Returns the chart's version.
    pub fn version(&self) -> &str {
        &self.0.metadata.version
    }

    /// Returns the chart under another version. What has been made ready of the chart is not shared.
    #[must_use]
    pub fn with_version(&self, version: &str) -> Self {
        let content = &self.0;
        Self(Arc::new(Content {
            metadata: Metadata { version: version.into(), ..content.metadata.clone() },
            lock: content.lock.clone(),
            has_values: content.has_values,
            values: content.values.clone(),
            schema: content.schema.clone(),
            templates: content.templates.clone(),
            files: content.files.clone(),
            dependencies: content.dependencies.clone(),
            parsed: Mutex::default(),
            compiled: OnceLock::new(),
            definitions: Mutex::default(),
        }))
    }

    /// Returns the default values.
    pub fn values(&self, helm: HelmVersion) -> &Value {
        match (helm, &self.0.values.merged) {
            (HelmVersion::V4, Some(merged)) => merged,
            _ => &self.0.values.first,
        }
    }

    /// Tells whether there is a `values.yaml`.
    pub(crate) fn has_values(&self) -> bool {
        self.0.has_values
    }

    /// Returns what `Chart.lock` says.
    pub fn lock(&self) -> Option<&Lock> {
        self.0.lock.as_ref()
    }

    /// Returns `values.schema.json`.
    pub fn schema(&self) -> Option<&[u8]> {
        self.0.schema.as_ref().map(Blob::bytes)
    }

    /// Returns the files of `templates/`.
    pub fn templates(&self) -> &[File] {
        &self.0.templates
    }

    /// Returns the other files.
    pub fn files(&self) -> &[File] {
        &self.0.files
    }

    /// Returns the charts inside this one, by the names of their folders.
    pub fn dependencies(&self) -> &[Self] {
        &self.0.dependencies
    }

    /// Returns the default at a place of the values: the chart's own, or that of the chart below which the place is for.
    pub fn default_value(&self, path: &FieldPath, helm: HelmVersion) -> Option<&Value> {
        let own = path.find(self.values(helm));
        own.or_else(|| {
            let (FieldStep::Key(first), below) = path.0.split_first()? else { return None };
            let chart = self.dependencies().iter().find(|chart| chart.name() == first)?;
            chart.default_value(&FieldPath(below.to_vec()), helm)
        })
    }
}

impl Chart {
    /// Returns the documents of one of the files. Each file is read once for the chart.
    pub(crate) fn documents(&self, file: usize, path: &str) -> Documents {
        if let Some(known) =
            self.0.definitions.lock().ok().and_then(|known| known.get(&file).cloned())
        {
            return known;
        }
        let content = self.files().get(file).map_or(&[][..], |file| file.content.bytes());
        let documents = Arc::new(weir_yaml::read_values(content, Source::named(path)));
        if let Ok(mut known) = self.0.definitions.lock() {
            known.insert(file, Arc::clone(&documents));
        }
        documents
    }

    /// Returns the parsed templates of these names, when they are kept.
    pub(crate) fn parsed(&self, helm: HelmVersion, names: &str) -> Option<Arc<Set>> {
        let kept = self.0.parsed.lock().ok()?;
        kept.iter()
            .find(|(for_helm, key, _)| *for_helm == helm && key == names)
            .map(|(_, _, set)| Arc::clone(set))
    }

    /// Returns where the chart keeps its schema made ready.
    pub(crate) fn schema_cell(&self) -> &OnceLock<Result<Compiled, String>> {
        &self.0.compiled
    }

    /// Keeps parsed templates for the next release of the chart.
    pub(crate) fn keep_parsed(&self, helm: HelmVersion, names: String, set: &Arc<Set>) {
        if let Ok(mut kept) = self.0.parsed.lock()
            && kept.len() < KEPT
        {
            kept.push((helm, names, Arc::clone(set)));
        }
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chart({} {})", self.name(), self.version())
    }
}
