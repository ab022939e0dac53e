//! The file around the bytes: what it is, how large it unpacks, what it hashes to, and the bytes, compressed.
//!
//! ```text
//! "weir snapshot 1\n"   the kind and the version of the format
//! 8 bytes               the length of the content, little-endian
//! 32 bytes              the content's blake3 hash
//! the rest              the content as a zlib stream
//! ```

use std::fmt;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use weir_model::Digest;

/// The most that a saved file may unpack to.
const CONTENT_BYTES: u64 = 2 << 30;

/// Why a saved file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedError {
    /// It is something else.
    NotSaved(&'static str),
    /// It was written by a weir whose format this one does not know.
    Version(String),
    /// It unpacks to more than memory should hold.
    TooLarge,
    /// It is damaged: cut off, or changed since it was written.
    Damaged(&'static str),
    /// A replay of it would not give the plan that it was made from; a mistake in weir.
    NotReplayable,
}

impl fmt::Display for SavedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSaved(kind) => write!(f, "it is no {kind} of weir"),
            Self::Version(found) => {
                write!(f, "its format is `{found}`, which this weir does not know")
            }
            Self::TooLarge => write!(f, "it unpacks to more than {} GiB", CONTENT_BYTES >> 30),
            Self::Damaged(why) => write!(f, "it is damaged: {why}"),
            Self::NotReplayable => {
                f.write_str("a replay would not give the same plan; this is a mistake in weir")
            }
        }
    }
}

impl std::error::Error for SavedError {}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Snapshot,
    Facts,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Facts => "facts",
        }
    }
}

/// The version of the format; it grows with every change that an older weir would misread.
const VERSION: &str = "1";

/// Packs content into a file.
pub(super) fn pack(kind: Kind, content: &[u8]) -> Vec<u8> {
    let mut file = format!("weir {} {VERSION}\n", kind.word()).into_bytes();
    file.extend((content.len() as u64).to_le_bytes());
    file.extend(Digest::of(content).as_bytes());
    let mut zip = ZlibEncoder::new(file, Compression::new(6));
    // A vector takes all that is written to it.
    zip.write_all(content).and_then(|()| zip.finish()).unwrap_or_default()
}

/// Returns the content of a file, whole and as it was written.
pub(super) fn unpack(kind: Kind, file: &[u8]) -> Result<Vec<u8>, SavedError> {
    let start = format!("weir {} ", kind.word());
    let rest = file.strip_prefix(start.as_bytes()).ok_or(SavedError::NotSaved(kind.word()))?;
    let end = rest.iter().take(16).position(|byte| *byte == b'\n');
    let end = end.ok_or(SavedError::NotSaved(kind.word()))?;
    let (version, rest) = (rest.get(..end), rest.get(end + 1..).unwrap_or_default());
    let version = version.unwrap_or_default();
    if version != VERSION.as_bytes() {
        return Err(SavedError::Version(version.escape_ascii().to_string()));
    }
    let cut_off = || SavedError::Damaged("it ends too early");
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(cut_off)?;
    let (digest, rest) = rest.split_first_chunk::<32>().ok_or_else(cut_off)?;
    let length = u64::from_le_bytes(*length);
    if length > CONTENT_BYTES {
        return Err(SavedError::TooLarge);
    }
    // No more is unpacked than the file says there is, and no memory is taken before it is.
    let mut content = Vec::new();
    let mut zip = ZlibDecoder::new(rest);
    let read = zip.by_ref().take(length + 1).read_to_end(&mut content);
    read.map_err(|_| SavedError::Damaged("it cannot be unpacked"))?;
    if content.len() as u64 != length {
        return Err(SavedError::Damaged("it unpacks to another length than it should"));
    }
    if zip.total_in() != rest.len() as u64 {
        return Err(SavedError::Damaged("there are bytes behind the end"));
    }
    if Digest::of(&content).as_bytes() != digest {
        return Err(SavedError::Damaged("its hash is not that of its content"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_was_or_not_at_all() {
        let content = b"some bytes that repeat, some bytes that repeat".repeat(20);
        let file = pack(Kind::Snapshot, &content);
        assert_eq!(unpack(Kind::Snapshot, &file), Ok(content.clone()));
        assert_eq!(unpack(Kind::Facts, &file), Err(SavedError::NotSaved("facts")));
        for end in 0..file.len() {
            assert!(unpack(Kind::Snapshot, &file[..end]).is_err(), "cut off at {end}");
        }
        for index in 0..file.len() {
            for flip in [1, 0x80] {
                let mut changed = file.clone();
                changed[index] ^= flip;
                // A few bits of the stream mean nothing, so that a change there changes nothing.
                let result = unpack(Kind::Snapshot, &changed);
                assert!(result.is_err() || result == Ok(content.clone()), "changed at {index}");
            }
        }
        let longer = [file.as_slice(), b"x"].concat();
        assert!(unpack(Kind::Snapshot, &longer).is_err());
    }

    #[test]
    fn a_bomb_ends_and_another_version_is_told() {
        let bomb = pack(Kind::Snapshot, &vec![0; 10 << 20]);
        let mut lying = bomb.clone();
        lying[16..24].copy_from_slice(&100_u64.to_le_bytes());
        assert!(matches!(unpack(Kind::Snapshot, &lying), Err(SavedError::Damaged(_))));
        lying[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(unpack(Kind::Snapshot, &lying), Err(SavedError::TooLarge));
        let later = [b"weir snapshot 2\n", &bomb[16..]].concat();
        assert_eq!(unpack(Kind::Snapshot, &later), Err(SavedError::Version("2".to_owned())));
    }
}
