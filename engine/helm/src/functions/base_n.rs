//! Base 64 and base 32, with Go's error texts.

use weir_gotmpl::{Function, Type, Value};

use super::meter;

const STRING: Type = Type::String;
const BASE_64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Sprig's functions for them; what cannot be decoded gives the error as text.
pub(super) const TABLE: &[Function] = &[
    Function::new("b64enc", &[STRING], |context, args| {
        meter(context, args.bytes(0).len() / 3 * 4)?;
        Ok(encode_64(args.bytes(0)).into())
    }),
    Function::new("b64dec", &[STRING], |_, args| Ok(decoded(decode_64(args.bytes(0)), "base64"))),
    Function::new("b32enc", &[STRING], |context, args| {
        meter(context, args.bytes(0).len() / 5 * 8)?;
        Ok(encode(args.bytes(0), BASE_32, 5, 8).into())
    }),
    Function::new("b32dec", &[STRING], |_, args| Ok(decoded(decode_32(args.bytes(0)), "base32"))),
];

/// Writes base 64 with padding.
pub(crate) fn encode_64(bytes: &[u8]) -> String {
    encode(bytes, BASE_64, 6, 4)
}

/// Reads base 64 with padding; line breaks do not count. Gives the place of what is wrong.
pub(super) fn decode_64(text: &[u8]) -> Result<Vec<u8>, usize> {
    decode(text, BASE_64, 6, 4)
}

fn decode_32(text: &[u8]) -> Result<Vec<u8>, usize> {
    decode(text, BASE_32, 5, 8)
}

fn decoded(result: Result<Vec<u8>, usize>, name: &str) -> Value {
    match result {
        Ok(bytes) => Value::from_bytes(bytes),
        Err(at) => format!("illegal {name} data at input byte {at}").into(),
    }
}

fn encode(bytes: &[u8], alphabet: &[u8], bits: u32, quantum: usize) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / bits as usize + quantum);
    let (mut pending, mut count) = (0_u32, 0);
    let letter = |index: u32| alphabet.get(index as usize).copied().map_or('=', char::from);
    let mask = (1 << bits) - 1;
    for byte in bytes {
        pending = (pending << 8 | u32::from(*byte)) & 0xffff;
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(letter(pending >> count & mask));
        }
    }
    if count > 0 {
        out.push(letter(pending << (bits - count) & mask));
    }
    while !out.len().is_multiple_of(quantum) {
        out.push('=');
    }
    out
}

/// Decodes quantum by quantum; the place of an error is that in the text as Go counts it.
fn decode(text: &[u8], alphabet: &[u8], bits: u32, quantum: usize) -> Result<Vec<u8>, usize> {
    // Base 32 drops line breaks first and counts without them, base 64 counts with them.
    let counts_breaks = bits == 6;
    let is_break = |byte: u8| byte == b'\n' || byte == b'\r';
    let letters: Vec<(usize, u8)> = if counts_breaks {
        text.iter().copied().enumerate().filter(|(_, byte)| !is_break(*byte)).collect()
    } else {
        text.iter().copied().filter(|byte| !is_break(*byte)).enumerate().collect()
    };
    let end = if counts_breaks { text.len() } else { letters.len() };
    let mut out = Vec::with_capacity(letters.len() * bits as usize / 8);
    let mut at = 0;
    while at < letters.len() {
        let (mut pending, mut taken) = (0_u64, 0_usize);
        while taken < quantum {
            let Some((place, byte)) = letters.get(at + taken).copied() else {
                // An incomplete quantum is wrong from its beginning.
                return Err(end - taken);
            };
            if byte == b'=' {
                break;
            }
            let Some(value) = alphabet.iter().position(|letter| *letter == byte) else {
                return Err(place);
            };
            pending = pending << bits | value as u64;
            taken += 1;
        }
        if taken < quantum {
            padding(&letters, at + taken, quantum - taken, taken, bits, end)?;
        }
        let whole = taken * bits as usize / 8;
        pending <<= bits as usize * (quantum - taken);
        let width = bits as usize * quantum;
        out.extend((0..whole).map(|index| (pending >> (width - 8 * (index + 1)) & 0xff) as u8));
        at += quantum;
    }
    Ok(out)
}

/// Checks the padding at the end: as much as is missing, of a length that can be, and nothing behind.
fn padding(
    letters: &[(usize, u8)],
    from: usize,
    missing: usize,
    taken: usize,
    bits: u32,
    end: usize,
) -> Result<(), usize> {
    let place = |index: usize| letters.get(index).map_or(end, |(place, _)| *place);
    let possible = if bits == 6 { taken >= 2 } else { matches!(taken, 2 | 4 | 5 | 7) };
    if bits == 6 && !possible {
        return Err(place(from));
    }
    for index in from..from + missing {
        match letters.get(index) {
            Some((_, b'=')) => {}
            Some((place, _)) => {
                return Err(if bits == 6 { *place } else { place.saturating_sub(1) });
            }
            None => return Err(if bits == 6 { end } else { end.saturating_sub(index - from) }),
        }
    }
    if !possible {
        return Err(place(from));
    }
    if letters.len() > from + missing {
        return Err(place(from + missing));
    }
    Ok(())
}
