//! What a rendering gives.

use std::borrow::Cow;
use std::sync::Arc;

use weir_model::{Diagnostic, Manifest, ObjectId, Origin, SmolStr, Value, Warned};
use weir_yaml::YamlError;

use crate::hooks::Hook;
use crate::path_match::glob;
use crate::{Chart, File, HelmVersion};

/// What a rendering gives, in Helm's order of installation.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The manifests of the release, in Helm's order of installation.
    pub manifests: Vec<ManifestText>,
    /// The hooks, in the order in which Helm prints them.
    pub hooks: Vec<Hook>,
    /// The files of the `crds/` folders, which are no templates.
    pub crds: Vec<Crd>,
    /// The text of the root chart's `NOTES.txt`.
    pub notes: String,
    /// Whether a template asked for random values, certificates or the time, so that another rendering gives others.
    pub generated: bool,
    /// The objects that `lookup` was asked for by name and that [`crate::Facts`] does not hold.
    pub unknown: Vec<ObjectId>,
}

/// One document of a rendered template.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestText {
    /// The template, such as `web/templates/deployment.yaml`.
    pub path: SmolStr,
    /// The text.
    pub text: String,
    /// The text, read; null when the document holds nothing but comments, and when the text alone was wanted. Each value's
    /// origin is the template line that wrote it.
    pub value: Value,
    /// `kind`, empty when there is none.
    pub kind: SmolStr,
}

/// One file of a `crds/` folder. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Crd {
    /// The file, such as `web/crds/widgets.yaml`.
    pub path: SmolStr,
    chart: Chart,
    file: usize,
}

impl Crd {
    pub(crate) fn new(path: SmolStr, chart: &Chart, file: usize) -> Self {
        Self { path, chart: chart.clone(), file }
    }

    /// Returns the text, which may hold several documents.
    pub fn text(&self) -> Cow<'_, str> {
        let file = self.chart.files().get(self.file);
        file.map_or_else(Cow::default, File::text)
    }

    /// Returns the documents. A chart reads each of its files once, for all its releases.
    pub fn values(&self) -> Arc<Result<Vec<Value>, YamlError>> {
        self.chart.documents(self.file, &self.path)
    }
}

/// What [`Rendered::text`] prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TextOptions {
    /// Whether the files of the `crds/` folders come first (`--include-crds`).
    pub crds: bool,
    /// Whether hooks are left out (`--no-hooks`).
    pub no_hooks: bool,
    /// Whether test hooks are left out (`--skip-tests`).
    pub skip_tests: bool,
}

impl TextOptions {
    /// Tells whether a hook is printed.
    pub fn shows(self, hook: &Hook) -> bool {
        !(self.no_hooks || self.skip_tests && hook.is_test())
    }
}

impl Rendered {
    /// Returns the text that `helm template` prints.
    pub fn text(&self, options: TextOptions) -> String {
        let manifests = self.manifests.iter().chain(self.hooks.iter().map(|hook| &hook.manifest));
        let size = |manifest: &ManifestText| manifest.text.len() + manifest.path.len() + 20;
        let mut all = String::with_capacity(manifests.map(size).sum());
        if options.crds {
            for crd in &self.crds {
                document(&mut all, &crd.path, &crd.text());
            }
        }
        for manifest in &self.manifests {
            document(&mut all, &manifest.path, &manifest.text);
        }
        // It begins with dashes, so that there is space at its end alone.
        all.truncate(all.trim_end().len());
        let mut text = all;
        text.push('\n');
        for hook in self.hooks.iter().filter(|hook| options.shows(hook)) {
            document(&mut text, &hook.manifest.path, &hook.manifest.text);
        }
        text
    }

    /// Returns the text that `helm template --show-only` prints of these templates, which may hold `*` and `?`.
    /// The error, when a template gave nothing, is Helm's text.
    pub fn text_of(
        &self,
        templates: &[String],
        options: TextOptions,
        helm: HelmVersion,
    ) -> Result<String, String> {
        let all = self.text(options);
        let mut text = String::new();
        let documents: Vec<(&str, &str)> = crate::documents::split(helm, &all)
            .into_iter()
            .filter_map(|(_, document)| Some((source_of(document)?, document)))
            .collect();
        for template in templates {
            let mut is_missing = true;
            for (_, document) in
                documents.iter().filter(|(source, _)| glob(template, source) == Some(true))
            {
                text.extend(["---\n", document, "\n"]);
                is_missing = false;
            }
            if is_missing {
                return Err(format!("could not find template {template} in chart"));
            }
        }
        Ok(text)
    }

    /// Returns all objects: those of the `crds/` folders, the release's, and the hooks.
    ///
    /// Documents without content are left out, lists stand as one object. What is no Kubernetes object is reported.
    pub fn objects(&self) -> Warned<Vec<Manifest>> {
        let mut objects = Warned::clean(Vec::new());
        for crd in &self.crds {
            match &*crd.values() {
                Ok(values) => {
                    values.iter().for_each(|value| add(&mut objects, value.clone(), &crd.path));
                }
                Err(error) => objects.diagnostics.push(error.clone().into()),
            }
        }
        let hooks = self.hooks.iter().map(|hook| &hook.manifest);
        for manifest in self.manifests.iter().chain(hooks) {
            add(&mut objects, manifest.value.clone(), &manifest.path);
        }
        objects
    }
}

/// Returns the template that a printed document names, without the chart's name.
fn source_of(document: &str) -> Option<&str> {
    let (_, rest) = document.split_once("# Source: ")?;
    let (_, path) = rest.lines().next()?.split_once('/')?;
    Some(path).filter(|path| !path.is_empty())
}

fn document(text: &mut String, path: &str, content: &str) {
    text.extend(["---\n# Source: ", path, "\n", content, "\n"]);
}

fn add(objects: &mut Warned<Vec<Manifest>>, value: Value, path: &str) {
    if value.is_null() || value.as_map().is_some_and(weir_model::Map::is_empty) {
        return;
    }
    let origin = if value.origin.is_known() { value.origin } else { Origin::file(path) };
    match Manifest::new(value) {
        Ok(manifest) => objects.value.push(manifest),
        Err(error) => {
            let message = format!("could not read a manifest of `{path}`: {error}");
            objects.diagnostics.push(Diagnostic::error("helm-manifest", message).at(origin));
        }
    }
}
