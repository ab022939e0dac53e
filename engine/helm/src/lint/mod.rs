//! `helm lint`: what Helm finds wrong with a chart, in its words and order, and what weir sees beyond that: values that
//! no template reads, and values of another type than the default they replace.

mod deprecated;
mod metadata;
mod names;
mod templates;
mod values;

use weir_model::{Severity, SmolStr, Tree, TreePath, Value};

use crate::{Chart, Facts, HelmVersion};

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file or folder inside the chart, or the chart's own path.
    pub path: SmolStr,
    /// The line of the file, from 1; zero when it is not about a line.
    pub line: u32,
    /// What was found. Where Helm finds the same, these are its words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Checks a chart's folder with the values that a user gives. `path` is how the chart itself is named.
///
/// Findings that Helm has too come first, in its order. Nothing fails: what cannot be read is a finding.
pub fn lint(
    tree: &Tree,
    path: &str,
    given: &Value,
    namespace: &str,
    facts: &Facts,
) -> Vec<Finding> {
    let facts = Facts { lint: true, ..facts.clone() };
    let mut lint = Lint { tree, path: path.into(), given, namespace, facts, found: Vec::new() };
    lint.run();
    lint.found
}

/// One run.
struct Lint<'a> {
    tree: &'a Tree,
    path: SmolStr,
    given: &'a Value,
    namespace: &'a str,
    facts: Facts,
    found: Vec<Finding>,
}

impl Lint<'_> {
    fn run(&mut self) {
        self.metadata();
        let loaded = Chart::load_as(self.tree, self.facts.helm);
        let error = loaded.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let chart = loaded
            .value
            .ok_or_else(|| error.map_or_else(String::new, |error| error.message.clone()));
        self.values_file();
        self.templates(&chart);
        self.dependencies(&chart);
        if self.facts.helm == HelmVersion::V4 {
            self.crds(&chart);
        }
        if let Ok(chart) = &chart {
            self.values_against_templates(chart);
        }
    }

    fn add(&mut self, severity: Severity, path: &str, message: impl Into<String>) {
        let message = message.into();
        self.found.push(Finding { severity, path: path.into(), line: 0, message, hint: None });
    }

    fn check(&mut self, severity: Severity, path: &str, checked: Result<(), String>) -> bool {
        checked.map_err(|message| self.add(severity, path, message)).is_ok()
    }

    /// Returns a file's text.
    fn text(&self, path: &str) -> Option<&[u8]> {
        Some(self.tree.file(&TreePath::parse(path).ok()?)?.bytes())
    }

    fn is_folder(&self, path: &str) -> bool {
        TreePath::parse(path).is_ok_and(|path| self.tree.is_folder(&path))
    }

    /// Compares the charts that there are with those that `Chart.yaml` names.
    fn dependencies(&mut self, chart: &Result<Chart, String>) {
        let chart = match chart {
            Ok(chart) => chart,
            Err(error) => {
                return self.add(Severity::Error, "", format!("unable to load chart\n\t{error}"));
            }
        };
        let named = chart.metadata().dependencies.as_deref().unwrap_or_default();
        let path = self.path.clone();
        let unnamed: Vec<&str> = chart
            .dependencies()
            .iter()
            .map(Chart::name)
            .filter(|name| !named.iter().any(|dependency| dependency.name == *name))
            .collect();
        if !unnamed.is_empty() {
            let list = unnamed.join(",");
            self.add(
                Severity::Error,
                &path,
                format!("chart metadata is missing these dependencies: {list}"),
            );
        }
        let mut seen: Vec<&SmolStr> = Vec::new();
        let mut twice: Vec<&str> = Vec::new();
        for dependency in named {
            let key = dependency.goes_by();
            if seen.contains(&key) {
                twice.push(key);
            }
            seen.push(key);
        }
        if !twice.is_empty() {
            let list = twice.join(",");
            self.add(
                Severity::Error,
                &path,
                format!("multiple dependencies with name or alias: {list}"),
            );
        }
        let missing: Vec<&str> = named
            .iter()
            .map(|dependency| dependency.name.as_str())
            .filter(|name| !chart.dependencies().iter().any(|inner| inner.name() == *name))
            .collect();
        if !missing.is_empty() {
            let list = missing.join(",");
            self.add(
                Severity::Warning,
                &path,
                format!("chart directory is missing these dependencies: {list}"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
