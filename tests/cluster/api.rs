//! What tests do with the API server beside weir, and weir itself.

use std::path::Path;
use std::process::{Command, Output};

use tokio::runtime::Runtime;
use weir_io_cluster::{Access, Cluster, ClusterError, Patch, Resources};
use weir_model::{Manifest, ObjectId, Source, Value};

use crate::server::Server;

/// Flux's kinds, as far as the tests need them: nothing is defaulted, nothing refused.
const DEFINITIONS: &str = include_str!("definitions.yaml");

/// A user of the API server.
pub struct Api {
    runtime: Runtime,
    cluster: Cluster,
    pub kubeconfig: std::path::PathBuf,
}

impl Api {
    /// Connects, and makes sure that Flux's kinds are served.
    pub fn new(server: &Server) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let access = Access { kubeconfig: Some(server.kubeconfig.clone()), ..Access::default() };
        let cluster = runtime
            .block_on(Cluster::connect(&access, "weir-tests"))
            .expect("the kubeconfig is good");
        let api = Self { runtime, cluster, kubeconfig: server.kubeconfig.clone() };
        for definition in documents(DEFINITIONS) {
            api.apply(&definition, "weir-tests");
        }
        let is_served = || {
            let resources = api.resources();
            resources.preferred("kustomize.toolkit.fluxcd.io", "Kustomization").is_some()
                && resources.preferred("source.toolkit.fluxcd.io", "GitRepository").is_some()
                && resources.preferred("helm.toolkit.fluxcd.io", "HelmRelease").is_some()
        };
        while !is_served() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        api
    }

    pub fn resources(&self) -> Resources {
        self.runtime.block_on(self.cluster.resources()).expect("the server says what it serves")
    }

    /// Returns the path of an object.
    fn path(&self, object: &Value) -> String {
        let manifest = Manifest::new(object.clone()).expect("an object");
        let resources = self.resources();
        let resource = resources
            .of(manifest.group(), manifest.version(), manifest.kind())
            .unwrap_or_else(|| panic!("`{}` is not served", manifest.kind()));
        resource.object_path(&manifest.id())
    }

    /// Applies an object as a user does.
    pub fn apply(&self, object: &Value, manager: &str) {
        let path = self.path(object);
        let query = format!("fieldManager={manager}&force=true");
        let body = weir_yaml::json::write(object);
        self.runtime
            .block_on(self.cluster.patch(&path, Patch::Apply, &query, &body))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Merges into an object.
    pub fn merge(&self, path: &str, body: &str) -> Result<Value, ClusterError> {
        let patched = self.cluster.patch(path, Patch::Merge, "fieldManager=user", body);
        self.runtime.block_on(patched).map(|written| written.object)
    }

    pub fn get(&self, path: &str) -> Option<Value> {
        self.runtime.block_on(self.cluster.get(path)).ok()
    }

    pub fn list(&self, path: &str) -> Vec<Value> {
        self.runtime.block_on(self.cluster.list(path, "")).unwrap_or_default()
    }

    pub fn delete(&self, path: &str) {
        self.runtime.block_on(self.cluster.delete(path, None)).ok();
    }

    /// Returns the path of an object by its group, kind, namespace and name.
    pub fn path_of(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<String> {
        let resources = self.resources();
        let id = ObjectId::new(group, kind, Some(namespace), name);
        resources.preferred(group, kind).map(|resource| resource.object_path(&id))
    }

    /// Runs weir against the server.
    pub fn weir(&self, folder: &Path, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
            .args(arguments)
            .current_dir(folder)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("XDG_CACHE_HOME", folder.join(".cache"))
            .output()
            .expect("weir starts")
    }

    /// Makes an API server serve a kind, about whose objects nothing is known.
    pub fn define(&self, group: &str, version: &str, kind: &str, scope: &str) {
        let singular = kind.to_lowercase();
        let definition = format!(
            "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {singular}s.{group}, annotations: {{api-approved.kubernetes.io: unapproved}}}}, spec: {{group: {group}, scope: {scope}, names: {{kind: {kind}, listKind: {kind}List, plural: {singular}s, singular: {singular}}}, versions: [{{name: {version}, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}]}}}}"
        );
        self.apply(&documents(&definition)[0], "weir-tests");
        for _ in 0..100 {
            if self.resources().of(group, version, kind).is_some() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("`{kind}` of {group}/{version} is not served after 10 s");
    }

    /// Runs a line of a shell against the server; nothing when the shell or the program is not there.
    pub fn shell(&self, folder: &Path, line: &str, input: &str) -> Option<Output> {
        use std::io::Write;
        let mut child = Command::new("bash")
            .args(["-c", line])
            .current_dir(folder)
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        child.wait_with_output().ok().filter(|output| output.status.code() != Some(127))
    }
}

/// Reads the objects of a YAML text.
pub fn documents(text: &str) -> Vec<Value> {
    weir_yaml::read_values(text.as_bytes(), Source::default()).expect("good YAML")
}

/// Returns a text of an object, empty when it is not there.
pub fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
