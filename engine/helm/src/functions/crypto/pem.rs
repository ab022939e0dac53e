//! PEM: bytes in base 64 between two lines that name their kind.

use crate::functions::base_n;

/// Writes a block.
pub(super) fn encode(kind: &str, bytes: &[u8]) -> String {
    let mut out = format!("-----BEGIN {kind}-----\n");
    let text = base_n::encode_64(bytes);
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {kind}-----\n"));
    out
}

/// Reads the first block: its kind and bytes. Headers before an empty line are skipped.
pub(super) fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    let body = body
        .split_once("\n\n")
        .map_or(body, |(headers, body)| if headers.contains(':') { body } else { rest });
    let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Some((kind.to_owned(), base_n::decode_64(&body).ok()?))
}
