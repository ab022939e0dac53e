//! Which cluster, as whom.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::ClusterError;

/// Where the way to a cluster is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The kubeconfig file; without one `KUBECONFIG`, `~/.kube/config` and the pod's own account are tried.
    pub kubeconfig: Option<PathBuf>,
    /// The context; without one the file's current one.
    pub context: Option<String>,
    /// How long an answer may let wait for its next byte; without one, [`PATIENCE`].
    pub patience: Option<Duration>,
}

/// How long a request waits for an answer: longer than API servers let their own work take, which is a minute.
pub const PATIENCE: Duration = Duration::from_secs(75);

impl Access {
    /// Reads the configuration and makes a client; nothing is sent yet.
    pub(crate) async fn client(&self) -> Result<Client, ClusterError> {
        let options =
            KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let config = match &self.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(ClusterError::access)?;
                Config::from_custom_kubeconfig(file, &options).await
            }
            None if self.context.is_some() => Config::from_kubeconfig(&options).await,
            None => {
                let config = Config::infer().await.map_err(ClusterError::access)?;
                return client(config, self.patience);
            }
        };
        client(config.map_err(ClusterError::access)?, self.patience)
    }
}

/// Makes a client for the text of a kubeconfig, as `spec.kubeConfig` refers to one.
///
/// A kubeconfig that would start a program or skip the check of the server's certificate is refused, as Flux does.
pub(crate) async fn client_of_text(text: &str) -> Result<Client, ClusterError> {
    let file = Kubeconfig::from_yaml(text).map_err(|_| {
        // The error may quote the text, which holds keys.
        ClusterError::Access("the kubeconfig is not readable YAML of a kubeconfig".to_owned())
    })?;
    let starts_program = |auth: &kube::config::AuthInfo| auth.exec.is_some();
    if file.auth_infos.iter().filter_map(|named| named.auth_info.as_ref()).any(starts_program) {
        return Err(ClusterError::Access(
            "the kubeconfig names a program to start (`exec`), which is not done".to_owned(),
        ));
    }
    let is_blind = |cluster: &kube::config::Cluster| cluster.insecure_skip_tls_verify == Some(true);
    if file.clusters.iter().filter_map(|named| named.cluster.as_ref()).any(is_blind) {
        return Err(ClusterError::Access(
            "the kubeconfig skips the check of the server's certificate, which is not done"
                .to_owned(),
        ));
    }
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
    client(config.map_err(ClusterError::access)?, None)
}

fn client(mut config: Config, patience: Option<Duration>) -> Result<Client, ClusterError> {
    // Retries are counted and limited in one place: `Cluster`.
    config.default_retry = false;
    config.read_timeout = Some(patience.unwrap_or(PATIENCE));
    Client::try_from(config).map_err(ClusterError::access)
}
