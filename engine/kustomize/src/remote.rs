//! What a remote resource of a kustomization means, read from its URL alone, and how its tree in
//! [`crate::BuildSettings::remotes`] is laid out.

use weir_model::TreePath;

/// What a URL in a kustomization's `resources` leads to; see [`remote_target`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteTarget {
    /// One file. Its tree holds it alone, under its name.
    File {
        /// Where to fetch it.
        url: String,
        /// The last part of the URL.
        name: String,
    },
    /// A folder of a Git repository. Its tree is the whole repository, as the folder may refer to what lies
    /// beside it.
    Repository {
        /// The repository's URL.
        url: String,
        /// The branch, tag or commit; the remote's `HEAD` when none is given.
        reference: Option<String>,
        /// The folder.
        path: TreePath,
    },
}

/// Hosts where the first two parts of a path are a repository.
const HOSTS: &[&str] = &["github.com", "gitlab.com", "bitbucket.org"];
/// What the third part is of a path on such a host that leads to a file.
const DOWNLOADS: &[&str] = &["raw", "releases", "blob", "archive", "-", "suites"];

/// Tells what a remote resource means, from its URL alone.
///
/// A URL that [`repository`] can read is a folder of a repository, unless it is meant as a file: kustomize asks the
/// server, and only when that has no file, Git. Without a server, a URL over HTTP is a file that names no repository
/// by `//`, `.git` or `_git/`, and either ends like a manifest, or is a download, or is on an unknown host and has no `?ref=`.
pub fn remote_target(text: &str) -> RemoteTarget {
    match repository(text) {
        Some(found) if !is_meant_as_file(text, &found) => RemoteTarget::Repository {
            url: found.url,
            reference: Some(found.reference).filter(|reference| !reference.is_empty()),
            path: TreePath::parse(&found.path).unwrap_or_default(),
        },
        _ => {
            let main = text.split('?').next().unwrap_or_default();
            let name = main.rsplit('/').next().unwrap_or_default().to_owned();
            RemoteTarget::File { url: text.to_owned(), name }
        }
    }
}

/// Tells whether a path is the URL of a single file, or at least is asked for as one first.
pub(crate) fn is_file_url(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

/// Tells whether a path means a folder of a repository, so that asking for it as a file is in vain.
pub(crate) fn is_folder(path: &str) -> bool {
    repository(path).is_some_and(|found| !is_meant_as_file(path, &found))
}

fn is_meant_as_file(text: &str, found: &Repository) -> bool {
    if !is_file_url(text) || found.is_marked {
        return false;
    }
    let main = text.split('?').next().unwrap_or_default();
    let mut parts = main.split("://").nth(1).unwrap_or_default().split('/');
    let host = parts.next().unwrap_or_default();
    let is_manifest = [".yaml", ".yml", ".json"].iter().any(|ending| main.ends_with(ending));
    if HOSTS.contains(&host) {
        let is_download = parts.nth(2).is_some_and(|kind| DOWNLOADS.contains(&kind));
        return is_download || (is_manifest && found.reference.is_empty());
    }
    is_manifest || found.reference.is_empty()
}

/// A folder of a Git repository, as a kustomization names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The repository's URL.
    pub(crate) url: String,
    /// The folder in it; empty for its root.
    pub(crate) path: String,
    /// The branch, tag or commit; empty for the default branch.
    pub(crate) reference: String,
    /// Whether the URL itself says where the repository ends.
    is_marked: bool,
}

/// Reads a path as a folder of a Git repository, as kustomize does; nothing when it is none.
///
/// The path in the repository begins after `//`, `.git`, or `_git/NAME`, else after the two parts of `ORG/REPO`.
pub(crate) fn repository(path: &str) -> Option<Repository> {
    if path.starts_with('/') {
        return None;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = strip_ignoring_case(path, "git::").unwrap_or(path);
    let (mut scheme, path) = ["ssh://", "https://", "http://", "file://"]
        .iter()
        .find_map(|scheme| Some((*scheme, strip_ignoring_case(path, scheme)?)))
        .unwrap_or(("", path));
    let (mut user, path) = user(path);
    let lower = path.to_ascii_lowercase();
    let is_github = lower.starts_with("github.com/") || lower.starts_with("github.com:");
    let by_colon = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !by_colon {
        return None;
    }
    let (host, rest) = if scheme == "file://" { ("", path) } else { host(path, by_colon)? };
    let mut host = host;
    if is_github {
        if scheme == "ssh://" || !user.is_empty() {
            (scheme, host) = ("", "github.com:");
        } else {
            (scheme, user, host) = ("https://", "", "github.com/");
        }
    }
    let marked = by_marker(rest);
    let is_marked = marked.is_some();
    let (name, inside) = marked.or_else(|| {
        if scheme == "file://" { Some((rest.into(), String::new())) } else { by_length(rest) }
    })?;
    let inside = crate::paths::clean(inside.strip_prefix('/').unwrap_or(&inside));
    if name.is_empty() || inside == ".." || inside.starts_with("../") {
        return None;
    }
    Some(Repository {
        url: format!("{scheme}{user}{host}{name}"),
        path: if inside == "." { String::new() } else { inside },
        reference: reference(query),
        is_marked,
    })
}

/// Splits a host, with what parts it from the rest, off a path.
fn host(path: &str, by_colon: bool) -> Option<(&str, &str)> {
    let slash = path.find('/');
    let colon = path.find(':').filter(|colon| by_colon && *colon > 0);
    let end = match (slash, colon) {
        (Some(slash), Some(colon)) => slash.min(colon),
        (Some(end), None) | (None, Some(end)) => end,
        (None, None) => return None,
    };
    Some((path.get(..=end)?, path.get(end + 1..)?))
}

fn by_marker(path: &str) -> Option<(String, String)> {
    if let Some(at) = path.find("_git/") {
        let (before, after) = path.split_at(at + "_git/".len());
        let (name, inside) = after.split_once('/').unwrap_or((after, ""));
        return Some((format!("{before}{name}"), inside.into()));
    }
    if let Some((repository, inside)) = path.split_once("//") {
        return Some((repository.into(), inside.into()));
    }
    let at = path.find(".git")? + ".git".len();
    Some((path[..at].into(), path[at..].into()))
}

fn by_length(path: &str) -> Option<(String, String)> {
    let mut parts = path.splitn(3, '/');
    let (organisation, name) = (parts.next()?, parts.next()?);
    Some((format!("{organisation}/{name}"), parts.next().unwrap_or_default().into()))
}

fn reference(query: &str) -> String {
    let value = |wanted: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='))
            .filter(|value| !value.is_empty())
    };
    value("ref").or_else(|| value("version")).unwrap_or_default().into()
}

fn user(path: &str) -> (&str, &str) {
    let Some(at) = path.find('@') else { return ("", path) };
    let name = &path[..at];
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name { path.split_at(at + 1) } else { ("", path) }
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_repositories_are_told_from_paths() {
        for (path, expected) in [
            ("../base", None),
            ("base", None),
            ("/abs", None),
            ("gh:org/repo", None),
            (
                "https://github.com/org/repo//deploy/base?ref=v1&x=y",
                Some(("https://github.com/org/repo", "deploy/base", "v1")),
            ),
            (
                "github.com/org/repo/deploy?ref=main",
                Some(("https://github.com/org/repo", "deploy", "main")),
            ),
            ("git@github.com:org/repo.git", Some(("git@github.com:org/repo.git", "", ""))),
            (
                "ssh://git@host.xz/org/repo.git/a?version=2",
                Some(("ssh://git@host.xz/org/repo.git", "a", "2")),
            ),
            (
                "https://dev.azure.com/o/p/_git/r/a/b",
                Some(("https://dev.azure.com/o/p/_git/r", "a/b", "")),
            ),
            ("file:///srv/repo//a", Some(("file:///srv/repo", "a", ""))),
            ("https://github.com/org/repo//../x", None),
        ] {
            let found = repository(path);
            let found = found
                .as_ref()
                .map(|found| (found.url.as_str(), found.path.as_str(), found.reference.as_str()));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn urls_mean_files_or_repositories() {
        let repository =
            |url: &str, reference: Option<&str>, path: &str| RemoteTarget::Repository {
                url: url.to_owned(),
                reference: reference.map(str::to_owned),
                path: TreePath::parse(path).unwrap(),
            };
        let file = |url: &str, name: &str| RemoteTarget::File {
            url: url.to_owned(),
            name: name.to_owned(),
        };
        for (text, target) in [
            (
                "https://github.com/org/repo//deploy/x?ref=v1",
                repository("https://github.com/org/repo", Some("v1"), "deploy/x"),
            ),
            (
                "https://github.com/org/repo/deploy?ref=v1&timeout=90s",
                repository("https://github.com/org/repo", Some("v1"), "deploy"),
            ),
            ("github.com/org/repo", repository("https://github.com/org/repo", None, "")),
            ("git::https://host/x.git//a?ref=b", repository("https://host/x.git", Some("b"), "a")),
            ("https://host/g/x.git/a", repository("https://host/g/x.git", None, "a")),
            ("https://host/g/x/a?ref=v1", repository("https://host/g/x", Some("v1"), "a")),
            (
                "git@github.com:org/repo.git//a",
                repository("git@github.com:org/repo.git", None, "a"),
            ),
            ("ssh://git@host/org/repo?ref=x", repository("ssh://git@host/org/repo", Some("x"), "")),
            (
                "https://raw.githubusercontent.com/o/r/main/a.yaml",
                file("https://raw.githubusercontent.com/o/r/main/a.yaml", "a.yaml"),
            ),
            (
                "https://github.com/o/r/releases/download/v1/install.yaml",
                file("https://github.com/o/r/releases/download/v1/install.yaml", "install.yaml"),
            ),
            ("https://host/a/b.yaml?token=x", file("https://host/a/b.yaml?token=x", "b.yaml")),
            ("https://host/manifests/all", file("https://host/manifests/all", "all")),
        ] {
            assert_eq!(remote_target(text), target, "{text}");
        }
    }
}
