//! What every part of an evaluation looks at.

use std::sync::Arc;

use weir_flux::names::FLUX_SYSTEM;
use weir_model::{Artifact, Diagnostic, ObjectId};

use crate::blocked::Blocked;
use crate::files::Files;
use crate::world::World;
use crate::{Answer, Demand, Memo, Sealed, Snapshot};

/// The snapshot, the memo, and what units have made so far.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) memo: &'a Memo,
    pub(crate) world: &'a World,
    /// The source of the entry Kustomization, which the repository itself answers.
    pub(crate) entry_source: &'a ObjectId,
}

impl Context<'_> {
    /// Returns the files that answer a demand with their revision, or why there are none.
    pub(crate) fn files(&self, demand: Demand) -> Result<(Files, String), Blocked> {
        match self.snapshot.answers.get(&demand) {
            Some(Ok(Answer::Files(Artifact { revision, tree }))) => {
                Ok((Files::Here(Arc::clone(tree)), revision.0.clone()))
            }
            Some(Ok(Answer::Sealed(Sealed { revision, tree, opener }))) => {
                let (digest, opener) = (*tree, opener.clone());
                let demand = Box::new(demand);
                Ok((Files::Sealed { digest, opener, demand }, revision.0.clone()))
            }
            Some(Ok(Answer::Object(_))) => {
                let message = format!("{demand} was answered with an object, not with files");
                Err(Blocked::waiting(Diagnostic::error("flux-answer", message)))
            }
            Some(Err(unavailable)) => {
                let message = format!("could not fetch {demand}");
                let mut diagnostic =
                    Diagnostic::error("flux-unavailable", message).cause(&unavailable.message);
                diagnostic.hints.clone_from(&unavailable.hints);
                Err(Blocked::waiting(diagnostic))
            }
            None => {
                let message = format!("{demand} is not fetched yet");
                Err(Blocked::demanding(demand, Diagnostic::error("flux-not-fetched", message)))
            }
        }
    }

    /// Tells whether a source object means the repository itself.
    pub(crate) fn is_root(&self, id: &ObjectId, url: Option<&str>) -> bool {
        let is_entry = id == self.entry_source
            // Whoever installs Flux gives the first source this name; its kind is not known without the object.
            || (url.is_none()
                && id.name == FLUX_SYSTEM
                && id.namespace.as_deref() == Some(FLUX_SYSTEM)
                && id.kind != "ExternalArtifact");
        let same = |url: &str| {
            let wanted = normal_url(url);
            self.snapshot.root_urls.iter().any(|root| normal_url(root) == wanted)
        };
        is_entry || url.is_some_and(same)
    }
}

/// Brings the spellings of one repository's URL together: scheme, user, `.git` and case do not matter.
fn normal_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    };
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    // `git@host:owner/name` is `host/owner/name`.
    let rest = match rest.split_once(':') {
        Some((host, path)) if !path.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{host}/{path}")
        }
        _ => rest.to_owned(),
    };
    rest.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::normal_url;

    #[test]
    fn spellings_of_one_url_are_equal() {
        for url in [
            "https://github.com/Org/repo",
            "https://github.com/org/repo.git",
            "ssh://git@github.com/org/repo.git",
            "git@github.com:org/repo.git",
            "https://user:token@github.com/org/repo/",
        ] {
            assert_eq!(normal_url(url), "github.com/org/repo", "{url}");
        }
        assert_eq!(normal_url("http://localhost:8080/x"), "localhost:8080/x");
    }
}
