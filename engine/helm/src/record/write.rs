//! The JSON of a record, as `encoding/json` writes Helm's types: fields in their order, empty ones left out.

use weir_golang::time::{RFC3339_NANO, Time};
use weir_model::{Map, SmolStr, Value};
use weir_yaml::json;

use super::{HookRun, Info, Lock, Record, RecordedChart, RecordedFile, RecordedHook};
use crate::{Dependency, HelmVersion, Maintainer, Metadata};

/// Go's zero time, which Helm 4 writes for the time of a schema that is not known.
const ZERO: &str = "0001-01-01T00:00:00Z";

/// Writes a record in the form of a Helm.
pub(super) fn record(record: &Record, form: HelmVersion) -> String {
    let Record {
        name,
        info: about,
        chart: recorded,
        config,
        manifest,
        hooks: all,
        version,
        namespace,
        apply_method,
        labels: _,
        form: _,
    } = record;
    let mut out = String::with_capacity(manifest.len() + (64 << 10));
    object(&mut out, |fields| {
        fields.text("name", name);
        fields.with("info", |out| info(out, about, form));
        fields.with("chart", |out| chart(out, recorded, form));
        if !is_empty(config) {
            fields.value("config", config);
        }
        fields.text("manifest", manifest);
        if !all.is_empty() {
            fields.with("hooks", |out| hooks(out, all, form));
        }
        fields.number("version", *version);
        fields.text("namespace", namespace);
        if form == HelmVersion::V4 {
            fields.text("apply_method", apply_method.map_or("", |method| method.word()));
        }
    });
    out
}

/// Tells whether values are none at all, which Helm leaves out.
pub(super) fn is_empty(values: &Value) -> bool {
    values.as_map().is_none_or(Map::is_empty)
}

/// Writes when a revision was deployed, and what became of it.
pub(super) fn info(out: &mut String, info: &Info, form: HelmVersion) {
    let Info {
        first_deployed,
        last_deployed,
        deleted,
        description,
        status,
        rollback_revision,
        notes,
    } = info;
    object(out, |fields| {
        fields.time("first_deployed", first_deployed.as_ref(), form);
        fields.time("last_deployed", last_deployed.as_ref(), form);
        fields.time("deleted", deleted.as_ref(), form);
        fields.text("description", description);
        fields.text("status", status.word());
        if form == HelmVersion::V4 {
            fields.number("rollback_revision", *rollback_revision);
        }
        fields.text("notes", notes);
    });
}

fn chart(out: &mut String, chart: &RecordedChart, form: HelmVersion) {
    let RecordedChart {
        metadata: about,
        lock: locked,
        templates,
        values,
        schema,
        schema_modified,
        files: others,
        modified,
    } = chart;
    object(out, |fields| {
        fields.with("metadata", |out| metadata(out, about));
        fields.with("lock", |out| or_null(out, locked.as_ref(), lock));
        fields.with("templates", |out| files(out, templates.as_deref(), form));
        fields.value("values", values);
        fields.with("schema", |out| or_null(out, schema.as_deref(), json::write_text));
        if form == HelmVersion::V4 {
            fields.with("schemamodtime", |out| time_or_zero(out, schema_modified.as_ref()));
        }
        fields.with("files", |out| files(out, others.as_deref(), form));
        if form == HelmVersion::V4 {
            fields.time("modtime", modified.as_ref(), form);
        }
    });
}

fn files(out: &mut String, files: Option<&[RecordedFile]>, form: HelmVersion) {
    let write = |out: &mut String, file: &RecordedFile| {
        let RecordedFile { name, data, modified } = file;
        object(out, |fields| {
            fields.with("name", |out| json::write_text(out, name));
            fields.with("data", |out| or_null(out, data.as_deref(), json::write_text));
            if form == HelmVersion::V4 {
                fields.time("modtime", modified.as_ref(), form);
            }
        });
    };
    or_null(out, files, |out, files| list(out, files, write));
}

/// Writes what `Chart.yaml` says.
pub(super) fn metadata(out: &mut String, metadata: &Metadata) {
    let Metadata {
        name,
        home,
        sources,
        version,
        description,
        keywords,
        maintainers,
        icon,
        api_version,
        condition,
        tags,
        app_version,
        deprecated,
        annotations,
        kube_version,
        dependencies,
        kind,
    } = metadata;
    let dependencies = dependencies.as_deref().unwrap_or_default();
    object(out, |fields| {
        fields.text("name", name);
        fields.text("home", home);
        fields.texts("sources", sources);
        fields.text("version", version);
        fields.text("description", description);
        fields.texts("keywords", keywords);
        if !maintainers.is_empty() {
            fields.with("maintainers", |out| list(out, maintainers, maintainer));
        }
        fields.text("icon", icon);
        fields.text("apiVersion", api_version);
        fields.text("condition", condition);
        fields.text("tags", tags);
        fields.text("appVersion", app_version);
        fields.flag("deprecated", *deprecated);
        if !annotations.is_empty() {
            fields.with("annotations", |out| {
                object(out, |fields| {
                    for (key, value) in annotations {
                        fields.with(key, |out| json::write_text(out, value));
                    }
                });
            });
        }
        fields.text("kubeVersion", kube_version);
        if !dependencies.is_empty() {
            fields.with("dependencies", |out| list(out, dependencies, dependency));
        }
        fields.text("type", kind);
    });
}

fn maintainer(out: &mut String, maintainer: &Maintainer) {
    let Maintainer { name, email, url } = maintainer;
    object(out, |fields| {
        fields.text("name", name);
        fields.text("email", email);
        fields.text("url", url);
    });
}

fn dependency(out: &mut String, dependency: &Dependency) {
    let Dependency { name, version, repository, condition, tags, enabled, import_values, alias } =
        dependency;
    object(out, |fields| {
        fields.with("name", |out| json::write_text(out, name));
        fields.text("version", version);
        fields.with("repository", |out| json::write_text(out, repository));
        fields.text("condition", condition);
        fields.texts("tags", tags);
        fields.flag("enabled", *enabled);
        if !import_values.is_empty() {
            fields.with("import-values", |out| list(out, import_values, json::write_to));
        }
        fields.text("alias", alias);
    });
}

fn lock(out: &mut String, lock: &Lock) {
    let Lock { generated, digest, dependencies } = lock;
    object(out, |fields| {
        fields.with("generated", |out| time_or_zero(out, generated.as_ref()));
        fields.with("digest", |out| json::write_text(out, digest));
        fields.with("dependencies", |out| {
            or_null(out, dependencies.as_deref(), |out, all| list(out, all, dependency));
        });
    });
}

/// Writes hooks.
pub(super) fn hooks<'a>(
    out: &mut String,
    hooks: impl IntoIterator<Item = &'a RecordedHook>,
    form: HelmVersion,
) {
    list(out, hooks, |out, hook| {
        let RecordedHook {
            name,
            kind,
            path,
            manifest,
            events,
            last_run: HookRun { started_at, completed_at, phase },
            weight,
            delete_policies,
            output_log_policies,
        } = hook;
        object(out, |fields| {
            fields.text("name", name);
            fields.text("kind", kind);
            fields.text("path", path);
            fields.text("manifest", manifest);
            fields.texts("events", events);
            fields.with("last_run", |out| {
                object(out, |fields| {
                    fields.time("started_at", started_at.as_ref(), form);
                    fields.time("completed_at", completed_at.as_ref(), form);
                    fields.with("phase", |out| json::write_text(out, phase));
                });
            });
            fields.number("weight", *weight);
            fields.texts("delete_policies", delete_policies);
            fields.texts("output_log_policies", output_log_policies);
        });
    });
}

/// Writes an object.
pub(super) fn object(out: &mut String, write: impl FnOnce(&mut Fields<'_>)) {
    out.push('{');
    write(&mut Fields { out, is_first: true });
    out.push('}');
}

fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, write: impl Fn(&mut String, T)) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn or_null<T>(out: &mut String, value: Option<T>, write: impl FnOnce(&mut String, T)) {
    match value {
        Some(value) => write(out, value),
        None => out.push_str("null"),
    }
}

fn time_or_zero(out: &mut String, time: Option<&Time>) {
    let text = time.map(|time| time.format(RFC3339_NANO));
    json::write_text(out, text.as_deref().unwrap_or(ZERO));
}

/// The fields of an object that is being written. What is named after a type leaves its zero value out.
pub(super) struct Fields<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl Fields<'_> {
    pub(super) fn with(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
        json::write_text(self.out, name);
        self.out.push(':');
        write(self.out);
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.with(name, |out| json::write_text(out, text));
        }
    }

    pub(super) fn number(&mut self, name: &str, number: i64) {
        if number != 0 {
            self.with(name, |out| out.push_str(&number.to_string()));
        }
    }

    fn texts(&mut self, name: &str, texts: &[SmolStr]) {
        if !texts.is_empty() {
            self.with(name, |out| list(out, texts, |out, text| json::write_text(out, text)));
        }
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.with(name, |out| out.push_str("true"));
        }
    }

    pub(super) fn value(&mut self, name: &str, value: &Value) {
        self.with(name, |out| json::write_to(out, value));
    }

    /// Helm 3 writes an empty text for a time that is not known.
    fn time(&mut self, name: &str, time: Option<&Time>, form: HelmVersion) {
        match (time, form) {
            (Some(time), _) => self.text(name, &time.format(RFC3339_NANO)),
            (None, HelmVersion::V3) => self.with(name, |out| json::write_text(out, "")),
            (None, HelmVersion::V4) => {}
        }
    }
}
