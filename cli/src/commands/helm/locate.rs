//! From what the command line names to a chart: a folder, an archive, a URL, a registry or a repository.

use std::path::Path;

use weir_helm::{Chart, HelmVersion};
use weir_model::Warned;

use super::{fetch, values};
use crate::args::ChartFlags;

/// Reads the chart that a reference names. The error is helm's text.
pub(super) fn chart(
    reference: &str,
    flags: &ChartFlags,
    helm: HelmVersion,
) -> Result<Warned<Option<Chart>>, String> {
    let reference = reference.trim();
    let path = Path::new(reference);
    // Helm 3 prefers a chart that lies here even to `--repo`.
    let is_local = flags.repo.is_none() || helm == HelmVersion::V3;
    if is_local && path.exists() {
        if flags.verify {
            return Err(match path.is_dir() {
                true => "unpacked charts cannot be verified".to_owned(),
                false => UNVERIFIED.to_owned(),
            });
        }
        return local(reference, helm);
    }
    if flags.repo.is_none() && (path.is_absolute() || reference.starts_with('.')) {
        return Err(format!("path {} not found", quote(reference)));
    }
    if flags.verify {
        return Err(UNVERIFIED.to_owned());
    }
    if let Some(repository) = &flags.repo {
        let tree = fetch::from_repository(repository, reference, flags)?;
        return Ok(Chart::load_as(&tree, helm));
    }
    if reference.starts_with("oci://") {
        return Ok(Chart::load_as(&*fetch::from_registry(reference, flags)?, helm));
    }
    if fetch::is_url(reference) {
        return Ok(Chart::from_archive_as(&fetch::file(reference)?, helm));
    }
    match reference.split_once('/') {
        Some((repository, _)) => Err(format!(
            "repo {repository} not found\nhint: helm's own list of repositories is not read; name the repository with `--repo URL`"
        )),
        None => Err(format!(
            "non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}"
        )),
    }
}

/// Why `--verify` is refused: a chart that was not verified must not pass for one that was.
const UNVERIFIED: &str = "`--verify` is refused: provenance files are not checked here\nhint: check the chart with `helm verify`, or take it by digest from a registry";

fn local(path: &str, helm: HelmVersion) -> Result<Warned<Option<Chart>>, String> {
    let folder = Path::new(path);
    if folder.is_dir() {
        let tree = weir_io_source::folder::read(folder).map_err(|error| error.to_string())?;
        return Ok(Chart::load_as(&tree.value, helm));
    }
    Ok(Chart::from_archive_as(&values::read_file(path)?, helm))
}

fn quote(text: &str) -> String {
    format!("{text:?}")
}
