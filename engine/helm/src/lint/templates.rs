//! The rules for templates and for the files of `crds/`.

use weir_golang::strconv::quote;
use weir_model::{Data, Severity, Source, Value};

use super::{Lint, deprecated, names};
use crate::chart::scalar_text;
use crate::{Chart, HelmVersion, Release, render_templates};

const FOLDER: &str = "templates/";

impl Lint<'_> {
    /// Renders the templates and checks what they give.
    pub(super) fn templates(&mut self, chart: &Result<Chart, String>) {
        if !self.is_folder("templates") {
            // Helm 3 lets a chart be without.
            let is_file = self.text("templates").is_some();
            match self.facts.helm {
                _ if is_file => return self.add(Severity::Warning, FOLDER, "not a directory"),
                HelmVersion::V4 => {
                    return self.add(Severity::Warning, FOLDER, "directory does not exist");
                }
                HelmVersion::V3 => {}
            }
        }
        let chart = match chart {
            Ok(chart) => chart,
            Err(error) => return self.add(Severity::Error, FOLDER, error.clone()),
        };
        let release = Release::new("test-release", self.namespace);
        let rendered = match render_templates(chart, self.given, &release, &self.facts) {
            Ok(rendered) => rendered,
            Err(error) => return self.add(Severity::Error, FOLDER, error),
        };
        for template in chart.templates() {
            let name = &template.name;
            self.check(Severity::Error, name, extension(name));
            if self.facts.helm == HelmVersion::V3 {
                let text = template.text();
                self.check(Severity::Warning, name, no_crd_hook(&text));
                self.check(Severity::Error, name, no_release_time(&text));
            }
            let is_read = match self.facts.helm {
                HelmVersion::V3 => name.ends_with(".yaml"),
                HelmVersion::V4 => {
                    let name = name.to_ascii_lowercase();
                    name.ends_with(".yaml") || name.ends_with(".yml")
                }
            };
            let path = format!("{}/{name}", chart.name());
            let text = rendered.iter().find(|(known, _)| *known == path).map(|(_, text)| text);
            if let Some(text) = text.filter(|text| is_read && !text.trim().is_empty())
                && !self.rendered(name, text)
            {
                return;
            }
        }
    }

    /// Checks what a template gave; returns whether it could be read.
    fn rendered(&mut self, path: &str, text: &str) -> bool {
        self.check(Severity::Warning, path, no_indent(text));
        for document in documents(text) {
            let value = match self.document(path, document) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(()) => return false,
            };
            let field =
                |keys: &[&str]| value.pointer(keys).and_then(scalar_text).unwrap_or_default();
            let kind = field(&["kind"]);
            let name = field(&["metadata", "name"]);
            self.check(Severity::Warning, path, names::check(&kind, &name));
            let minor = self.facts.kube_version.minor.parse().unwrap_or_default();
            if let Some(warning) = deprecated::warning(&field(&["apiVersion"]), &kind, minor) {
                self.add(Severity::Warning, path, warning);
            }
            self.check(Severity::Error, path, selector(&kind, &name, text));
            self.check(Severity::Error, path, list(&kind, &value, self.facts.helm));
        }
        true
    }

    /// Checks the files of `crds/`.
    pub(super) fn crds(&mut self, chart: &Result<Chart, String>) {
        const FOLDER: &str = "crds/";
        if !self.is_folder("crds") {
            if self.text("crds").is_some() {
                self.add(Severity::Error, FOLDER, "not a directory");
            }
            return;
        }
        let chart = match chart {
            Ok(chart) => chart,
            Err(error) => return self.add(Severity::Error, FOLDER, error.clone()),
        };
        let is_manifest = |name: &str| {
            let name = name.to_ascii_lowercase();
            [".yaml", ".yml", ".json"].iter().any(|extension| name.ends_with(extension))
        };
        let files = chart.files().iter();
        for file in files.filter(|file| file.name.starts_with("crds/") && is_manifest(&file.name)) {
            for document in documents(&file.text()) {
                let value = match self.document(&file.name, document) {
                    Ok(Some(value)) => value,
                    Ok(None) => continue,
                    Err(()) => return,
                };
                let field = |key| value.get(key).and_then(scalar_text).unwrap_or_default();
                if !field("apiVersion").starts_with("apiextensions.k8s.io") {
                    let message = "apiVersion is not in 'apiextensions.k8s.io'";
                    self.add(Severity::Error, &file.name, message);
                }
                if field("kind") != "CustomResourceDefinition" {
                    let message = "object kind is not 'CustomResourceDefinition'";
                    self.add(Severity::Error, &file.name, message);
                }
            }
        }
    }

    /// Reads a document; nothing when it is empty.
    fn document(&mut self, path: &str, text: Result<&str, String>) -> Result<Option<Value>, ()> {
        let read = text
            .and_then(|text| {
                weir_yaml::read_value(text.as_bytes(), Source::named(path))
                    .map_err(|error| crate::values::conversion(&error))
            })
            .and_then(|value| match value.data {
                Data::Map(_) | Data::Null => Ok(value),
                _ => Err(format!(
                    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type rules.k8sYamlStruct",
                    crate::chart::go_kind(&value)
                )),
            });
        match read {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_null())),
            Err(error) => {
                self.add(Severity::Error, path, format!("unable to parse YAML: {error}"));
                Err(())
            }
        }
    }
}

/// Cuts a text into documents as Kubernetes' reader does. What follows a separator in its line must be a comment; after
/// the error about it there is nothing more.
fn documents(text: &str) -> Vec<Result<&str, String>> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let before = text.get(start..at).unwrap_or_default();
        at += line.len();
        let Some(rest) = line.strip_prefix("---") else { continue };
        let rest = rest.trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            documents.push(Err(format!("invalid Yaml document separator: {rest}")));
            return documents;
        }
        if !before.is_empty() {
            documents.push(Ok(before));
            start = at;
        }
    }
    documents.push(Ok(text.get(start..).unwrap_or_default()));
    documents
}

fn extension(name: &str) -> Result<(), String> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let extension = base.rfind('.').and_then(|dot| base.get(dot..)).unwrap_or_default();
    if matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt") {
        return Ok(());
    }
    Err(format!(
        "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
    ))
}

fn no_crd_hook(text: &str) -> Result<(), String> {
    let is_one = text.match_indices("helm.sh/hook").any(|(at, found)| {
        let rest = text.get(at + found.len()..).unwrap_or_default();
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        rest.strip_prefix(':').is_some_and(|rest| {
            let value = rest.trim_start();
            value.len() < rest.len() && value.starts_with("crd-install")
        })
    });
    if is_one {
        return Err("manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart".to_owned());
    }
    Ok(())
}

fn no_release_time(text: &str) -> Result<(), String> {
    if text.contains(".Release.Time") {
        return Err(".Release.Time has been removed in v3, please replace with the `now` function in your templates".to_owned());
    }
    Ok(())
}

/// Refuses a text whose first line is indented.
fn no_indent(text: &str) -> Result<(), String> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with([' ', '\t']) {
        return Err(format!(
            "document starts with an illegal indent: {}, which may cause parsing problems",
            quote(first)
        ));
    }
    Ok(())
}

fn selector(kind: &str, name: &str, text: &str) -> Result<(), String> {
    let needs_one = matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    if needs_one && !text.contains("matchLabels") && !text.contains("matchExpressions") {
        return Err(format!(
            "a {kind} must contain matchLabels or matchExpressions, and {} does not",
            quote(name)
        ));
    }
    Ok(())
}

fn list(kind: &str, value: &Value, helm: HelmVersion) -> Result<(), String> {
    let items = value.get("items").and_then(Value::as_list).unwrap_or_default();
    let is_kept = |item: &Value| {
        item.pointer(&["metadata", "annotations", "helm.sh/resource-policy"]).is_some()
    };
    if kind == "List" && items.iter().any(is_kept) {
        let start = if helm == HelmVersion::V4 { "annotation" } else { "Annotation" };
        return Err(format!("{start} 'helm.sh/resource-policy' within List objects are ignored"));
    }
    Ok(())
}
