//! What is secret in any file, whatever its form: private keys, and the data keys that SOPS writes beside its data.

/// The signs of a private key.
const PRIVATE: [&[u8]; 3] = [b"AGE-SECRET-KEY-1", b"PRIVATE KEY-----", b"PRIVATE KEY BLOCK-----"];

/// The armour around encrypted data keys.
const ARMOUR: [(&[u8], &[u8]); 2] = [
    (b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----"),
    (b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----"),
];

/// The names under which clouds and Vault keep encrypted data keys, as YAML, JSON and variables have them.
const NAMED: [&[u8]; 3] = [b" enc: ", b"\"enc\": \"", b"_enc="];

/// Returns the bytes without keys; nothing when they hold none.
pub(super) fn without(bytes: &[u8]) -> Option<Vec<u8>> {
    if PRIVATE.iter().any(|sign| find(bytes, sign).is_some()) {
        return Some(super::STAND_IN.into());
    }
    if !weir_flux::sops::is_encrypted_text(bytes) {
        return None;
    }
    let mut changed = bytes.to_vec();
    for (start, end) in ARMOUR {
        let mut from = 0;
        while let Some(at) = rest(&changed, from).and_then(|rest| find(rest, start)) {
            let inner = from + at + start.len();
            let Some(length) = rest(&changed, inner).and_then(|rest| find(rest, end)) else {
                break;
            };
            blank(&mut changed, inner, length);
            from = inner + length;
        }
    }
    for name in NAMED {
        let mut from = 0;
        while let Some(at) = rest(&changed, from).and_then(|rest| find(rest, name)) {
            let inner = from + at + name.len();
            let is_end = |byte: &u8| matches!(byte, b'\n' | b'"' | b'\\' | b'|' | b'>');
            let length = rest(&changed, inner)
                .map_or(0, |rest| rest.iter().position(is_end).unwrap_or(rest.len()));
            blank(&mut changed, inner, length);
            from = inner + length;
        }
    }
    (changed != bytes).then_some(changed)
}

/// Replaces letters and digits; escapes such as `\n` and everything else stay, so that the file can still be read.
fn blank(bytes: &mut [u8], start: usize, length: usize) {
    let mut escaped = false;
    for byte in bytes.iter_mut().skip(start).take(length) {
        if byte.is_ascii_alphanumeric() && !escaped {
            *byte = b'A';
        }
        escaped = *byte == b'\\' && !escaped;
    }
}

fn rest(bytes: &[u8], from: usize) -> Option<&[u8]> {
    bytes.get(from..)
}

/// Returns where a part begins.
pub(super) fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, part)
}
