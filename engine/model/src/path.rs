//! Paths inside a tree.

use std::fmt;

use smol_str::SmolStr;

/// A path inside a [`crate::Tree`]: relative, `/`-separated, without `.`, `..`, empty parts or NUL.
///
/// The root is the empty path. A value of this type cannot leave its tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreePath(SmolStr);

/// Why a text is not a path inside the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathError {
    /// The path climbs out of the tree.
    Outside(String),
    /// The path holds a NUL byte.
    Nul,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(path) => {
                write!(f, "path `{}` leads outside the tree", path.escape_debug())
            }
            Self::Nul => f.write_str("path holds a NUL byte"),
        }
    }
}

impl std::error::Error for PathError {}

impl TreePath {
    /// Returns the root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path from the tree's root; a leading `/` or `./` means the root too, as in a Flux `spec.path`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::root().join(text.trim_start_matches('/'))
    }

    /// Reads a path from the tree's root as Flux reads `spec.path`: a `..` at the root stays there.
    pub fn parse_within(text: &str) -> Result<Self, PathError> {
        let mut path = Self::root();
        for part in text.split('/') {
            path = match part {
                ".." => path.parent().unwrap_or_default(),
                part => path.join(part)?,
            };
        }
        Ok(path)
    }

    /// Follows a relative path from this folder. Fails when it climbs out of the tree or is absolute.
    pub fn join(&self, relative: &str) -> Result<Self, PathError> {
        if relative.contains('\0') {
            return Err(PathError::Nul);
        }
        if relative.starts_with('/') {
            return Err(PathError::Outside(relative.to_owned()));
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathError::Outside(relative.to_owned()));
                    }
                }
                name => parts.push(name),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// Returns the path as text; the root is the empty text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the parts from the root down.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Returns the last part; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the folder that holds this path; none for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into()))
    }

    /// Tells whether this path is `folder` or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self.0 == folder.0
            || (self.0.starts_with(folder.as_str())
                && self.0.as_bytes().get(folder.0.len()) == Some(&b'/'))
    }

    /// Returns this path as seen from `folder`, when it lies there.
    pub fn relative_to(&self, folder: &Self) -> Option<Self> {
        if !self.is_within(folder) {
            return None;
        }
        Some(Self(self.0[folder.0.len()..].trim_start_matches('/').into()))
    }
}

/// Files are looked up, and ranges of them begin, at texts that need not be paths, such as `apps/`.
impl std::borrow::Borrow<str> for TreePath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() { f.write_str(".") } else { f.write_str(&self.0) }
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_climb_out() {
        let apps = TreePath::parse("./apps//web/").unwrap();
        assert_eq!(apps.as_str(), "apps/web");
        assert_eq!(apps.join("../base").unwrap().as_str(), "apps/base");
        assert!(matches!(apps.join("../../.."), Err(PathError::Outside(_))));
        assert!(matches!(apps.join("/etc/passwd"), Err(PathError::Outside(_))));
    }

    #[test]
    fn a_flux_path_stays_at_the_root() {
        for (text, path) in
            [("./apps", "apps"), ("../apps/../web/", "web"), ("/", ""), ("../..", "")]
        {
            assert_eq!(TreePath::parse_within(text).unwrap().as_str(), path);
        }
        assert_eq!(TreePath::parse_within("a\0"), Err(PathError::Nul));
    }

    #[test]
    fn within_goes_by_whole_parts() {
        let apps = TreePath::parse("apps").unwrap();
        assert!(TreePath::parse("apps/x").unwrap().is_within(&apps));
        assert!(!TreePath::parse("apps2/x").unwrap().is_within(&apps));
        assert_eq!(
            TreePath::parse("apps/x/y").unwrap().relative_to(&apps).unwrap().as_str(),
            "x/y"
        );
    }
}
