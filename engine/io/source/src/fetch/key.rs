//! The name of a demand in the cache, and how long its answer is good.

use weir_evaluate::{Demand, RemoteTarget, remote_target};
use weir_model::{Digest, DigestBuilder};

use super::{Fetcher, versions};

impl Fetcher {
    /// Names a demand in the cache. Where it is fetched from is part of it: a mirror may hold something else.
    pub(super) fn key(&self, demand: &Demand) -> Digest {
        let mut key = DigestBuilder::new("demand");
        key.text(&self.place(&url_of(demand)).url);
        let optional = |key: &mut DigestBuilder, texts: &[&Option<weir_model::SmolStr>]| {
            for text in texts {
                key.number(u64::from(text.is_some())).text(text.as_deref().unwrap_or_default());
            }
        };
        match demand {
            Demand::Git(demand) => {
                let reference = &demand.reference;
                key.text("git").number(u64::from(demand.recurse_submodules));
                optional(
                    &mut key,
                    &[
                        &reference.branch,
                        &reference.tag,
                        &reference.semver,
                        &reference.name,
                        &reference.commit,
                    ],
                );
            }
            Demand::Oci(demand) => {
                let reference = &demand.reference;
                key.text("oci").text(&demand.media_type);
                optional(
                    &mut key,
                    &[
                        &reference.tag,
                        &reference.semver,
                        &reference.semver_filter,
                        &reference.digest,
                    ],
                );
            }
            Demand::HelmChart(demand) => {
                key.text("chart").text(&demand.chart).text(demand.version.trim());
            }
            Demand::Bucket(demand) => {
                key.text("bucket").text(&demand.provider).text(&demand.bucket).text(&demand.prefix);
            }
            Demand::Remote(url) => match remote_target(url) {
                // Folders of one repository share its files.
                RemoteTarget::Repository { reference, .. } => {
                    key.text("remote").text(reference.as_deref().unwrap_or("HEAD"));
                }
                RemoteTarget::File { name, .. } => {
                    key.text("file").text(&name);
                }
            },
            Demand::Object(id) => {
                key.text("object").text(&id.to_string());
            }
        }
        key.finish()
    }
}

/// Returns the URL of what a demand wants.
pub(super) fn url_of(demand: &Demand) -> String {
    match demand {
        Demand::Git(demand) => demand.url.clone(),
        Demand::Oci(demand) => demand.url.clone(),
        Demand::HelmChart(demand) => demand.repository.clone(),
        Demand::Bucket(demand) => demand.endpoint.clone(),
        Demand::Remote(url) => match remote_target(url) {
            RemoteTarget::File { url, .. } | RemoteTarget::Repository { url, .. } => url,
        },
        Demand::Object(_) => String::new(),
    }
}

/// Tells whether a demand has the same answer for all time: a commit, a digest, an exact version of a chart.
pub(super) fn is_immutable(demand: &Demand) -> bool {
    match demand {
        Demand::Git(demand) => demand.reference.commit.is_some(),
        Demand::Oci(demand) => demand.reference.digest.is_some(),
        Demand::HelmChart(demand) => versions::parse(demand.version.trim()).is_some(),
        Demand::Remote(url) => match remote_target(url) {
            RemoteTarget::Repository { reference: Some(reference), .. } => {
                reference.len() == 40 && reference.bytes().all(|digit| digit.is_ascii_hexdigit())
            }
            _ => false,
        },
        Demand::Bucket(_) | Demand::Object(_) => false,
    }
}
