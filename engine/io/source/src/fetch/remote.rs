//! Remote resources of a kustomization: a file behind a URL, or a folder of a Git repository.

use std::sync::Arc;

use weir_evaluate::{RemoteTarget, remote_target};
use weir_model::{Artifact, Blob, Revision, TreeBuilder, TreePath};

use super::http::Request;
use super::{FetchError, Fetcher, git};
use crate::git::redact;
use crate::limits;

/// Fetches a remote resource; see [`RemoteTarget`] for what the tree then holds.
pub(super) async fn resource(fetcher: &Arc<Fetcher>, url: &str) -> Result<Artifact, FetchError> {
    match remote_target(url) {
        RemoteTarget::File { url, name } => {
            let place = fetcher.place(&url);
            let access = fetcher.access_to(&place.url);
            let request = Request {
                url: &place.url,
                accept: None,
                access: &access,
                limit: limits::FILE_BYTES,
                insecure: place.is_mirror,
                compress: true,
            };
            let bytes = fetcher.http.get(&request).await?.checked()?.body;
            if bytes
                .trim_ascii_start()
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype"))
            {
                return Err(FetchError::malformed(
                    format!("`{}`", redact(&url)),
                    "it is a web page, not a manifest",
                ));
            }
            let path = TreePath::parse(&name)
                .map_err(|error| FetchError::malformed(format!("URL `{}`", redact(&url)), error))?;
            let revision = Revision(super::oci::sha256(&bytes));
            let mut tree = TreeBuilder::default();
            tree.insert(path, Blob::new(bytes));
            Ok(Artifact { revision, tree: Arc::new(tree.finish()) })
        }
        RemoteTarget::Repository { url, reference, .. } => {
            let place = fetcher.place(&url);
            fetcher
                .git(place, move |place, login, interrupt| {
                    git::any(place, reference.as_deref(), login, interrupt)
                })
                .await
        }
    }
}
