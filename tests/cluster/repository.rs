//! A small repository of our own: an entry with one Kustomization, `app`, in a namespace of its own.

use std::path::Path;
use std::sync::{PoisonError, RwLockReadGuard};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::api::{Api, documents};
use crate::server::ENTRY;

/// The repository, with the cluster it is applied to.
pub struct Repository<'a> {
    pub api: &'a Api,
    pub name: &'static str,
    folder: TempDir,
    _entry: RwLockReadGuard<'static, ()>,
}

impl<'a> Repository<'a> {
    /// Makes the repository, and its namespace in the cluster.
    pub fn new(api: &'a Api, name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let entry = ENTRY.read().unwrap_or_else(PoisonError::into_inner);
        let repository = Self { api, name, folder, _entry: entry };
        let namespace = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}");
        api.apply(&documents(&namespace)[0], "user");
        repository.write(
            "entry/app.yaml",
            &format!(
                "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: app, namespace: {name}}}\nspec: {{interval: 1h, prune: true, path: ./app, sourceRef: {{kind: GitRepository, name: src}}}}\n"
            ),
        );
        repository
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.folder.path().join(path)).expect("the file is there");
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs weir on the repository; returns the exit code and what it said on both streams.
    pub fn weir(&self, command: &str, arguments: &[&str]) -> (i32, String, String) {
        let source = format!("GitRepository/{}/src={}", self.name, self.folder.path().display());
        let mut all = vec![command, "--path", "entry", "--source", &source];
        all.extend(arguments);
        let output = self.api.weir(self.folder.path(), &all);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// Applies, and returns the exit code and the report.
    pub fn apply(&self, arguments: &[&str]) -> (i32, Json) {
        let mut all = vec!["--yes", "--output", "json"];
        all.extend(arguments);
        let (code, out, err) = self.weir("apply", &all);
        (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("no report: {out}{err}")))
    }

    /// Returns the path of a ConfigMap of the repository's namespace.
    pub fn config_map(&self, name: &str) -> String {
        format!("/api/v1/namespaces/{}/configmaps/{name}", self.name)
    }
}

/// Returns the outcome of each object of a unit, as `outcome Kind/name`.
pub fn outcomes(report: &Json, unit: &str) -> Vec<String> {
    let units = report["units"].as_array().expect("units");
    let unit = units.iter().find(|it| it["name"] == unit).expect("the unit is reported");
    let objects = unit["objects"].as_array().expect("objects");
    objects
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default();
            format!("{} {}/{}", text("outcome"), text("kind"), text("name"))
        })
        .collect()
}

/// Writes ConfigMaps of these names into one text.
pub fn config_maps(namespace: &str, names: impl IntoIterator<Item = String>) -> String {
    let one = |name: String| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{a: \"1\"}}\n"
        )
    };
    names.into_iter().map(one).collect::<Vec<_>>().join("---\n")
}
