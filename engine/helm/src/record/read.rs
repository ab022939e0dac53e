//! The JSON of a record, read as `encoding/json` reads it into Helm's types: what is unknown is left out, null is nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_golang::time::{self, RFC3339_NANO, Time};
use weir_model::{Data, SmolStr, Source, Value};
use weir_yaml::json;

use super::{
    ApplyMethod, HookRun, Info, Lock, Record, RecordedChart, RecordedFile, RecordedHook, Status,
};
use crate::{HelmVersion, Metadata, values};

/// Reads a record. The error names the field that is wrong, never what it holds.
pub(super) fn record(text: &[u8]) -> Result<Record, String> {
    // A message of the reader's may quote what it read.
    let root = json::read(text, Source::default()).map_err(|error| {
        format!("it is no JSON at byte {} of line {}", error.column, error.at.line)
    })?;
    if root.as_map().is_none() {
        return Err("it is no JSON object".to_owned());
    }
    let root = At { value: Some(&root), name: "release" };
    let chart = root.at("chart");
    let form = match chart.at("schemamodtime").value {
        Some(_) => HelmVersion::V4,
        None => HelmVersion::V3,
    };
    let record = Record {
        name: root.at("name").text()?,
        info: info(&root.at("info"))?,
        chart: Arc::new(recorded_chart(&chart)?),
        config: root.at("config").map()?,
        manifest: root.at("manifest").text()?,
        hooks: root.at("hooks").list(hook)?.unwrap_or_default(),
        version: root.at("version").number()?,
        namespace: root.at("namespace").text()?,
        apply_method: ApplyMethod::of(&root.at("apply_method").text()?),
        labels: BTreeMap::new(),
        form,
    };
    if record.name.is_empty() || record.version < 1 {
        return Err("it has no name or no revision".to_owned());
    }
    Ok(record)
}

fn info(info: &At<'_>) -> Result<Info, String> {
    Ok(Info {
        first_deployed: info.at("first_deployed").time()?,
        last_deployed: info.at("last_deployed").time()?,
        deleted: info.at("deleted").time()?,
        description: info.at("description").text()?,
        status: Status::of(&info.at("status").text()?),
        rollback_revision: info.at("rollback_revision").number()?,
        notes: info.at("notes").text()?,
    })
}

fn recorded_chart(chart: &At<'_>) -> Result<RecordedChart, String> {
    let mut metadata = Metadata::default();
    if let Some(about) = chart.at("metadata").value {
        metadata.read(about, HelmVersion::default()).map_err(|_| wrong("metadata"))?;
    }
    let schema = chart.at("schema");
    Ok(RecordedChart {
        metadata,
        lock: chart.at("lock").value.filter(|lock| !lock.is_null()).map(lock).transpose()?,
        templates: chart.at("templates").list(file)?,
        values: chart.at("values").map()?,
        schema: schema.is_there().then(|| schema.text()).transpose()?,
        schema_modified: chart.at("schemamodtime").time()?,
        files: chart.at("files").list(file)?,
        modified: chart.at("modtime").time()?,
    })
}

fn file(file: &At<'_>) -> Result<RecordedFile, String> {
    let data = file.at("data");
    Ok(RecordedFile {
        name: file.at("name").text()?,
        data: data.is_there().then(|| data.text()).transpose()?,
        modified: file.at("modtime").time()?,
    })
}

/// Reads what `Chart.lock` says.
pub(super) fn lock(value: &Value) -> Result<Lock, String> {
    let lock = At { value: Some(value), name: "lock" };
    let mut needs = Metadata::default();
    if let Some(dependencies) = lock.at("dependencies").value {
        let only: weir_model::Map =
            [("dependencies".into(), dependencies.clone())].into_iter().collect();
        needs.read(&Value::map(only), HelmVersion::default()).map_err(|_| wrong("dependencies"))?;
    }
    Ok(Lock {
        generated: lock.at("generated").time()?,
        digest: lock.at("digest").text()?.into(),
        dependencies: needs.dependencies,
    })
}

fn hook(hook: &At<'_>) -> Result<RecordedHook, String> {
    let run = hook.at("last_run");
    Ok(RecordedHook {
        name: hook.at("name").text()?,
        kind: hook.at("kind").text()?,
        path: hook.at("path").text()?,
        manifest: hook.at("manifest").text()?,
        events: hook.at("events").texts()?,
        last_run: HookRun {
            started_at: run.at("started_at").time()?,
            completed_at: run.at("completed_at").time()?,
            phase: run.at("phase").text()?.into(),
        },
        weight: hook.at("weight").number()?,
        delete_policies: hook.at("delete_policies").texts()?,
        output_log_policies: hook.at("output_log_policies").texts()?,
    })
}

fn wrong(field: &str) -> String {
    format!("its field `{field}` is of the wrong kind")
}

/// A value with the name of its field.
struct At<'a> {
    value: Option<&'a Value>,
    name: &'a str,
}

impl<'a> At<'a> {
    fn at(&self, name: &'a str) -> Self {
        Self { value: self.value.and_then(|value| value.get(name)), name }
    }

    fn is_there(&self) -> bool {
        self.value.is_some_and(|value| !value.is_null())
    }

    fn text(&self) -> Result<String, String> {
        match self.value.map(|value| &value.data) {
            None | Some(Data::Null) => Ok(String::new()),
            Some(Data::String(text)) => Ok(text.to_string()),
            Some(_) => Err(wrong(self.name)),
        }
    }

    fn number(&self) -> Result<i64, String> {
        match self.value {
            Some(value) if !value.is_null() => value.as_int().ok_or_else(|| wrong(self.name)),
            _ => Ok(0),
        }
    }

    /// Reads a time; an empty one and Go's zero time are none.
    fn time(&self) -> Result<Option<Time>, String> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let time = time::parse(RFC3339_NANO, &text).map_err(|_| wrong(self.name))?;
        Ok(Some(time).filter(|time| !time.is_zero()))
    }

    /// Reads values in Helm's form.
    fn map(&self) -> Result<Value, String> {
        match self.value {
            None => Ok(Value::null()),
            Some(value) if value.is_null() || value.as_map().is_some() => {
                Ok(values::from_json(value))
            }
            Some(_) => Err(wrong(self.name)),
        }
    }

    fn list<T>(
        &self,
        read: impl Fn(&At<'_>) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, String> {
        let Some(value) = self.value.filter(|value| !value.is_null()) else { return Ok(None) };
        let items = value.as_list().ok_or_else(|| wrong(self.name))?;
        let items = items.iter().filter(|item| !item.is_null());
        items
            .map(|item| read(&At { value: Some(item), name: self.name }))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn texts(&self) -> Result<Vec<SmolStr>, String> {
        let texts = self.list(|item| item.text().map(SmolStr::from))?;
        Ok(texts.unwrap_or_default())
    }
}
