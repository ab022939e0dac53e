//! How much one source may hold: the trees are kept in memory, so a hostile or mistaken source must end in an error.

/// The largest file that is read, in bytes; a larger one is reported and not read.
pub const FILE_BYTES: u64 = 25 << 20;

/// The most that one tree may hold, in bytes.
pub const TREE_BYTES: u64 = 512 << 20;

/// The most files that one tree may hold.
pub const TREE_FILES: usize = 200_000;

/// The longest path inside a tree, in bytes.
pub const PATH_BYTES: usize = 4096;

/// Writes a number of bytes for people, such as `25 MiB`.
pub(crate) fn show(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut scale = 1;
    while unit + 1 < UNITS.len() && bytes / scale >= 1024 {
        scale *= 1024;
        unit += 1;
    }
    let whole = bytes / scale;
    match (bytes % scale) * 10 / scale {
        0 => format!("{whole} {}", UNITS[unit]),
        tenth => format!("{whole}.{tenth} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn bytes_are_shown_for_people() {
        for (bytes, text) in
            [(0, "0 bytes"), (1023, "1023 bytes"), (FILE, "25 MiB"), (1536, "1.5 KiB")]
        {
            assert_eq!(show(bytes), text);
        }
    }

    const FILE: u64 = super::FILE_BYTES;
}
