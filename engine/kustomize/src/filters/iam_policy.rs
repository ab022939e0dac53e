//! The service account that stands for a cloud's own.

use weir_yaml::{Node, Pair};

/// The account of the cluster and the one of the cloud.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceAccount<'a> {
    /// The name of the cloud's account.
    pub google_name: &'a str,
    /// The project of the cloud's account.
    pub project: &'a str,
    /// The name of the cluster's account.
    pub name: &'a str,
    /// The namespace of the cluster's account; may be empty.
    pub namespace: &'a str,
}

/// Makes the account. Refuses clouds other than `gke`.
pub fn generate(cloud: &str, account: &ServiceAccount<'_>) -> Result<Node, String> {
    if cloud != "gke" {
        return Err(format!("cloud provider {cloud} not supported yet"));
    }
    let ServiceAccount { google_name, project, name, namespace } = account;
    let email = format!("{google_name}@{project}.iam.gserviceaccount.com");
    let pair = |key: &str, value: Node| Pair { key: Node::string(key), value };
    let annotations =
        Node::mapping(vec![pair("iam.gke.io/gcp-service-account", Node::string(email))]);
    let mut metadata = vec![pair("annotations", annotations), pair("name", Node::string(*name))];
    if !namespace.is_empty() {
        metadata.push(pair("namespace", Node::string(*namespace)));
    }
    Ok(Node::mapping(vec![
        pair("apiVersion", Node::string("v1")),
        pair("kind", Node::string("ServiceAccount")),
        pair("metadata", Node::mapping(metadata)),
    ]))
}
