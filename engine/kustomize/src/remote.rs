//! What a remote resource of a kustomization means, and how its tree in [`crate::BuildSettings::remotes`] is laid out.

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

/// Tells what a remote resource means, from its URL alone.
///
/// As kustomize has it, a `//` or `.git` ends the name of a Git repository, and on GitHub, GitLab and Bitbucket its
/// first two parts do; `?ref=` names the revision. Anything else is one file.
pub fn remote_target(text: &str) -> RemoteTarget {
    let text = text.strip_prefix("git::").unwrap_or(text);
    let (main, query) = text.split_once('?').unwrap_or((text, ""));
    let parameter = |names: &[&str]| {
        query.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (names.contains(&name) && !value.is_empty()).then(|| value.to_owned())
        })
    };
    let reference = parameter(&["ref", "version"]);
    let repository = |url: String, path: &str| RemoteTarget::Repository {
        url,
        reference: reference.clone(),
        path: TreePath::parse(path).unwrap_or_default(),
    };
    if let Some(rest) = main.strip_prefix("gh:") {
        return repository_on_host("https://github.com/", rest, &repository);
    }
    let (scheme, rest) = match main.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        // `git@host:org/repo` keeps its spelling; `github.com/org/repo` is meant as HTTPS.
        None if main.split('/').next().is_some_and(|start| start.contains(':')) => {
            (String::new(), main)
        }
        None => ("https://".to_owned(), main),
    };
    if let Some((before, path)) = rest.split_once("//") {
        return repository(format!("{scheme}{before}"), path);
    }
    if let Some(at) = rest.find(".git/") {
        let (before, path) = rest.split_at(at + ".git".len());
        return repository(format!("{scheme}{before}"), path);
    }
    if rest.ends_with(".git") || scheme.is_empty() || scheme == "ssh://" {
        return repository(format!("{scheme}{rest}"), "");
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_hosted = matches!(host, "github.com" | "gitlab.com" | "bitbucket.org");
    let kind = path.split('/').nth(2).unwrap_or_default();
    let is_download = matches!(kind, "raw" | "releases" | "blob" | "archive" | "-" | "suites");
    if is_hosted && !is_download && (reference.is_some() || !is_manifest(name)) {
        return repository_on_host(&format!("{scheme}{host}/"), path, &repository);
    }
    if reference.is_some() && !is_manifest(name) {
        return repository(format!("{scheme}{rest}"), "");
    }
    RemoteTarget::File {
        url: format!("{scheme}{}", &text[main.len() - rest.len()..]),
        name: name.to_owned(),
    }
}

/// Splits `org/repo/path` after its second part.
fn repository_on_host(
    base: &str,
    path: &str,
    repository: &dyn Fn(String, &str) -> RemoteTarget,
) -> RemoteTarget {
    let mut parts = path.splitn(3, '/');
    let (org, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    repository(format!("{base}{org}/{name}"), parts.next().unwrap_or_default())
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (
                "git@github.com:org/repo.git//a",
                repository("git@github.com:org/repo.git", None, "a"),
            ),
            ("ssh://git@host/org/repo?ref=x", repository("ssh://git@host/org/repo", Some("x"), "")),
            ("gh:org/repo/a?version=2", repository("https://github.com/org/repo", Some("2"), "a")),
            (
                "https://raw.githubusercontent.com/o/r/main/a.yaml",
                file("https://raw.githubusercontent.com/o/r/main/a.yaml", "a.yaml"),
            ),
            (
                "https://github.com/o/r/releases/download/v1/install.yaml",
                file("https://github.com/o/r/releases/download/v1/install.yaml", "install.yaml"),
            ),
            ("https://host/a/b.yaml?token=x", file("https://host/a/b.yaml?token=x", "b.yaml")),
        ] {
            assert_eq!(remote_target(text), target, "{text}");
        }
    }
}
