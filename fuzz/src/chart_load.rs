//! Any bytes, as a packed chart: first as they are, then as the tar inside, so that changes reach further than gzip's checksum.

use std::io::Write;

use weir_helm::{Chart, HelmVersion};

/// Loads the data.
pub fn run(data: &[u8]) {
    load(data);
    // A stored block and no compression: what is inside gets through as it is.
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let chunks = data.chunks(0xffff);
    let last = chunks.len().saturating_sub(1);
    for (index, chunk) in chunks.enumerate() {
        let Ok(length) = u16::try_from(chunk.len()) else { return };
        packed.push(u8::from(index == last));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        if packed.write_all(chunk).is_err() {
            return;
        }
    }
    packed.extend(crc32(data).to_le_bytes());
    packed.extend(u32::try_from(data.len()).unwrap_or_default().to_le_bytes());
    load(&packed);
}

fn load(bytes: &[u8]) {
    for helm in [HelmVersion::V3, HelmVersion::V4] {
        if let Some(chart) = Chart::from_archive_as(bytes, helm).value {
            for file in chart.files().iter().chain(chart.templates()) {
                assert!(!file.name.split('/').any(|part| part == ".."), "{} climbs", file.name);
                assert!(!file.name.starts_with('/'), "{} is absolute", file.name);
            }
        }
    }
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
