//! The rules for `values.yaml`, and what Helm does not look at: which values templates read, and of which type they are.

use std::collections::BTreeSet;

use weir_model::{Data, Map, Severity, SmolStr, Source, Value};

use super::{Finding, Lint};
use crate::values::coalesce::merge_tables;
use crate::values::{read_from, schema};
use crate::{Chart, HelmVersion};

const FILE: &str = "values.yaml";

impl Lint<'_> {
    /// Checks `values.yaml` by itself and against the chart's own schema.
    pub(super) fn values_file(&mut self) {
        let Some(text) = self.text(FILE) else {
            return self.add(Severity::Info, FILE, "file does not exist");
        };
        // Both Helms read the first document alone here, into a type of their own.
        let defaults = match read_from(text, Source::named(FILE), HelmVersion::V3) {
            Ok(defaults) => defaults,
            Err(error) => {
                let kind = match self.facts.helm {
                    HelmVersion::V3 => "chartutil.Values",
                    HelmVersion::V4 => "common.Values",
                };
                let error = match error.strip_suffix("map[string]interface {}") {
                    Some(start) => format!("{start}{kind}"),
                    None => error,
                };
                return self.add(Severity::Error, FILE, format!("unable to parse YAML: {error}"));
            }
        };
        let Some(schema) = self.text("values.schema.json").filter(|schema| !schema.is_empty())
        else {
            return;
        };
        let mut all = self.given.as_map().cloned().unwrap_or_default();
        merge_tables(&mut all, defaults.as_map().unwrap_or(&Map::new()));
        let checked = schema::Compiled::new(schema).and_then(|schema| schema.check(&all));
        self.check(Severity::Error, FILE, checked);
    }

    /// Tells which values no template reads, and which are of another type than their defaults.
    pub(super) fn values_against_templates(&mut self, chart: &Chart) {
        let mut read = Read::default();
        read.chart(chart);
        if let Some(text) = self.text(FILE) {
            // Values may be templates themselves.
            read.text(&String::from_utf8_lossy(text));
        }
        let mut skipped: BTreeSet<SmolStr> = ["global", "tags"].map(SmolStr::from).into();
        skipped.extend(chart.dependencies().iter().map(|below| below.name().into()));
        for dependency in chart.metadata().dependencies.iter().flatten() {
            skipped.insert(dependency.goes_by().clone());
            dependency.condition.split(',').for_each(|path| read.path(path.trim()));
        }
        let defaults = chart.values(self.facts.helm).clone();
        for (values, severity) in [(self.given, Severity::Warning), (&defaults, Severity::Info)] {
            let mut unread = Vec::new();
            let map = values.as_map();
            let outer = map.into_iter().flat_map(Map::iter);
            for (key, value) in outer.filter(|(key, _)| !skipped.contains(*key)) {
                read.unread(&mut vec![key.clone()], value, 0, &mut unread);
            }
            for (path, value) in unread {
                let hint = match severity {
                    Severity::Warning => "check the spelling, or leave the value out",
                    _ => "remove it, or read it in a template",
                };
                let message = format!("no template reads `{path}`");
                self.about(severity, value, message, hint);
            }
        }
        self.types(&defaults);
    }

    fn types(&mut self, defaults: &Value) {
        let mut changed = Vec::new();
        compare(defaults, self.given, &mut String::new(), 0, &mut changed);
        for (path, was, value) in changed {
            let is = kind(value);
            let message = format!("`{path}` is {is}, and its default is {was}");
            let hint = format!("give {was}, or null to take the default away");
            self.about(Severity::Warning, value, message, &hint);
        }
    }

    fn about(&mut self, severity: Severity, value: &Value, message: String, hint: &str) {
        let name = value.origin.source.name();
        let prefix = format!("{}/", self.chart_name());
        let path = match name.strip_prefix(&prefix) {
            Some(path) => path.into(),
            None if name.is_empty() => SmolStr::new_static("values"),
            None => name,
        };
        let line = value.origin.line;
        self.found.push(Finding { severity, path, line, message, hint: Some(hint.to_owned()) });
    }

    fn chart_name(&self) -> SmolStr {
        let document =
            weir_yaml::read_value(self.text("Chart.yaml").unwrap_or_default(), Source::default());
        let name =
            document.ok().and_then(|document| document.get("name")?.as_str().map(SmolStr::from));
        name.unwrap_or_default()
    }
}

/// How deep values are looked at.
const DEEPEST: u32 = 100;

/// The paths below `.Values` that templates name, as far as their texts show it: a path that is named stands for all
/// below it too, so that what is handed on whole counts as read.
#[derive(Default)]
struct Read {
    paths: BTreeSet<Vec<SmolStr>>,
}

impl Read {
    fn chart(&mut self, chart: &Chart) {
        chart.templates().iter().for_each(|template| self.text(&template.text()));
        // What charts below define may be included here, and then reads these values.
        chart.dependencies().iter().for_each(|below| self.chart(below));
    }

    /// Adds the paths that a text names: `.Values.a.b`.
    fn text(&mut self, text: &str) {
        for (at, word) in text.match_indices(".Values") {
            let mut rest = text.get(at + word.len()..).unwrap_or_default();
            let mut path = Vec::new();
            if rest.starts_with(is_letter) {
                continue;
            }
            while let Some(after) = rest.strip_prefix('.') {
                let end = after.find(|c| !is_letter(c)).unwrap_or(after.len());
                let (name, left) = after.split_at(end);
                if name.is_empty() {
                    break;
                }
                path.push(SmolStr::from(name));
                rest = left;
            }
            self.paths.insert(path);
        }
    }

    fn path(&mut self, path: &str) {
        if !path.is_empty() {
            self.paths.insert(path.split('.').map(SmolStr::from).collect());
        }
    }

    /// Gathers the outermost values at and below a path that nothing names.
    fn unread<'a>(
        &self,
        path: &mut Vec<SmolStr>,
        value: &'a Value,
        depth: u32,
        unread: &mut Vec<(String, &'a Value)>,
    ) {
        let is_whole = (0..=path.len()).any(|end| self.paths.contains(&path[..end]));
        if is_whole || depth > DEEPEST {
            return;
        }
        let is_entered =
            self.paths.range(path.clone()..).next().is_some_and(|named| named.starts_with(path));
        match value.as_map() {
            Some(map) if is_entered => {
                for (key, value) in map.iter() {
                    path.push(key.clone());
                    self.unread(path, value, depth + 1, unread);
                    path.pop();
                }
            }
            _ if is_entered => {}
            _ => unread.push((path.join("."), value)),
        }
    }
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Gathers the values that are of another type than what they replace.
fn compare<'a>(
    default: &Value,
    given: &'a Value,
    path: &mut String,
    depth: u32,
    changed: &mut Vec<(String, &'static str, &'a Value)>,
) {
    if default.is_null() || given.is_null() || depth > DEEPEST {
        return;
    }
    if kind(default) != kind(given) {
        return changed.push((path.clone(), kind(default), given));
    }
    let (Some(defaults), Some(map)) = (default.as_map(), given.as_map()) else { return };
    for (key, value) in map.iter() {
        if let Some(default) = defaults.get(key) {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(key);
            compare(default, value, path, depth + 1, changed);
            path.truncate(length);
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "a number",
        Data::String(_) => "a text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
    }
}
