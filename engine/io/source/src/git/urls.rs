//! The many spellings of a repository's URL.

use std::collections::BTreeSet;

/// A Git URL in parts.
struct Parts<'url> {
    scheme: &'url str,
    user: Option<&'url str>,
    host: String,
    port: Option<&'url str>,
    path: &'url str,
}

/// Returns all the spellings under which a source may name the repository behind this URL, itself among them.
///
/// They are `https`, `http`, `ssh`, `git` and scp-like (`git@host:path`), each with and without `.git` and a final
/// slash. A URL that is none of these, such as a path, is only itself. Credentials are not among the spellings.
pub fn spellings(url: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::from([redact(url)]);
    let Some(parts) = split(url) else { return all };
    let path = parts.path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let user = parts.user.filter(|_| parts.scheme == "ssh").unwrap_or("git");
    let mut hosts = vec![parts.host.clone()];
    if let Some(port) = parts.port {
        hosts.push(format!("{}:{port}", parts.host));
    }
    for path in [path.to_owned(), format!("{path}/"), format!("{path}.git"), format!("{path}.git/")]
    {
        for host in &hosts {
            for scheme in ["https", "http", "git", "ssh"] {
                all.insert(format!("{scheme}://{host}/{path}"));
            }
            all.insert(format!("ssh://{user}@{host}/{path}"));
        }
        all.insert(format!("{user}@{}:{path}", parts.host));
        all.insert(format!("{}:{path}", parts.host));
    }
    all
}

/// Takes the credentials out of a URL; a user alone stays, as it is part of an SSH URL.
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        // In `https://TOKEN@host` the user is the secret.
        Some((_, host)) if scheme != "ssh" => format!("{scheme}://{host}{path}"),
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => url.to_owned(),
    }
}

fn split(url: &str) -> Option<Parts<'_>> {
    if let Some((scheme, rest)) = url.split_once("://") {
        if !matches!(scheme, "http" | "https" | "ssh" | "git" | "git+ssh") {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (user.split(':').next(), host),
            None => (None, authority),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => {
                (name, Some(port))
            }
            _ => (host, None),
        };
        let scheme = if scheme == "git+ssh" { "ssh" } else { scheme };
        return Some(Parts { scheme, user, host: host.to_ascii_lowercase(), port, path });
    }
    // `git@host:path`; a slash before the colon would make it a path on disk.
    let (authority, path) = url.split_once(':')?;
    if authority.is_empty() || authority.contains('/') || path.is_empty() {
        return None;
    }
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    Some(Parts { scheme: "ssh", user, host: host.to_ascii_lowercase(), port: None, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_leads_to_every_other() {
        let wanted = [
            "https://github.com/org/fleet",
            "https://github.com/org/fleet.git",
            "ssh://git@github.com/org/fleet",
            "ssh://git@github.com/org/fleet.git",
            "git@github.com:org/fleet.git",
        ];
        for url in wanted
            .iter()
            .chain(&["https://user:secret@GitHub.com/org/fleet/", "git@github.com:org/fleet"])
        {
            let all = spellings(url);
            for other in wanted {
                assert!(all.contains(other), "{url} gives {other}: {all:?}");
            }
            assert!(!format!("{all:?}").contains("secret"));
        }
        assert_eq!(spellings("../fleet").len(), 1);
        assert!(spellings("ssh://git@host:2222/a/b").contains("https://host/a/b.git"));
    }

    #[test]
    fn credentials_are_taken_out() {
        for (url, redacted) in [
            ("https://user:pass@host/x", "https://host/x"),
            ("https://token@host/x?y", "https://host/x?y"),
            ("ssh://git:pass@host:22/x", "ssh://git@host:22/x"),
            ("git@host:x", "git@host:x"),
            ("https://host/x@y", "https://host/x@y"),
        ] {
            assert_eq!(redact(url), redacted);
        }
    }
}
