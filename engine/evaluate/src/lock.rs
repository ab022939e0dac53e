//! `weir.lock`: what each source gave, so that a plan is the same years later.

use std::collections::BTreeMap;

use weir_model::{Digest, Map, SmolStr, Source, Tree, TreePath, Value};

use crate::{
    BucketDemand, Demand, GitDemand, GitReference, HelmChartDemand, OciDemand, OciReference,
};

/// The file's name, in the root of the repository.
pub const LOCK_FILE: &str = "weir.lock";

const HEADER: &str = "\
# Written by `weir lock`: the revision and the files that each source gave. Plans use these until
# `weir lock --update [NAME]` moves them. Keep this file in the repository.
";

/// What a source gave when it was locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The revision in Flux's form.
    pub revision: String,
    /// The digest of the files.
    pub digest: Digest,
}

/// What sources gave, by what was asked of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The entries; their order is that of the file.
    pub sources: BTreeMap<Demand, Locked>,
}

/// Why a lock cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockError(String);

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LockError {}

impl Lock {
    /// Reads the lock of a repository; nothing when it has none.
    pub fn of(tree: &Tree) -> Result<Option<Self>, LockError> {
        let file = TreePath::parse(LOCK_FILE).ok().and_then(|path| tree.file(&path));
        file.map(|blob| Self::read(blob.bytes())).transpose()
    }

    /// Reads a lock.
    pub fn read(text: &[u8]) -> Result<Self, LockError> {
        let value = weir_yaml::read_value(text, Source::named(LOCK_FILE))
            .map_err(|error| LockError(error.to_string()))?;
        if value.get("version").and_then(Value::as_int) != Some(1) {
            return Err(LockError(
                "its version is not 1, the only one that this weir knows".into(),
            ));
        }
        let mut lock = Self::default();
        let entries = value.get("sources").and_then(Value::as_list).unwrap_or_default();
        for (index, entry) in entries.iter().enumerate() {
            let wrong = || LockError(format!("entry {} is not one of a source", index + 1));
            let (demand, locked) = read_entry(entry).ok_or_else(wrong)?;
            lock.sources.insert(demand, locked);
        }
        Ok(lock)
    }

    /// Writes the lock as YAML, sorted. Equal locks give equal bytes.
    pub fn write(&self) -> String {
        let entries = self.sources.iter().filter_map(|(demand, locked)| {
            let mut entry = fields(demand)?;
            entry.push(("revision", locked.revision.clone()));
            entry.push(("digest", locked.digest.to_string()));
            Some(entry)
        });
        let mut text = format!("{HEADER}version: 1\nsources:");
        let mut any = false;
        for entry in entries {
            any = true;
            for (index, (name, value)) in entry.into_iter().enumerate() {
                text.push_str(if index == 0 { "\n- " } else { "\n  " });
                // A map of one entry is quoted as YAML needs it.
                let map = Map::from_iter([(SmolStr::new(name), Value::string(value))]);
                text.push_str(weir_yaml::to_yaml(&map.into()).trim_end());
            }
        }
        text.push_str(if any { "\n" } else { " []\n" });
        text
    }
}

impl Locked {
    /// Returns what to ask for instead of a demand, so that its answer is the locked one. What has no revisions to choose
    /// from is asked for as it is; its digest tells whether it moved.
    pub fn pin(&self, demand: &Demand) -> Demand {
        let hash = |name: &str| {
            let (_, hash) = self.revision.rsplit_once(name)?;
            hash.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(hash)
        };
        match demand {
            Demand::Git(git) => match hash("sha1:") {
                Some(commit) => Demand::Git(GitDemand {
                    reference: GitReference {
                        commit: Some(commit.into()),
                        ..git.reference.clone()
                    },
                    ..git.clone()
                }),
                None => demand.clone(),
            },
            Demand::Oci(oci) => match hash("sha256:") {
                Some(digest) => {
                    let digest = Some(format!("sha256:{digest}").into());
                    let reference = OciReference { digest, ..oci.reference.clone() };
                    Demand::Oci(OciDemand { reference, ..oci.clone() })
                }
                None => demand.clone(),
            },
            Demand::HelmChart(chart) => {
                let version = self.revision.split('@').next().unwrap_or_default();
                Demand::HelmChart(HelmChartDemand { version: version.to_owned(), ..chart.clone() })
            }
            Demand::Bucket(_) | Demand::Remote(_) | Demand::Object(_) => demand.clone(),
        }
    }
}

/// Returns the fields of an entry that say what was asked for; nothing for what no lock holds.
fn fields(demand: &Demand) -> Option<Vec<(&'static str, String)>> {
    let mut fields = Vec::new();
    let optional = |fields: &mut Vec<(&'static str, String)>, name, value: &Option<SmolStr>| {
        fields.extend(value.as_ref().map(|value| (name, value.to_string())));
    };
    let flag = |fields: &mut Vec<(&'static str, String)>, name, flag: bool| {
        fields.extend(flag.then(|| (name, "true".to_owned())));
    };
    match demand {
        Demand::Git(GitDemand { url, reference, recurse_submodules }) => {
            fields.push(("git", url.clone()));
            let GitReference { branch, tag, semver, name, commit } = reference;
            for (word, part) in [
                ("branch", branch),
                ("tag", tag),
                ("semver", semver),
                ("ref", name),
                ("commit", commit),
            ] {
                optional(&mut fields, word, part);
            }
            flag(&mut fields, "submodules", *recurse_submodules);
        }
        Demand::Oci(OciDemand { url, reference, media_type, copy, insecure }) => {
            fields.push(("oci", url.clone()));
            let OciReference { tag, semver, semver_filter, digest } = reference;
            for (word, part) in [
                ("tag", tag),
                ("semver", semver),
                ("semverFilter", semver_filter),
                ("wanted", digest),
            ] {
                optional(&mut fields, word, part);
            }
            optional(
                &mut fields,
                "mediaType",
                &Some(media_type.clone()).filter(|text| !text.is_empty()),
            );
            flag(&mut fields, "copy", *copy);
            flag(&mut fields, "insecure", *insecure);
        }
        Demand::HelmChart(HelmChartDemand { repository, chart, version, insecure }) => {
            fields.push(("chart", chart.clone()));
            fields.push(("repository", repository.clone()));
            fields.push(("version", version.clone()));
            flag(&mut fields, "insecure", *insecure);
        }
        Demand::Bucket(BucketDemand { provider, endpoint, bucket, prefix }) => {
            fields.push(("bucket", bucket.to_string()));
            fields.push(("endpoint", endpoint.clone()));
            fields.push(("provider", provider.to_string()));
            fields.push(("prefix", prefix.to_string()));
        }
        Demand::Remote(url) => fields.push(("remote", url.clone())),
        Demand::Object(_) => return None,
    }
    Some(fields)
}

fn read_entry(entry: &Value) -> Option<(Demand, Locked)> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let string = |name: &str| text(name).map(str::to_owned);
    let name = |name: &str| text(name).map(SmolStr::new);
    let flag = |name: &str| text(name) == Some("true");
    let demand = if let Some(url) = string("git") {
        let reference = GitReference {
            branch: name("branch"),
            tag: name("tag"),
            semver: name("semver"),
            name: name("ref"),
            commit: name("commit"),
        };
        Demand::Git(GitDemand { url, reference, recurse_submodules: flag("submodules") })
    } else if let Some(url) = string("oci") {
        let reference = OciReference {
            tag: name("tag"),
            semver: name("semver"),
            semver_filter: name("semverFilter"),
            digest: name("wanted"),
        };
        Demand::Oci(OciDemand {
            url,
            reference,
            media_type: name("mediaType").unwrap_or_default(),
            copy: flag("copy"),
            insecure: flag("insecure"),
        })
    } else if let Some(chart) = string("chart") {
        Demand::HelmChart(HelmChartDemand {
            repository: string("repository")?,
            chart,
            version: string("version")?,
            insecure: flag("insecure"),
        })
    } else if let Some(bucket) = name("bucket") {
        Demand::Bucket(BucketDemand {
            provider: name("provider")?,
            endpoint: string("endpoint")?,
            bucket,
            prefix: name("prefix")?,
        })
    } else {
        Demand::Remote(string("remote")?)
    };
    let locked = Locked { revision: string("revision")?, digest: text("digest")?.parse().ok()? };
    Some((demand, locked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demands() -> Vec<Demand> {
        let text = |text: &str| Some(SmolStr::new(text));
        let git = GitReference { branch: text("true"), ..GitReference::default() };
        let oci = OciReference { semver: text(">=1.0"), ..OciReference::default() };
        vec![
            Demand::Git(GitDemand {
                url: "https://host/a: b".into(),
                reference: git,
                recurse_submodules: true,
            }),
            Demand::Oci(OciDemand {
                url: "oci://host/x".into(),
                reference: oci,
                media_type: "a/b".into(),
                copy: true,
                insecure: false,
            }),
            Demand::HelmChart(HelmChartDemand {
                repository: "https://host".into(),
                chart: "web".into(),
                version: "1.0".into(),
                insecure: false,
            }),
            Demand::Bucket(BucketDemand {
                provider: "aws".into(),
                endpoint: "s3".into(),
                bucket: "b".into(),
                prefix: "".into(),
            }),
            Demand::Remote("https://host/y?ref=main".into()),
        ]
    }

    #[test]
    fn a_lock_comes_back_and_is_written_in_one_way() {
        let mut lock = Lock::default();
        for (index, demand) in demands().into_iter().enumerate() {
            let digest = Digest::of(&[u8::try_from(index).unwrap()]);
            lock.sources.insert(demand, Locked { revision: format!("1.{index}"), digest });
        }
        let text = lock.write();
        assert_eq!(Lock::read(text.as_bytes()).unwrap(), lock, "{text}");
        assert!(text.starts_with('#') && text.contains("\n- chart: web\n"), "{text}");
        let empty = Lock::default();
        assert_eq!(Lock::read(empty.write().as_bytes()).unwrap(), empty);
        for wrong in ["", "version: 2\n", "version: 1\nsources: [{git: x}]\n", "version: [\n"] {
            assert!(Lock::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pin_asks_for_the_locked_revision() {
        let demands = demands();
        let pin = |index: usize, revision: &str| {
            let locked = Locked { revision: revision.into(), digest: Digest::of(b"") };
            locked.pin(&demands[index]).to_string()
        };
        assert_eq!(pin(0, "main@sha1:0a1b"), "Git repository `https://host/a: b` at commit `0a1b`");
        assert_eq!(pin(1, "1.2@sha256:0a"), "OCI artifact `oci://host/x` at `sha256:0a`");
        assert_eq!(pin(2, "1.0.7@sha256:0a"), "chart `web` `1.0.7` of `https://host`");
        assert_eq!(pin(3, "sha256:0a"), demands[3].to_string());
    }
}
