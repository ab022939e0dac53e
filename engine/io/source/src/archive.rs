//! Archives, unpacked in memory and within bounds; nothing is written to the disk.

use std::collections::BTreeMap;
use std::io::{self, Read};

use weir_model::{Blob, Tree, TreePath};

use crate::{limits, names};

/// Why an archive is refused. All of these mean that the archive is damaged or hostile: tell whoever made it.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is not a tar archive, or is cut off.
    #[error("the archive cannot be read")]
    Broken(#[from] io::Error),
    /// Unpacked it would be larger than memory should hold.
    #[error("the archive unpacks to more than {}", limits::show(limits::TREE_BYTES))]
    TooLarge,
    /// One file in it is too large.
    #[error("file `{0}` of the archive is larger than {limit}", limit = limits::show(limits::FILE_BYTES))]
    FileTooLarge(String),
    /// It holds too many files.
    #[error("the archive holds more than {} files", limits::TREE_FILES)]
    TooManyFiles,
    /// A name in it leads out of the archive or cannot be the name of a file.
    #[error("{0}")]
    Name(String),
    /// A link is in a chart, where no link belongs.
    #[error("`{0}` of the archive is a link")]
    Link(String),
}

/// What an archive is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A Helm chart: the one folder on top, named as the chart, is taken off, and links are refused.
    Chart,
    /// Files as they are; links are left out, as Flux does with artifacts.
    Files,
}

/// Unpacks a tar archive, compressed with gzip or not.
pub fn unpack(bytes: &[u8], layout: Layout) -> Result<Tree, ArchiveError> {
    let plain: Box<dyn Read + '_> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::read::MultiGzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    // Headers and padding count too, so that an archive of a million empty files ends.
    let mut archive = tar::Archive::new(plain.take(2 * limits::TREE_BYTES));
    let mut files = BTreeMap::new();
    let mut total = 0;
    for (count, entry) in archive.entries()?.enumerate() {
        if count > limits::TREE_FILES {
            return Err(ArchiveError::TooManyFiles);
        }
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let shown = |path: &[u8]| path.get(..256).unwrap_or(path).escape_ascii().to_string();
        let raw = entry.path_bytes().into_owned();
        if !kind.is_file() && !kind.is_contiguous() && !kind.is_gnu_sparse() {
            match layout {
                Layout::Files => continue,
                Layout::Chart => return Err(ArchiveError::Link(shown(&raw))),
            }
        }
        let Some(path) = path(&raw, layout)? else { continue };
        let size = entry.size();
        if size > limits::FILE_BYTES {
            return Err(ArchiveError::FileTooLarge(shown(&raw)));
        }
        total += size;
        if total > limits::TREE_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        // The size stands in the header, which anyone can write: the buffer grows with what is really there.
        let mut content =
            Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or_default());
        entry.by_ref().take(limits::FILE_BYTES).read_to_end(&mut content)?;
        files.insert(path, Blob::new(content));
    }
    Ok(Tree::from_files(files))
}

/// Packs a tree so that [`unpack`] gives it back.
pub(crate) fn pack(tree: &Tree) -> io::Result<Vec<u8>> {
    let zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(zip);
    for (path, blob) in tree.files() {
        let mut header = tar::Header::new_gnu();
        header.set_size(blob.bytes().len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path.as_str(), blob.bytes())?;
    }
    archive.into_inner()?.finish()
}

/// Turns the name of an entry into a path of the tree; nothing for the top folder itself.
fn path(raw: &[u8], layout: Layout) -> Result<Option<TreePath>, ArchiveError> {
    // Windows tools write backslashes.
    let slashed: Vec<u8> = if layout == Layout::Chart {
        raw.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
    } else {
        raw.to_vec()
    };
    let mut parts: Vec<&[u8]> = slashed
        .split(|byte| *byte == b'/')
        .skip_while(|part| *part == b".")
        .filter(|part| !matches!(*part, b"."))
        .collect();
    if layout == Layout::Chart {
        if parts.len() < 2 {
            let name = raw.get(..256).unwrap_or(raw).escape_ascii();
            return Err(ArchiveError::Name(format!("file `{name}` is not in the chart's folder")));
        }
        if parts.first() == Some(&&b".."[..]) {
            return Err(ArchiveError::Name("a file leads out of the archive".to_owned()));
        }
        parts.remove(0);
    }
    if parts.iter().any(|part| part.eq_ignore_ascii_case(b".git")) {
        return Ok(None);
    }
    names::check(&parts.join(&b'/'))
        .map(Some)
        .map_err(|diagnostic| ArchiveError::Name(diagnostic.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap()
    }

    #[test]
    fn a_chart_loses_its_top_folder() {
        let bytes = tar(&[
            ("web", tar::EntryType::Directory, b""),
            ("web/Chart.yaml", tar::EntryType::Regular, b"x"),
            ("web/templates/a.yaml", tar::EntryType::Regular, b"y"),
        ]);
        let names = |tree: Tree| tree.files().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
        assert_eq!(
            names(unpack(&bytes, Layout::Chart).unwrap()),
            ["Chart.yaml", "templates/a.yaml"]
        );
        let tree = unpack(&bytes, Layout::Files).unwrap();
        assert_eq!(unpack(&pack(&tree).unwrap(), Layout::Files).unwrap().digest(), tree.digest());
        assert_eq!(names(tree), ["web/Chart.yaml", "web/templates/a.yaml"]);
    }

    #[test]
    fn hostile_archives_are_refused() {
        for (name, kind) in [
            ("../x", tar::EntryType::Regular),
            ("web/../../x", tar::EntryType::Regular),
            ("/etc/passwd", tar::EntryType::Regular),
            ("x", tar::EntryType::Regular),
            ("web/x", tar::EntryType::Symlink),
            ("web\\..\\..\\x", tar::EntryType::Regular),
        ] {
            let bytes = tar(&[(name, kind, b"")]);
            let result = unpack(&bytes, Layout::Chart);
            // A leading slash makes the first part empty, and the rest stays inside.
            assert!(
                result.is_err()
                    || result.is_ok_and(|tree| tree.len() == 1 && name.starts_with('/')),
                "{name}"
            );
        }
        assert!(unpack(&tar(&[("../x", tar::EntryType::Regular, b"")]), Layout::Files).is_err());
        assert_eq!(
            unpack(&tar(&[("x", tar::EntryType::Symlink, b"")]), Layout::Files).unwrap().len(),
            0
        );
        assert!(unpack(b"not an archive at all", Layout::Files).is_err());
        assert!(unpack(&[0x1f, 0x8b, 1, 2], Layout::Files).is_err());
    }

    #[test]
    fn a_bomb_ends() {
        let mut header = tar::Header::new_gnu();
        header.set_path("web/x").unwrap();
        header.set_size(limits::FILE_BYTES + 1);
        header.set_cksum();
        assert!(matches!(
            unpack(header.as_bytes(), Layout::Chart),
            Err(ArchiveError::FileTooLarge(_))
        ));
    }
}
