//! The cache of what was fetched, addressed by content.
//!
//! `artifacts/` holds bytes under the name of their blake3 hash; `index/` says which of them answers a demand, at which
//! revision, and since when; `failures/` says why a demand could not be answered a moment ago. Every file is written under another name and then renamed, so that processes may share
//! the cache, and every artifact is checked when it is read: a damaged one is as if it were not there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use weir_evaluate::Unavailable;
use weir_model::{Digest, Revision};

/// Where fetched artifacts are kept.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// Why the cache could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No folder is known for it: neither `XDG_CACHE_HOME` nor `HOME` is set. Name one with `--cache-dir`.
    #[error("could not find the user's cache folder: neither `XDG_CACHE_HOME` nor `HOME` is set")]
    NoFolder,
    /// The folder cannot be written or read. Check its permissions and the space on the disk.
    #[error("could not {doing} the cache `{}`", path.display())]
    Unusable {
        /// `read` or `write`.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// What the index knows of a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The artifact's hash.
    pub(crate) artifact: Digest,
    /// The digest of the tree that it unpacks to.
    pub(crate) tree: Digest,
    /// How to unpack it.
    pub(crate) form: String,
    /// The revision in Flux's form.
    pub(crate) revision: Revision,
    /// When it was fetched, in seconds since 1970.
    pub(crate) fetched: u64,
    /// What was asked for, for people who look into the cache.
    pub(crate) what: String,
}

impl Entry {
    /// Tells whether this was fetched no longer ago than `ttl`.
    pub(crate) fn is_fresh(&self, ttl: Duration) -> bool {
        now().saturating_sub(self.fetched) <= ttl.as_secs()
    }
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Store {
    /// Uses this folder, or else `weir` in the user's cache folder. Nothing is made before something is kept.
    pub fn open(folder: Option<&Path>) -> Result<Self, StoreError> {
        if let Some(folder) = folder {
            return Ok(Self { root: folder.to_owned() });
        }
        let variable =
            |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .ok_or(StoreError::NoFolder)?;
        Ok(Self { root: caches.join("weir") })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// Returns how many bytes the cache takes on the disk.
    pub fn size(&self) -> u64 {
        let mut total = 0;
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                    Ok(metadata) => total += metadata.len(),
                    Err(_) => {}
                }
            }
        }
        total
    }

    /// Keeps bytes and returns their hash.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path("artifacts", &digest);
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64) {
            return Ok(digest);
        }
        self.write(&path, bytes)?;
        Ok(digest)
    }

    /// Returns the bytes of this hash; a damaged file is removed.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let path = self.path("artifacts", digest);
        let bytes = fs::read(&path).ok()?;
        if Digest::of(&bytes) == *digest {
            return Some(bytes);
        }
        // When it cannot be removed it is found damaged again the next time.
        fs::remove_file(path).ok();
        None
    }

    /// Notes which artifact answers a demand.
    pub(crate) fn record(&self, key: &Digest, entry: &Entry) -> Result<(), StoreError> {
        let text = json!({
            "what": entry.what,
            "artifact": entry.artifact.to_string(),
            "tree": entry.tree.to_string(),
            "form": entry.form,
            "revision": entry.revision.0,
            "fetched": entry.fetched,
        });
        self.write(&self.path("index", key), text.to_string().as_bytes())
    }

    /// Returns which artifact answers a demand; an entry that cannot be read is as if it were not there.
    pub(crate) fn lookup(&self, key: &Digest) -> Option<Entry> {
        let bytes = fs::read(self.path("index", key)).ok()?;
        let value: Value = serde_json::from_slice(&bytes).ok()?;
        let text = |name: &str| value.get(name)?.as_str();
        Some(Entry {
            artifact: text("artifact")?.parse().ok()?,
            tree: text("tree")?.parse().ok()?,
            form: text("form")?.to_owned(),
            revision: Revision(text("revision")?.to_owned()),
            fetched: value.get("fetched")?.as_u64()?,
            what: text("what")?.to_owned(),
        })
    }

    /// Notes why a demand could not be answered.
    pub(crate) fn record_failure(&self, key: &Digest, problem: &Unavailable) {
        let text = json!({
            "message": problem.message,
            "hints": problem.hints,
            "failed": now(),
        });
        // A note that cannot be written costs time and nothing else.
        self.write(&self.path("failures", key), text.to_string().as_bytes()).ok();
    }

    /// Returns why a demand could not be answered, unless that is longer ago than `ttl`.
    pub(crate) fn failure(&self, key: &Digest, ttl: Duration) -> Option<Unavailable> {
        let bytes = fs::read(self.path("failures", key)).ok()?;
        let value: Value = serde_json::from_slice(&bytes).ok()?;
        let age = now().saturating_sub(value.get("failed")?.as_u64()?);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let unavailable = Unavailable {
            message: value.get("message").and_then(text)?,
            hints: value.get("hints")?.as_array()?.iter().filter_map(text).collect(),
        };
        (age < ttl.as_secs()).then_some(unavailable)
    }

    fn path(&self, kind: &str, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join(kind).join(&hex[..2]).join(hex)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let unusable =
            |cause| StoreError::Unusable { doing: "write", path: path.to_owned(), cause };
        let folder = path.parent().unwrap_or(&self.root);
        make_private(folder).map_err(unusable)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unusable)?;
        file.write_all(bytes).map_err(unusable)?;
        file.persist(path).map_err(|error| unusable(error.error))?;
        Ok(())
    }
}

/// Makes a folder that only this user can read: what is fetched with credentials is not for everyone.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_come_back_and_damaged_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(&folder.path().join("cache"))).unwrap();
        assert_eq!(store.size(), 0);
        let digest = store.put(b"bytes").unwrap();
        assert_eq!(store.get(&digest).as_deref(), Some(&b"bytes"[..]));
        assert_eq!(store.size(), 5);
        fs::write(store.path("artifacts", &digest), b"other").unwrap();
        assert_eq!(store.get(&digest), None);
        assert!(!store.path("artifacts", &digest).exists());
        store.put(b"bytes").unwrap();
        assert!(store.get(&digest).is_some());
    }

    #[test]
    fn the_index_remembers_and_ages() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let key = Digest::of(b"key");
        assert_eq!(store.lookup(&key), None);
        let mut entry = Entry {
            artifact: Digest::of(b"x"),
            tree: Digest::of(b"y"),
            form: "chart".to_owned(),
            revision: Revision("1.2.3".to_owned()),
            fetched: now(),
            what: "chart".to_owned(),
        };
        store.record(&key, &entry).unwrap();
        assert_eq!(store.lookup(&key), Some(entry.clone()));
        assert!(entry.is_fresh(Duration::from_secs(60)));
        entry.fetched -= 100;
        assert!(!entry.is_fresh(Duration::from_secs(60)));
        fs::write(store.path("index", &key), b"{").unwrap();
        assert_eq!(store.lookup(&key), None);
    }

    #[test]
    fn failures_are_remembered_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let key = Digest::of(b"key");
        let problem = Unavailable { message: "no".to_owned(), hints: vec!["try".to_owned()] };
        assert_eq!(store.failure(&key, Duration::from_secs(60)), None);
        store.record_failure(&key, &problem);
        assert_eq!(store.failure(&key, Duration::from_secs(60)), Some(problem));
        assert_eq!(store.failure(&key, Duration::ZERO), None);
    }

    #[test]
    fn many_writers_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for number in 0..20_u8 {
                        let digest = store.put(&[number; 100]).unwrap();
                        assert!(store.get(&digest).is_some());
                    }
                });
            }
        });
        assert_eq!(store.size(), 2000);
    }
}
