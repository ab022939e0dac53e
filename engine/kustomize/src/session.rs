//! What one build carries along: settings, schemas, and what was found missing or worth saying.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{Diagnostic, Source, Tree, TreePath};

use crate::budget::Budget;
use crate::error::{BuildError, Result, Within};
use crate::load::{File, Folder};
use crate::resources::Resource;
use crate::resources::id::scalar;
use crate::schema::Schema;
use crate::settings::BuildSettings;

/// What a kustomization costs beside what it reads, in looks at nodes.
const KUSTOMIZATION: usize = 5_000;

/// The version of the OpenAPI document that is built in.
const BUILTIN_OPENAPI: &str = "v1.21.2";

/// What one build carries along.
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a BuildSettings,
    pub(crate) schema: Arc<Schema>,
    schema_is_set: bool,
    /// Whether the built-in schemas have been asked for something. Once they have, a build's own come beside them.
    builtin_is_used: bool,
    pub(crate) missing: BTreeSet<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What was looked for in the tree and is not there.
    pub(crate) absent: BTreeSet<TreePath>,
    /// How many folders above the tree paths lead.
    pub(crate) above: usize,
    depth: u32,
    pub(crate) budget: Budget,
}

impl<'a> Session<'a> {
    pub(crate) fn new(settings: &'a BuildSettings) -> Self {
        Self {
            settings,
            schema: Arc::new(Schema::builtin()),
            schema_is_set: false,
            builtin_is_used: false,
            missing: BTreeSet::new(),
            absent: BTreeSet::new(),
            diagnostics: Vec::new(),
            above: 0,
            depth: 0,
            budget: Budget::new(settings.limits),
        }
    }

    /// Says something that is no error.
    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Counts looks at nodes; a build that takes too many is refused.
    pub(crate) fn step(&self, steps: usize) -> Result<()> {
        Ok(self.budget.step(steps)?)
    }

    /// Does something one level deeper; too deep is an error.
    pub(crate) fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let limit = self.settings.limits.depth;
        if self.depth >= limit {
            return Err(BuildError::new(format!(
                "kustomizations include each other more than {limit} levels deep"
            )));
        }
        self.step(KUSTOMIZATION)?;
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// Notes that schemas are needed to merge.
    pub(crate) fn use_schema(&mut self) {
        self.builtin_is_used |= !self.schema_is_set;
    }

    /// Notes that the scopes of these resources are needed. Those of common kinds are known without schemas.
    pub(crate) fn use_scopes(&mut self, resources: &[Resource]) {
        if self.schema_is_set || self.builtin_is_used {
            return;
        }
        self.builtin_is_used = resources.iter().any(|resource| {
            let api_version = scalar(resource.node.get("apiVersion"));
            self.schema.is_namespaced(&api_version, &resource.kind()).is_none()
        });
    }

    /// Takes the schemas that a kustomization asks for; the first that asks decides.
    pub(crate) fn set_schema(
        &mut self,
        version: Option<&str>,
        path: Option<&str>,
        folder: &Folder<'a>,
    ) -> Result<()> {
        let document = match path {
            Some(path) => Some(folder.load(path, self)?),
            None => None,
        };
        if self.schema_is_set {
            return Ok(());
        }
        if let Some(file) = document {
            if version.is_some() {
                return Err(BuildError::new(
                    "builtin version and custom schema provided, cannot use both",
                ));
            }
            let bytes = file.blob.bytes();
            let document = if bytes.trim_ascii_start().starts_with(b"{") {
                weir_yaml::json::read(bytes, file.source)
            } else {
                weir_yaml::read_value(bytes, file.source)
            }
            .within("invalid schema file")?;
            self.schema = Arc::new(Schema::custom(&document, self.builtin_is_used));
            self.schema_is_set = true;
        } else if let Some(version) = version.filter(|version| !version.is_empty()) {
            if version != BUILTIN_OPENAPI {
                return Err(BuildError::new("the specified OpenAPI version is not built in"));
            }
            self.schema_is_set = true;
        }
        Ok(())
    }

    /// Returns the tree of a remote folder, or notes that it is missing.
    pub(crate) fn remote_tree(&mut self, url: &str) -> Result<&'a Tree> {
        match self.settings.remotes.get(url) {
            Some(tree) => Ok(tree),
            None => {
                self.missing.insert(url.to_owned());
                Err(BuildError::missing())
            }
        }
    }

    /// Returns the one file behind a URL, or notes that it is missing.
    pub(crate) fn remote_file(&mut self, url: &str) -> Result<File<'a>> {
        let tree = self.remote_tree(url)?;
        let mut files = tree.files();
        match (files.next(), files.next()) {
            (Some((_, blob)), None) => Ok(File { blob, source: Source::named(url) }),
            _ => Err(BuildError::new("URL is a git repository")),
        }
    }
}
