//! The form of a record in a Secret: base 64 of gzip of JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};

use weir_model::decode_base64;

use super::{Record, read, write};
use crate::HelmVersion;
use crate::functions::encode_64;

/// The longest JSON that is read. Helm's records are some 100 KiB, and never larger than a Secret packed.
const LONGEST: u64 = 64 << 20;

/// How many values a record may hold; each takes many times the bytes that it is written with.
const MOST_VALUES: usize = 1_000_000;

/// The labels that Helm writes itself.
const OWN_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// What is wrong with a stored record. It never quotes what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageError {
    /// The text is no base 64.
    NoBase64,
    /// What was packed cannot be unpacked.
    NoGzip,
    /// It unpacks to more than [`decode`] reads.
    TooLarge,
    /// It is no JSON of a record; the text says which field is wrong.
    NoRecord(String),
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not read a stored Helm release: ")?;
        match self {
            Self::NoBase64 => f.write_str("it is no base64"),
            Self::NoGzip => f.write_str("it cannot be unpacked"),
            Self::TooLarge => write!(
                f,
                "it is larger than {} MiB or has more than {MOST_VALUES} values",
                LONGEST >> 20
            ),
            Self::NoRecord(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StorageError {}

/// Reads a record: the bytes of `data.release` of a Secret, after the Secret's own base 64.
///
/// Whatever Helm 3 or 4 wrote is read, packed or not. Refuses what is no record and what unpacks to more than 64 MiB.
/// The labels are left empty; they stand on the Secret.
pub fn decode(stored: &[u8]) -> Result<Record, StorageError> {
    let text = std::str::from_utf8(stored).map_err(|_| StorageError::NoBase64)?;
    let packed = decode_base64(text).ok_or(StorageError::NoBase64)?;
    let json = if packed.starts_with(b"\x1f\x8b\x08") { unpack(&packed, LONGEST)? } else { packed };
    // Every value but the first follows one of these.
    let values = json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if json.len() as u64 > LONGEST || values > MOST_VALUES {
        return Err(StorageError::TooLarge);
    }
    read::record(&json).map_err(StorageError::NoRecord)
}

/// Unpacks at most so many bytes, and refuses what has more.
pub(super) fn unpack(packed: &[u8], longest: u64) -> Result<Vec<u8>, StorageError> {
    let mut text = Vec::new();
    let unpacked = GzDecoder::new(packed).take(longest + 1).read_to_end(&mut text);
    unpacked.map_err(|_| StorageError::NoGzip)?;
    if text.len() as u64 > longest { Err(StorageError::TooLarge) } else { Ok(text) }
}

/// Writes a record: what goes into `data.release` of a Secret, before the Secret's own base 64. It has the form of Helm 4,
/// whoever made the record.
pub fn encode(record: &Record) -> String {
    let json = json(record, HelmVersion::V4);
    // The header is Go's: no time, and no word of the system.
    let mut packer = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let written = packer.write_all(json.as_bytes()).and_then(|()| packer.finish());
    encode_64(&written.unwrap_or_default())
}

/// Returns a record as JSON, as a Helm packs it.
pub fn json(record: &Record, form: HelmVersion) -> String {
    write::record(record, form)
}

/// Returns the name of the Secret of a revision.
pub fn secret_name(release: &str, revision: i64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// Returns the labels of a record's Secret.
///
/// Helm also sets `createdAt` when it makes the Secret and `modifiedAt` when it changes it, in seconds since 1970; a
/// Secret found in the cluster keeps its own. Of the labels that a user gave those with a name of Helm's are left out.
pub fn labels(record: &Record) -> BTreeMap<String, String> {
    let own = |key: &str| OWN_LABELS.contains(&key);
    let mut labels: BTreeMap<String, String> = record
        .labels
        .iter()
        .filter(|(key, _)| !own(key))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    for (key, value) in [
        ("name", record.name.clone()),
        ("owner", "helm".to_owned()),
        ("status", record.info.status.word().to_owned()),
        ("version", record.version.to_string()),
    ] {
        labels.insert(key.to_owned(), value);
    }
    labels
}
