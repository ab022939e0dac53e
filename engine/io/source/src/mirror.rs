//! Fetching from elsewhere: `--mirror PREFIX=URL`.

/// Rules that send URLs elsewhere; the longest prefix wins.
#[derive(Clone, Debug, Default)]
pub struct Mirrors(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    prefix: String,
    target: String,
}

/// Why a mirror rule is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MirrorError {
    /// The rule is not two URLs with `=` between them. Write it as `oci://=http://127.0.0.1:5000/`.
    #[error("mirror `{0}` is not of the form `PREFIX=URL`")]
    Form(String),
    /// The prefix does not start with a scheme. Write the scheme too.
    #[error("the prefix of mirror `{0}` has no scheme such as `https://` or `oci://`")]
    Prefix(String),
    /// The target is not a URL that can be fetched from. Use `https`, `http` or `oci`.
    #[error("mirror `{0}` does not lead to an `https`, `http` or `oci` URL")]
    Target(String),
}

impl Mirrors {
    /// Reads rules such as `oci://=http://127.0.0.1:5000/`, which sends `oci://ghcr.io/x` to
    /// `http://127.0.0.1:5000/ghcr.io/x`.
    pub fn parse(rules: &[String]) -> Result<Self, MirrorError> {
        let mut parsed =
            rules.iter().map(|rule| Rule::parse(rule)).collect::<Result<Vec<_>, _>>()?;
        parsed.sort_by_key(|rule| std::cmp::Reverse(rule.prefix.len()));
        Ok(Self(parsed))
    }

    /// Returns where this URL is to be fetched from, when that is elsewhere. What lies in a mirror stays there: a
    /// repository in a mirror may name its archives by their URLs in the mirror.
    pub fn rewrite(&self, url: &str) -> Option<String> {
        if self.0.iter().any(|rule| url.starts_with(&rule.target)) {
            return None;
        }
        self.0.iter().find_map(|rule| rule.apply(url))
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Self, MirrorError> {
        // The prefix may hold a `=` itself, the scheme of the target cannot.
        let at = ["=https://", "=http://", "=oci://"]
            .iter()
            .filter_map(|separator| text.find(separator))
            .min()
            .ok_or_else(|| match text.split_once('=') {
                Some(_) => MirrorError::Target(text.to_owned()),
                None => MirrorError::Form(text.to_owned()),
            })?;
        let (prefix, target) = (&text[..at], &text[at + 1..]);
        if !prefix.contains("://") {
            return Err(MirrorError::Prefix(text.to_owned()));
        }
        if target.ends_with("://") {
            return Err(MirrorError::Target(text.to_owned()));
        }
        Ok(Self { prefix: prefix.to_owned(), target: target.to_owned() })
    }

    fn apply(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix(&self.prefix)?;
        // `oci://ghcr.io/org` is no prefix of `oci://ghcr.io/organisation`.
        if !(self.prefix.ends_with('/')
            || rest.is_empty()
            || rest.starts_with(['/', '?', '#', ':']))
        {
            return None;
        }
        if rest.is_empty() {
            return Some(self.target.clone());
        }
        Some(format!("{}/{}", self.target.trim_end_matches('/'), rest.trim_start_matches('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let rules = [
            "oci://=http://127.0.0.1:5000/",
            "https://=http://127.0.0.1:5000/helm/",
            "oci://ghcr.io/org=oci://mirror.example/org",
        ];
        let mirrors = Mirrors::parse(&rules.map(str::to_owned)).unwrap();
        for (url, target) in [
            ("oci://ghcr.io/x/y", Some("http://127.0.0.1:5000/ghcr.io/x/y")),
            ("https://host/path", Some("http://127.0.0.1:5000/helm/host/path")),
            ("oci://ghcr.io/org/x", Some("oci://mirror.example/org/x")),
            ("oci://ghcr.io/org", Some("oci://mirror.example/org")),
            ("oci://ghcr.io/organisation/x", Some("http://127.0.0.1:5000/ghcr.io/organisation/x")),
            ("ssh://host/x", None),
            ("https://mirror.example/x", Some("http://127.0.0.1:5000/helm/mirror.example/x")),
            ("http://127.0.0.1:5000/helm/host/x.tgz", None),
        ] {
            assert_eq!(mirrors.rewrite(url).as_deref(), target, "{url}");
        }
    }

    #[test]
    fn wrong_rules_are_refused() {
        for rule in ["x", "oci://", "oci://=/tmp/x", "ghcr.io=http://h/", "oci://=http://"] {
            assert!(Mirrors::parse(&[rule.to_owned()]).is_err(), "{rule}");
        }
    }
}
