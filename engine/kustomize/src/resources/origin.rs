//! What `buildMetadata` prints of where a resource came from and what changed it.

use weir_model::{Map, Value};

use crate::remote::{Repository, repository};

/// Where a resource, generator or transformer came from, as `config.kubernetes.io/origin` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OriginNote {
    pub(crate) path: String,
    pub(crate) repo: String,
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    /// The generator or transformer: its `apiVersion`, kind, name and namespace.
    pub(crate) configured_by: [String; 4],
}

impl OriginNote {
    /// Returns the same place with a path below it. A path from a remote resource starts anew.
    pub(crate) fn below(&self, path: &str) -> Self {
        if let Some(Repository { url, path, reference, .. }) = repository(path) {
            return Self { path, repo: url, reference, ..Self::default() };
        }
        Self { path: crate::paths::join(&self.path, path), ..self.clone() }
    }

    /// Returns the note for something that a built-in keyword of the kustomization at this place makes.
    pub(crate) fn builtin(&self, file: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            repo: self.repo.clone(),
            reference: self.reference.clone(),
            configured_in: crate::paths::join(&self.path, file),
            configured_by: ["builtin".into(), kind.into(), String::new(), String::new()],
        }
    }

    /// Returns the note for something that the resource at this place configures.
    pub(crate) fn configured(&self, by: [String; 4]) -> Self {
        Self {
            path: String::new(),
            repo: self.repo.clone(),
            reference: self.reference.clone(),
            configured_in: self.path.clone(),
            configured_by: by,
        }
    }

    /// Writes the note as the annotation's text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, "", "");
        if text.is_empty() { "{}\n".into() } else { text }
    }

    fn write(&self, text: &mut String, first: &str, indent: &str) {
        let mut lead = first;
        let mut line = |key: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(lead);
                text.push_str(&pair(key, value));
                lead = indent;
            }
        };
        line("path", &self.path);
        line("repo", &self.repo);
        line("ref", &self.reference);
        line("configuredIn", &self.configured_in);
        if self.configured_by.iter().all(String::is_empty) {
            return;
        }
        text.push_str(lead);
        text.push_str("configuredBy:\n");
        for (key, value) in
            ["apiVersion", "kind", "name", "namespace"].iter().zip(&self.configured_by)
        {
            if !value.is_empty() {
                text.push_str(indent);
                text.push_str("  ");
                text.push_str(&pair(key, value));
            }
        }
    }
}

/// Writes a list of notes as `alpha.config.kubernetes.io/transformations` shows it.
pub(crate) fn list_text(notes: &[OriginNote]) -> String {
    let mut text = String::new();
    for note in notes {
        note.write(&mut text, "- ", "  ");
    }
    text
}

/// Writes `key: value` as YAML, with a newline.
fn pair(key: &str, value: &str) -> String {
    let map: Map = std::iter::once((key.into(), Value::string(value))).collect();
    weir_yaml::to_yaml(&Value::map(map))
}
