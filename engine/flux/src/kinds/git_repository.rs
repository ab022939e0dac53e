//! `GitRepository`: a source in Git.

use weir_model::{Manifest, SmolStr, Warned};

use crate::read::{Fields, read};

/// What of a `GitRepository` decides its artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitRepository {
    /// The URL as it is written.
    pub url: SmolStr,
    /// Which revision.
    pub reference: GitRevision,
    /// Patterns that replace the default exclusions.
    pub ignore: Option<SmolStr>,
    /// Artifacts of other repositories that are copied into this one.
    pub include: Vec<GitInclude>,
    /// Whether submodules belong to it.
    pub recurse_submodules: bool,
    /// Folders that are checked out; all when empty.
    pub sparse_checkout: Vec<SmolStr>,
    /// Whether it is suspended.
    pub suspend: bool,
}

/// `spec.ref`: commit wins over name, name over semver, semver over tag, tag over branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitRevision {
    /// A branch.
    pub branch: Option<SmolStr>,
    /// A tag.
    pub tag: Option<SmolStr>,
    /// A range of versions.
    pub semver: Option<SmolStr>,
    /// A full reference name.
    pub name: Option<SmolStr>,
    /// A commit.
    pub commit: Option<SmolStr>,
}

/// `spec.include[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitInclude {
    /// The other repository, in the same namespace.
    pub repository: SmolStr,
    /// The folder that is copied; all when empty.
    pub from_path: SmolStr,
    /// Where it goes; a folder named like the repository when empty.
    pub to_path: SmolStr,
}

impl GitRepository {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    fn from_spec(spec: &Fields<'_>) -> Self {
        let reference = spec.child("ref");
        let wanted = |name| reference.text(name).filter(|text| !text.is_empty());
        Self {
            url: spec.required("url"),
            reference: GitRevision {
                branch: wanted("branch"),
                tag: wanted("tag"),
                semver: wanted("semver"),
                name: wanted("name"),
                commit: wanted("commit"),
            },
            ignore: spec.text("ignore"),
            include: spec
                .items("include")
                .iter()
                .map(|fields| GitInclude {
                    repository: fields.child("repository").required("name"),
                    from_path: fields.text("fromPath").unwrap_or_default(),
                    to_path: fields.text("toPath").unwrap_or_default(),
                })
                .collect(),
            recurse_submodules: spec.flag("recurseSubmodules").unwrap_or_default(),
            sparse_checkout: spec.texts("sparseCheckout"),
            suspend: spec.flag("suspend").unwrap_or_default(),
        }
    }
}
