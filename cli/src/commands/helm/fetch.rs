//! What the helm commands take from the network: charts of repositories and registries, and files behind URLs.
//!
//! Logins come from the user's Docker configuration and `.netrc`; helm's own repositories and certificates are not read.

use weir_evaluate::{Answer, Demand, HelmChartDemand};
use weir_io_source::{Settings, Sources};
use weir_model::Tree;

use std::sync::Arc;

use crate::args::ChartFlags;

/// Tells whether a text is a URL of a file.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Fetches the file behind a URL.
pub(super) fn file(url: &str) -> Result<Vec<u8>, String> {
    let tree = answer(&Demand::Remote(url.to_owned()))?;
    let mut files = tree.files();
    match (files.next(), files.next()) {
        (Some((_, blob)), None) => Ok(blob.bytes().to_vec()),
        _ => Err(format!("`{url}` is no file but a repository")),
    }
}

/// Fetches a chart of an OCI registry, `oci://registry/path/name` with a tag at its end or in `--version`.
pub(super) fn from_registry(reference: &str, flags: &ChartFlags) -> Result<Arc<Tree>, String> {
    let (repository, last) = reference.rsplit_once('/').unwrap_or((reference, ""));
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    if name.contains('@') {
        return Err(format!(
            "`{reference}` names a digest, which is not supported: name the version with `--version`"
        ));
    }
    let version = version(flags);
    answer(&Demand::HelmChart(HelmChartDemand {
        repository: repository.to_owned(),
        chart: name.to_owned(),
        version: if version.is_empty() { tag.replace('_', "+") } else { version },
        insecure: flags.plain_http,
    }))
}

/// Fetches a chart of a repository, as `--repo` names it.
pub(super) fn from_repository(
    repository: &str,
    chart: &str,
    flags: &ChartFlags,
) -> Result<Arc<Tree>, String> {
    answer(&Demand::HelmChart(HelmChartDemand {
        repository: repository.to_owned(),
        chart: chart.to_owned(),
        version: version(flags),
        insecure: flags.plain_http,
    }))
}

fn version(flags: &ChartFlags) -> String {
    match flags.version.as_deref().map(str::trim) {
        Some(version) if !version.is_empty() => version.to_owned(),
        _ if flags.devel => ">0.0.0-0".to_owned(),
        _ => String::new(),
    }
}

fn answer(demand: &Demand) -> Result<Arc<Tree>, String> {
    let sources = Sources::new(Settings::default()).map_err(|error| error.to_string())?;
    match sources.answer([demand.clone()], &mut |_| {}).remove(demand) {
        Some(Ok(Answer::Files(artifact))) => Ok(artifact.tree),
        Some(Err(unavailable)) => Err(unavailable.message),
        _ => Err(format!("{demand} has no answer")),
    }
}
