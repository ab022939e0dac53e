//! What an evaluation may lack.

use std::fmt;

use weir_model::{ObjectId, SmolStr};

/// Something that only the world can answer. Plain data: equal demands are fetched once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Demand {
    /// A revision of a Git repository.
    Git(GitDemand),
    /// An artifact of an OCI registry (`OCIRepository`), unpacked.
    Oci(OciDemand),
    /// A chart of a Helm repository, HTTP or OCI, unpacked.
    HelmChart(HelmChartDemand),
    /// The objects of a bucket.
    Bucket(BucketDemand),
    /// A file or folder behind a URL, as a kustomization's `resources` may name it (a remote base).
    Remote(String),
    /// An object of the cluster, for `valuesFrom`, `substituteFrom` or `lookup`.
    Object(ObjectId),
}

impl Demand {
    /// Returns the object of the cluster that is asked for.
    pub(crate) fn object(&self) -> Option<&ObjectId> {
        match self {
            Self::Object(id) => Some(id),
            _ => None,
        }
    }
}

/// A revision of a Git repository, as `GitRepository.spec` asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitDemand {
    /// The URL as it is written.
    pub url: String,
    /// Which revision.
    pub reference: GitReference,
    /// Whether submodules belong to it.
    pub recurse_submodules: bool,
}

/// `GitRepository.spec.ref`: commit wins over name, name over semver, semver over tag, tag over branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitReference {
    /// The branch; `master` when nothing is set.
    pub branch: Option<SmolStr>,
    /// A tag.
    pub tag: Option<SmolStr>,
    /// A range of versions that a tag must fall in.
    pub semver: Option<SmolStr>,
    /// A full reference name.
    pub name: Option<SmolStr>,
    /// A commit.
    pub commit: Option<SmolStr>,
}

/// An artifact of an OCI registry, as `OCIRepository.spec` asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciDemand {
    /// The URL, `oci://…`.
    pub url: String,
    /// Which version.
    pub reference: OciReference,
    /// The media type of the layer to take; the first layer when empty.
    pub media_type: SmolStr,
    /// Whether the layer is kept as the archive it is (`layerSelector.operation: copy`) rather than unpacked.
    pub copy: bool,
    /// Whether plain HTTP is allowed.
    pub insecure: bool,
}

/// `OCIRepository.spec.ref`: digest wins over semver, semver over tag; `latest` when nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciReference {
    /// A tag.
    pub tag: Option<SmolStr>,
    /// A range of versions that a tag must fall in.
    pub semver: Option<SmolStr>,
    /// A regular expression that a tag must match to be considered for `semver`.
    pub semver_filter: Option<SmolStr>,
    /// A digest, `sha256:…`.
    pub digest: Option<SmolStr>,
}

/// A chart of a Helm repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HelmChartDemand {
    /// The repository's URL, `https://…` or `oci://…`.
    pub repository: String,
    /// The chart's name.
    pub chart: String,
    /// The version or range of versions.
    pub version: String,
    /// Whether plain HTTP is allowed.
    pub insecure: bool,
}

/// The objects of a bucket, as `Bucket.spec` asks for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketDemand {
    /// `generic`, `aws`, `gcp` or `azure`.
    pub provider: SmolStr,
    /// The endpoint.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: SmolStr,
    /// Only objects below this prefix.
    pub prefix: SmolStr,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git(demand) => {
                let reference = &demand.reference;
                let wanted = [
                    ("commit", &reference.commit),
                    ("ref", &reference.name),
                    ("semver", &reference.semver),
                    ("tag", &reference.tag),
                    ("branch", &reference.branch),
                ];
                let wanted = wanted
                    .iter()
                    .find_map(|(word, value)| value.as_ref().map(|value| (*word, value)));
                match wanted {
                    Some((word, value)) => {
                        write!(f, "Git repository `{}` at {word} `{value}`", demand.url)
                    }
                    None => write!(f, "Git repository `{}` at branch `master`", demand.url),
                }
            }
            Self::Oci(demand) => {
                let reference = &demand.reference;
                let wanted = reference
                    .digest
                    .as_ref()
                    .or(reference.semver.as_ref())
                    .or(reference.tag.as_ref());
                write!(
                    f,
                    "OCI artifact `{}` at `{}`",
                    demand.url,
                    wanted.map_or("latest", SmolStr::as_str)
                )
            }
            Self::HelmChart(demand) => {
                write!(
                    f,
                    "chart `{}` `{}` of `{}`",
                    demand.chart, demand.version, demand.repository
                )
            }
            Self::Bucket(demand) => {
                write!(f, "bucket `{}` at `{}`", demand.bucket, demand.endpoint)
            }
            Self::Remote(url) => write!(f, "remote resource `{url}`"),
            Self::Object(id) => write!(f, "cluster object `{id}`"),
        }
    }
}
