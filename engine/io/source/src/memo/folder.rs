//! A folder of entries, a file each.
//!
//! A file is written under another name and then renamed, so that processes may share a folder and a kill at any moment
//! leaves nothing half done under a good name. Every entry begins with a hash over its key and content and is checked
//! when it is read: a damaged one, or one under another's name, is removed and made again. Nothing waits for the disk;
//! what a crash of the machine cuts off is found damaged.
//!
//! The folder is bounded: the entries that were not used for longest go first. `written` counts, by its own length, the
//! KiB written since someone last looked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use weir_evaluate::{MemoStore, Privacy};
use weir_model::{Digest, DigestBuilder};

/// How many bytes a user's own folder may hold.
pub(super) const OWN_LIMIT: u64 = 512 << 20;

/// What each file begins with.
const MAGIC: &[u8; 8] = b"weirmem1";
const HEAD: usize = MAGIC.len() + 32;

/// The largest entry, in bytes.
const ENTRY_BYTES: u64 = 256 << 20;

/// How long an entry may be used before its file says so: each use would be a write.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// After how long an unfinished file is one that nobody will finish.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Who may read the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// This user alone.
    Owner,
    /// Whoever the folder's own settings let in.
    Everyone,
}

/// A folder of entries.
#[derive(Debug)]
pub struct MemoFolder {
    root: PathBuf,
    limit: u64,
    readers: Readers,
    /// Goes into the hash of each entry: whoever does not know it can write none that is believed.
    secret: String,
    /// The bytes that were written here and are not yet in `written`.
    unnoted: AtomicU64,
}

impl MemoFolder {
    /// Uses a folder that this user alone can read. It is made when something is kept.
    pub fn own(root: PathBuf, limit: u64) -> Self {
        Self {
            root,
            limit,
            readers: Readers::Owner,
            secret: String::new(),
            unnoted: AtomicU64::new(0),
        }
    }

    /// Uses a folder that others write, too. Entries that were written with another secret are not believed.
    pub fn shared(root: PathBuf, limit: u64, secret: String) -> Self {
        Self { root, limit, readers: Readers::Everyone, secret, unnoted: AtomicU64::new(0) }
    }

    fn path(&self, key: &Digest) -> PathBuf {
        let hex = key.to_hex();
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    fn seal(&self, key: &Digest, content: &[u8]) -> Digest {
        DigestBuilder::new("memo-entry").text(&self.secret).digest(key).bytes(content).finish()
    }

    fn read(&self, key: &Digest) -> Option<Arc<[u8]>> {
        let path = self.path(key);
        let mut file = File::open(&path).ok()?;
        let metadata = file.metadata().ok()?;
        let mut head = [0; HEAD];
        let length = metadata.len().checked_sub(HEAD as u64).filter(|length| *length < ENTRY_BYTES);
        let content = length.and_then(|length| {
            file.read_exact(&mut head).ok()?;
            let length = usize::try_from(length).ok()?;
            let mut content: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
            file.read_exact(Arc::get_mut(&mut content)?).ok()?;
            let is_whole = head[..MAGIC.len()] == *MAGIC
                && head[MAGIC.len()..] == *self.seal(key, &content).as_bytes();
            is_whole.then_some(content)
        });
        let Some(content) = content else {
            // In a shared folder it may be good for those who know another secret; whoever makes it anew replaces it.
            if self.readers == Readers::Owner {
                fs::remove_file(path).ok();
            }
            return None;
        };
        let now = SystemTime::now();
        let is_stale = metadata
            .modified()
            .is_ok_and(|used| now.duration_since(used).is_ok_and(|unused| unused > STALE));
        if is_stale {
            // Only the order of eviction depends on it.
            file.set_modified(now).ok();
        }
        Some(content)
    }

    fn write(&self, key: &Digest, content: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.root);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".new-");
        #[cfg(unix)]
        if self.readers == Readers::Everyone {
            // Less what the user's mask takes off.
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        let mut file = match builder.tempfile_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make(folder)?;
                builder.tempfile_in(folder)?
            }
            made => made?,
        };
        let mut bytes = Vec::with_capacity(HEAD + content.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.seal(key, content).as_bytes());
        bytes.extend_from_slice(content);
        file.write_all(&bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        self.note(bytes.len() as u64)
    }

    fn make(&self, folder: &Path) -> io::Result<()> {
        match self.readers {
            Readers::Owner => crate::store::make_private(folder),
            Readers::Everyone => fs::create_dir_all(folder),
        }
    }

    /// Notes what was written, a MiB at a time, so that hardly anything is forgotten when the process is killed.
    fn note(&self, bytes: u64) -> io::Result<()> {
        let unnoted = self.unnoted.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if unnoted < 1 << 20 { Ok(()) } else { self.note_all() }
    }

    /// Adds to `written`, and evicts when a sixteenth of the bound has been written since someone last did.
    fn note_all(&self) -> io::Result<()> {
        let unnoted = self.unnoted.swap(0, Ordering::Relaxed);
        if unnoted == 0 {
            return Ok(());
        }
        let counter = self.root.join("written");
        let mut file = OpenOptions::new().create(true).append(true).open(&counter)?;
        file.write_all(&vec![b'.'; usize::try_from(unnoted >> 10).unwrap_or_default() + 1])?;
        if file.metadata()?.len() << 10 > self.limit / 16 {
            file.set_len(0)?;
            self.evict()?;
        }
        Ok(())
    }

    /// Removes the entries that were not used for longest, until there is some room again.
    fn evict(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        let mut total = 0;
        let now = SystemTime::now();
        for shard in fs::read_dir(&self.root)? {
            // A shard that another process just removed is no failure; nor is a file.
            for entry in fs::read_dir(shard?.path()).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let is_new = entry.file_name().as_encoded_bytes().starts_with(b".new-");
                let age = now.duration_since(used).unwrap_or_default();
                if !is_new {
                    total += metadata.len();
                    entries.push((used, metadata.len(), entry.path()));
                } else if age > ABANDONED {
                    fs::remove_file(entry.path()).ok();
                }
            }
        }
        if total <= self.limit {
            return Ok(());
        }
        entries.sort();
        for (_, length, path) in entries {
            if total <= self.limit / 4 * 3 {
                break;
            }
            // Whoever reads it at this moment has it open, and reads on.
            if fs::remove_file(path).is_ok() {
                total -= length;
            }
        }
        Ok(())
    }
}

impl Drop for MemoFolder {
    fn drop(&mut self) {
        // Nothing depends on the note but the bound, and the next process sees to that, too.
        self.note_all().ok();
    }
}

impl MemoStore for MemoFolder {
    fn get(&self, key: &Digest) -> Option<Arc<[u8]>> {
        self.read(key)
    }

    fn put(&self, key: &Digest, bytes: &[u8], _: Privacy) {
        // What cannot be kept is made again.
        self.write(key, bytes).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Digest {
        Digest::of(&number.to_le_bytes())
    }

    #[test]
    fn entries_come_back_and_damaged_ones_do_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = MemoFolder::own(place.path().join("memo"), OWN_LIMIT);
        assert!(folder.get(&key(1)).is_none());
        folder.put(&key(1), b"content", Privacy::Private);
        assert_eq!(folder.get(&key(1)).as_deref(), Some(&b"content"[..]));
        let path = folder.path(&key(1));
        let whole = fs::read(&path).unwrap();
        // Half written, bent in each byte, longer, empty, and under another's name.
        for bent in (0..=whole.len()).map(|at| {
            let mut bytes = whole.clone();
            match bytes.get_mut(at) {
                Some(byte) => *byte ^= 1,
                None => bytes.push(0),
            }
            bytes
        }) {
            fs::write(&path, bent).unwrap();
            assert!(folder.get(&key(1)).is_none());
            assert!(!path.exists());
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(folder.get(&key(1)).is_none());
        }
        let other = folder.path(&key(2));
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(&other, &whole).unwrap();
        assert!(folder.get(&key(2)).is_none());
        folder.put(&key(1), b"content", Privacy::Private);
        assert!(folder.get(&key(1)).is_some());
    }

    #[test]
    #[cfg(unix)]
    fn own_entries_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = MemoFolder::own(place.path().join("memo"), OWN_LIMIT);
        folder.put(&key(1), b"content", Privacy::Private);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = folder.path(&key(1));
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn the_folder_stays_within_its_bound() {
        let place = tempfile::tempdir().unwrap();
        let limit = 8 << 20;
        for round in 0..4 {
            let folder = MemoFolder::own(place.path().to_owned(), limit);
            for number in 0..64 {
                folder.put(&key(round * 64 + number), &[7; 100 << 10], Privacy::Public);
            }
        }
        let mut total = 0;
        for shard in fs::read_dir(place.path()).unwrap().flatten() {
            for entry in fs::read_dir(shard.path()).into_iter().flatten().flatten() {
                total += entry.metadata().unwrap().len();
            }
        }
        assert!(total <= limit + limit / 8, "{total}");
        let folder = MemoFolder::own(place.path().to_owned(), limit);
        assert!(folder.get(&key(0)).is_none() && folder.get(&key(255)).is_some());
    }

    #[test]
    fn many_writers_do_not_disturb_each_other() {
        let place = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let folder = MemoFolder::own(place.path().to_owned(), OWN_LIMIT);
                    for number in 0..20 {
                        folder.put(&key(number), &[7; 1000], Privacy::Public);
                        assert!(folder.get(&key(number)).is_some());
                    }
                });
            }
        });
    }

    #[test]
    fn another_secret_is_not_believed() {
        let place = tempfile::tempdir().unwrap();
        let folder = |secret: &str| {
            MemoFolder::shared(place.path().to_owned(), OWN_LIMIT, secret.to_owned())
        };
        folder("ours").put(&key(1), b"content", Privacy::Public);
        assert!(folder("ours").get(&key(1)).is_some());
        assert!(folder("theirs").get(&key(1)).is_none());
        assert!(folder("ours").get(&key(1)).is_some());
    }
}
