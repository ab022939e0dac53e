//! Base64 as Secrets have it.

/// Decodes base64; line breaks are skipped. Nothing when the text is no base64.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches(['=', '\n', '\r']).bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\n' | b'\r' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode_base64("aHVudGVyMg==").as_deref(), Some(b"hunter2".as_slice()));
        assert_eq!(decode_base64("aHVu\ndGVy").as_deref(), Some(b"hunter".as_slice()));
        assert_eq!(decode_base64("ENC[x]"), None);
    }
}
