//! What a cluster is: its version, what it serves, and the schemas of that.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{Data, Map, Value};

use crate::{Cluster, ClusterError};

/// How many schema documents are read.
const SCHEMAS: usize = 2000;

/// How deep a schema may nest.
const DEPTH: u32 = 200;

/// What a cluster is.
#[derive(Clone, Debug, Default)]
pub struct ServerFacts {
    /// The Kubernetes version, such as `v1.36.3`.
    pub version: String,
    /// What is served, as `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: BTreeSet<String>,
    /// By path, such as `apis/apps/v1`: the OpenAPI 3 document, as JSON without operations and descriptions.
    pub schemas: BTreeMap<String, String>,
}

impl Cluster {
    /// Reads the facts; a request for each group and version. Only reads.
    pub async fn facts(&self) -> Result<ServerFacts, ClusterError> {
        let mut facts = ServerFacts::default();
        let version = self.get("/version").await?;
        text(&version, "gitVersion").clone_into(&mut facts.version);
        facts.api_versions.insert("v1".to_owned());
        let groups = self.get("/apis").await?;
        for version in items(&groups, "groups").iter().flat_map(|group| items(group, "versions")) {
            facts.api_versions.insert(text(version, "groupVersion").to_owned());
        }
        for resource in self.resources().await?.all() {
            let version = resource.api_version();
            facts.api_versions.insert(format!("{version}/{}", resource.kind));
            facts.api_versions.insert(version);
        }
        let index = self.get("/openapi/v3").await?;
        let paths = index.get("paths").and_then(Value::as_map);
        for path in paths.into_iter().flat_map(Map::keys).take(SCHEMAS) {
            // Only groups and versions: not `version` or `.well-known/…`.
            if !path.starts_with("api/") && !path.starts_with("apis/") {
                continue;
            }
            let mut document = self.get(&format!("/openapi/v3/{path}")).await?;
            if let Some(map) = document.as_map_mut() {
                map.remove("paths");
            }
            without_descriptions(&mut document, false, 0);
            facts.schemas.insert(path.to_string(), weir_yaml::json::write(&document));
        }
        Ok(facts)
    }
}

/// Takes descriptions out: they are most of a schema, and no check reads them. A property may be called so, too.
fn without_descriptions(value: &mut Value, are_names: bool, depth: u32) {
    if depth > DEPTH {
        return;
    }
    match &mut value.data {
        Data::Map(map) => {
            let map = std::sync::Arc::make_mut(map);
            if !are_names && map.get("description").is_some_and(|text| text.as_str().is_some()) {
                map.remove("description");
            }
            for (key, value) in map.iter_mut() {
                let are_names = !are_names && matches!(key.as_str(), "properties" | "schemas");
                without_descriptions(value, are_names, depth + 1);
            }
        }
        Data::List(list) => {
            for item in std::sync::Arc::make_mut(list) {
                without_descriptions(item, false, depth + 1);
            }
        }
        _ => {}
    }
}

fn items<'value>(value: &'value Value, key: &str) -> &'value [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

fn text<'value>(value: &'value Value, key: &str) -> &'value str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};

    use super::*;
    use crate::{Access, run};

    /// An API server that is a table of answers.
    fn serve(answers: &'static [(&'static str, &'static str)]) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let line = lines.next().unwrap().unwrap();
                let path = line.split(' ').nth(1).unwrap().to_owned();
                for header in lines.by_ref() {
                    if header.unwrap().is_empty() {
                        break;
                    }
                }
                let found = answers.iter().find(|(known, _)| *known == path);
                let (status, body) = found.map_or((404, "{}"), |(_, body)| (200, *body));
                let length = body.len();
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
            }
        });
        host
    }

    #[test]
    fn facts_are_read_without_what_nobody_needs() {
        let host = serve(&[
            ("/version", r#"{"gitVersion": "v1.36.3"}"#),
            (
                "/api",
                r#"{"items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [{"resource": "configmaps", "responseKind": {"kind": "ConfigMap"}, "scope": "Namespaced", "verbs": ["get"]}]}]}]}"#,
            ),
            ("/apis", r#"{"groups": [{"versions": [{"groupVersion": "x.io/v1"}]}], "items": []}"#),
            ("/openapi/v3", r#"{"paths": {"api/v1": {}, "version": {}}}"#),
            (
                "/openapi/v3/api/v1",
                r#"{"paths": {"/x": {}}, "components": {"schemas": {"A": {"description": "long", "properties": {"description": {"type": "string", "description": "long"}}}}}}"#,
            ),
        ]);
        let file = std::env::temp_dir().join(format!("weir-facts-{}.yaml", std::process::id()));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nclusters: [{{name: k, cluster: {{server: 'http://{host}'}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
        );
        std::fs::write(&file, text).unwrap();
        let access = Access { kubeconfig: Some(file.clone()), ..Access::default() };
        let facts =
            run(async { Cluster::connect(&access, "test").await.unwrap().facts().await.unwrap() });
        std::fs::remove_file(file).unwrap();
        let facts = facts.unwrap();
        assert_eq!(facts.version, "v1.36.3");
        let versions: Vec<&str> = facts.api_versions.iter().map(String::as_str).collect();
        assert_eq!(versions, ["v1", "v1/ConfigMap", "x.io/v1"]);
        assert_eq!(facts.schemas.len(), 1);
        assert_eq!(
            facts.schemas["api/v1"],
            r#"{"components":{"schemas":{"A":{"properties":{"description":{"type":"string"}}}}}}"#
        );
    }
}
