//! Packed charts: a compressed tar, unpacked in memory and metered.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use weir_model::{Blob, SmolStr};

use super::File;

/// What is left of what a chart may unpack to, all archives inside it included.
pub(super) struct Budget {
    bytes: u64,
    /// What is left of the bytes of values, which take many times as much once they are read.
    values: usize,
}

impl Budget {
    /// Allows what Helm allows: 100 MiB.
    pub(super) fn new() -> Self {
        Self { bytes: CHART_LIMIT, values: VALUES_LIMIT }
    }

    /// Counts a file of values. The error is our own.
    pub(super) fn values(&mut self, bytes: usize) -> Result<(), String> {
        self.values = self.values.checked_sub(bytes).ok_or_else(|| {
            format!("the files of values of a chart are larger than {VALUES_LIMIT} bytes")
        })?;
        Ok(())
    }

    /// Counts an entry of an archive, which takes memory even when it is empty.
    fn entry(&mut self) -> Result<(), String> {
        self.bytes = self.bytes.checked_sub(ENTRY).ok_or_else(too_large)?;
        Ok(())
    }
}

const CHART_LIMIT: u64 = 100 << 20;
const FILE_LIMIT: u64 = 5 << 20;
const VALUES_LIMIT: usize = 16 << 20;
/// What an entry of an archive takes at least.
const ENTRY: u64 = 512;
/// What one archive may unpack to, with all that is not content, such as long names.
const STREAM_LIMIT: u64 = 160 << 20;

fn too_large() -> String {
    format!("decompressed chart is larger than the maximum file size {CHART_LIMIT}")
}

/// Unpacks an archive: its files below the first folder, in order. The error is Helm's text.
pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut archive = tar::Archive::new(MultiGzDecoder::new(bytes).take(STREAM_LIMIT));
    let entries = archive.entries().map_err(|error| error.to_string())?;
    for entry in entries {
        let mut entry = entry.map_err(|error| error.to_string())?;
        budget.entry()?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = inner_name(&path)?;
        let size = entry.size();
        if size > budget.bytes {
            return Err(too_large());
        }
        if size > FILE_LIMIT {
            let path = weir_golang::strconv::quote(&path);
            return Err(format!(
                "decompressed chart file {path} is larger than the maximum file size {FILE_LIMIT}"
            ));
        }
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let read = entry.by_ref().take(FILE_LIMIT).read_to_end(&mut content);
        let read = read.map_err(|error| error.to_string())? as u64;
        budget.bytes = budget.bytes.saturating_sub(read);
        if read < size || budget.bytes == 0 {
            return Err(too_large());
        }
        files.push(File { name, content: without_mark(&content) });
    }
    if files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(files)
}

/// Drops a byte order mark.
pub(super) fn without_mark(content: &[u8]) -> Blob {
    Blob::new(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content))
}

/// Returns the path below the archive's first folder. Refuses paths that lead anywhere else.
fn inner_name(path: &str) -> Result<SmolStr, String> {
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let (first, rest) = path.split_once(delimiter).unwrap_or((path, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err("chart illegally references parent directory".to_owned());
                }
            }
            name => parts.push(name),
        }
    }
    if parts.is_empty() {
        let path = weir_golang::strconv::quote(path);
        return Err(format!("chart illegally contains content outside the base directory: {path}"));
    }
    let name = parts.join("/");
    if name.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    let mut letters = name.chars();
    if letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.as_str().starts_with(":/")
    {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(inner_name("web/templates/./a.yaml").unwrap(), "templates/a.yaml");
        assert_eq!(inner_name("web\\templates\\a.yaml").unwrap(), "templates/a.yaml");
        for bad in ["web/../../x", "web//etc", "Chart.yaml", "web/c:/x", "web/.", "file"] {
            assert!(inner_name(bad).is_err(), "{bad}");
        }
    }

    fn packed(entries: impl Iterator<Item = (String, usize)>) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut builder = tar::Builder::new(gzip);
        for (name, size) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(size as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, vec![b'x'; size].as_slice()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn bombs_are_refused() {
        let small = || Budget { bytes: 20_000, values: 0 };
        let empty = packed((0..100).map(|number| (format!("web/{number}"), 0)));
        assert!(unpack(&empty, &mut small()).unwrap_err().contains("larger than"));
        let large = packed([("web/a".to_owned(), 30_000)].into_iter());
        assert!(unpack(&large, &mut small()).unwrap_err().contains("larger than"));
        let file = packed([("web/a".to_owned(), (5 << 20) + 1)].into_iter());
        assert!(unpack(&file, &mut Budget::new()).unwrap_err().contains("chart file \"web/a\""));
        assert!(small().values(1).is_err());
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        assert!(unpack(b"hello", &mut Budget::new()).is_err());
    }
}
