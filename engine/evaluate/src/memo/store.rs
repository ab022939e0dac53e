//! Where results are kept between processes. The engine knows no folder: whoever can write one gives a [`MemoStore`].

use std::sync::Arc;

use weir_model::Digest;

/// Whether an entry may leave the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// It holds nothing that the repository does not show.
    Public,
    /// It holds values from secrets, or was made from some.
    Private,
}

/// Keeps entries by their keys. A key says what the entry was made from, so that one key always has the same entry.
///
/// Nothing here fails: what cannot be kept or read is as if it had never been kept.
pub trait MemoStore: Send + Sync {
    /// Returns an entry, exactly as it was put; nothing when it is missing or damaged.
    fn get(&self, key: &Digest) -> Option<Arc<[u8]>>;

    /// Keeps an entry.
    fn put(&self, key: &Digest, bytes: &[u8], privacy: Privacy);

    /// Tells whether anything is kept at all.
    fn keeps(&self) -> bool {
        true
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoStore;

impl MemoStore for NoStore {
    fn get(&self, _: &Digest) -> Option<Arc<[u8]>> {
        None
    }

    fn put(&self, _: &Digest, _: &[u8], _: Privacy) {}

    fn keeps(&self) -> bool {
        false
    }
}
