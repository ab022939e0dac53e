//! The two dialects of Go's YAML.

/// Which of Go's libraries is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// yaml.v2, as `sigs.k8s.io/yaml` uses it.
    V2,
    /// yaml.v3, as kyaml uses it.
    V3,
}

impl Dialect {
    /// Tells whether comments are kept.
    pub(crate) fn has_comments(self) -> bool {
        self == Self::V3
    }
}
