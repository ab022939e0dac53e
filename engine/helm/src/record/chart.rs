//! The chart as Helm records it: what was in its own folder, and its values and dependencies as they were decided.

use std::fmt;

use weir_golang::time::Time;
use weir_model::{SmolStr, Value};

use crate::functions::encode_64;
use crate::values::dependencies;
use crate::{Chart, Dependency, Facts, File, Metadata};

/// The chart of a recorded revision.
#[derive(Clone, Default, PartialEq)]
pub struct RecordedChart {
    /// What `Chart.yaml` says; the dependencies are those that take part.
    pub metadata: Metadata,
    /// What `Chart.lock` says.
    pub lock: Option<Lock>,
    /// The files of `templates/`; nothing when there are none.
    pub templates: Option<Vec<RecordedFile>>,
    /// The default values, with what was imported from charts below; null when there is no file of them.
    pub values: Value,
    /// `values.schema.json`, in base 64.
    pub schema: Option<String>,
    /// When the schema was changed.
    pub schema_modified: Option<Time>,
    /// The other files; nothing when there are none.
    pub files: Option<Vec<RecordedFile>>,
    /// When `Chart.yaml` was changed.
    pub modified: Option<Time>,
}

/// A file of a recorded chart.
#[derive(Clone, Default, PartialEq)]
pub struct RecordedFile {
    /// The path inside the chart.
    pub name: String,
    /// The content in base 64; nothing and an empty text are both an empty file.
    pub data: Option<String>,
    /// When it was changed.
    pub modified: Option<Time>,
}

/// What `Chart.lock` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was made.
    pub generated: Option<Time>,
    /// The digest of the dependencies that it is for.
    pub digest: SmolStr,
    /// The dependencies with the versions that were chosen; nothing when they are not listed.
    pub dependencies: Option<Vec<Dependency>>,
}

impl RecordedChart {
    /// Makes the record of a chart that is rendered with these values. The error is Helm's text.
    ///
    /// Conditions, tags, aliases and imports change what is recorded, as they change what is rendered. A chart knows no
    /// times of its files, so none are recorded.
    pub fn of(chart: &Chart, values: &Value, facts: &Facts) -> Result<Self, String> {
        let (needs, defaults) = dependencies::decided(chart, values, facts.helm)?;
        let files = |files: &[File]| {
            let files = files.iter().map(RecordedFile::of).collect::<Vec<_>>();
            (!files.is_empty()).then_some(files)
        };
        let has_values = chart.has_values() || needs.is_some();
        Ok(Self {
            metadata: Metadata { dependencies: needs, ..chart.metadata().clone() },
            lock: chart.lock().cloned(),
            templates: files(chart.templates()),
            values: if has_values { defaults } else { Value::null() },
            schema: chart.schema().map(encode_64),
            schema_modified: None,
            files: files(chart.files()),
            modified: None,
        })
    }

    /// Returns `name-version` of the chart, as Helm's lists show it.
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.metadata.name, self.metadata.version)
    }
}

impl RecordedFile {
    fn of(file: &File) -> Self {
        let data = Some(encode_64(file.content.bytes()));
        Self { name: file.name.to_string(), data, modified: None }
    }
}

impl Lock {
    /// Reads a lock file or what is recorded of one. The error names the field that is wrong.
    pub(crate) fn read(document: &Value) -> Result<Self, String> {
        super::read::lock(document)
    }
}

impl fmt::Debug for RecordedChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full_name())
    }
}

impl fmt::Debug for RecordedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
