//! The user's own folder and a shared one as one store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_evaluate::{MemoStore, Privacy};
use weir_model::Digest;

use super::folder::{MemoFolder, OWN_LIMIT};

/// How many bytes a shared folder may hold.
const SHARED_LIMIT: u64 = 4 << 30;

/// The user's own folder, and a shared one behind it.
#[derive(Debug)]
pub struct Memos {
    own: MemoFolder,
    shared: Option<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: MemoFolder,
    read_only: bool,
}

impl Memos {
    /// Uses the folder `memo` of a cache.
    pub fn own(cache: &Path) -> Self {
        Self { own: MemoFolder::own(cache.join("memo"), OWN_LIMIT), shared: None }
    }

    /// Adds a folder that others use, too. A reader that is not trusted gives nothing to it.
    #[must_use]
    pub fn with_shared(self, folder: PathBuf, read_only: bool, secret: String) -> Self {
        let folder = MemoFolder::shared(folder, SHARED_LIMIT, secret);
        Self { shared: Some(Shared { folder, read_only }), ..self }
    }
}

impl MemoStore for Memos {
    fn get(&self, key: &Digest) -> Option<Arc<[u8]>> {
        self.own.get(key).or_else(|| self.shared.as_ref()?.folder.get(key))
    }

    fn put(&self, key: &Digest, bytes: &[u8], privacy: Privacy) {
        self.own.put(key, bytes, privacy);
        if let Some(shared) = &self.shared
            && privacy == Privacy::Public
            && !shared.read_only
        {
            shared.folder.put(key, bytes, privacy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_public_goes_to_the_shared_folder_and_only_from_who_may() {
        let (one, other, common) = (tempfile::tempdir(), tempfile::tempdir(), tempfile::tempdir());
        let (one, other, common) = (one.unwrap(), other.unwrap(), common.unwrap());
        let memos = |cache: &Path, read_only| {
            Memos::own(cache).with_shared(common.path().to_owned(), read_only, String::new())
        };
        let (public, private, untrusted) = (Digest::of(b"1"), Digest::of(b"2"), Digest::of(b"3"));
        let first = memos(one.path(), false);
        first.put(&public, b"x", Privacy::Public);
        first.put(&private, b"y", Privacy::Private);
        memos(one.path(), true).put(&untrusted, b"z", Privacy::Public);
        assert!(first.get(&private).is_some() && first.get(&untrusted).is_some());
        let second = memos(other.path(), true);
        assert_eq!(second.get(&public).as_deref(), Some(&b"x"[..]));
        assert!(second.get(&private).is_none() && second.get(&untrusted).is_none());
    }
}
