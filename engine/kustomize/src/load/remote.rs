//! Which paths mean something that has to be fetched: files behind a URL, and folders of a Git repository.

use crate::remote::{RemoteTarget, remote_target};

/// A folder of a Git repository, as a kustomization names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    /// The repository's URL.
    pub(crate) repository: String,
    /// The folder in it; empty for its root.
    pub(crate) path: String,
    /// The branch, tag or commit; empty for the default branch.
    pub(crate) reference: String,
}

/// Tells whether a path is the URL of a single file, or at least is asked for as one first.
pub(crate) fn is_file_url(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

/// Tells whether a path means a folder of a repository, so that asking for it as a file is in vain.
pub(crate) fn is_folder_url(path: &str) -> bool {
    matches!(remote_target(path), RemoteTarget::Repository { .. }) && parse(path).is_some()
}

/// Reads a path as a folder of a Git repository; nothing when it is none.
///
/// The path in the repository begins after `//`, `.git`, or `_git/NAME`, else after the two parts of `ORG/REPO`.
pub(crate) fn parse(path: &str) -> Option<Remote> {
    if path.starts_with('/') {
        return None;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let reference = reference(query);
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
    if scheme == "file://" {
        let (repository, inside) = by_marker(path).unwrap_or((path.into(), String::new()));
        return finish(format!("{scheme}{user}{repository}"), &inside, reference);
    }
    let slash = path.find('/');
    let colon = path.find(':').filter(|colon| by_colon && *colon > 0);
    let end = match (slash, colon) {
        (Some(slash), Some(colon)) => slash.min(colon),
        (Some(end), None) | (None, Some(end)) => end,
        (None, None) => return None,
    };
    let (mut host, rest) = (path.get(..=end)?, path.get(end + 1..)?);
    if is_github {
        if scheme == "ssh://" || !user.is_empty() {
            (scheme, host) = ("", "github.com:");
        } else {
            (scheme, user, host) = ("https://", "", "github.com/");
        }
    }
    let (repository, inside) = by_marker(rest).or_else(|| by_length(rest))?;
    if repository.is_empty() {
        return None;
    }
    finish(format!("{scheme}{user}{host}{repository}"), &inside, reference)
}

fn finish(repository: String, inside: &str, reference: String) -> Option<Remote> {
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let cleaned = super::clean(inside);
    if cleaned == ".." || cleaned.starts_with("../") {
        return None;
    }
    let path = if cleaned == "." { String::new() } else { cleaned };
    Some(Remote { repository, path, reference })
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
    use super::parse;

    #[test]
    fn folders_of_repositories_are_told_from_paths() {
        for (path, expected) in [
            ("../base", None),
            ("base", None),
            ("/abs", None),
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
            ("https://github.com/org/repo//../x", None),
        ] {
            let found = parse(path);
            let found = found.as_ref().map(|remote| {
                (remote.repository.as_str(), remote.path.as_str(), remote.reference.as_str())
            });
            assert_eq!(found, expected, "{path}");
        }
    }
}
