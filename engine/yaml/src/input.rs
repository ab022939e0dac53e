//! From bytes to text: byte order marks, UTF-16, and the characters that YAML admits.

use std::borrow::Cow;

/// The text of an input, as far as it is one.
pub(crate) struct Input<'a> {
    /// The valid beginning of the text, as UTF-8.
    pub(crate) text: Cow<'a, str>,
    /// What is wrong with the byte after it, and from where on Go's reader would notice.
    pub(crate) broken: Option<Broken>,
}

/// A place that is no text.
#[derive(Clone, Copy)]
pub(crate) struct Broken {
    /// Go's words for it.
    pub(crate) problem: &'static str,
    /// Go reads 512 bytes at once and complains before it looks at any of them.
    pub(crate) noticed_at: usize,
}

const CHUNK: usize = 512;

/// Decodes the bytes of a YAML stream.
pub(crate) fn decode(bytes: &[u8]) -> Input<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Input<'_> {
    let (text, mut problem) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(valid).unwrap_or_default(), Some(utf8_problem(rest)))
        }
    };
    let mut end = text.len();
    if let Some(at) = first_forbidden(text) {
        end = at;
        problem = Some("control characters are not allowed");
    }
    let broken = problem.map(|problem| Broken { problem, noticed_at: end / CHUNK * CHUNK });
    Input { text: Cow::Borrowed(text.get(..end).unwrap_or_default()), broken }
}

/// Says what is wrong with the first character of these bytes.
fn utf8_problem(bytes: &[u8]) -> &'static str {
    let first = bytes.first().copied().unwrap_or_default();
    let width = match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes.len() < width {
        return "incomplete UTF-8 octet sequence";
    }
    if bytes.iter().take(width).skip(1).any(|byte| byte & 0xC0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let lead = u32::from(first) & (0x7F >> width);
    let value = bytes
        .iter()
        .take(width)
        .skip(1)
        .fold(lead, |value, byte| value << 6 | u32::from(byte & 0x3F));
    if value < [0, 0, 0x80, 0x800, 0x10000].get(width).copied().unwrap_or_default() {
        "invalid length of a UTF-8 sequence"
    } else {
        "invalid Unicode character"
    }
}

/// Returns where the first character stands that YAML forbids.
fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(offset) = bytes.get(from..).and_then(first_suspicious) {
        let at = from + offset;
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(character) if is_allowed(character) => from = at + character.len_utf8(),
            _ => return Some(at),
        }
    }
    None
}

/// Finds a byte that may begin a forbidden character. Whole blocks are looked at without a branch, which is much faster.
fn first_suspicious(bytes: &[u8]) -> Option<usize> {
    let suspicious = |byte: u8| {
        (byte < 0x20 && !matches!(byte, 9 | 10 | 13)) || matches!(byte, 0x7F | 0xC2 | 0xEF)
    };
    let mut at = 0;
    for block in bytes.chunks(64) {
        if block.iter().fold(false, |found, byte| found | suspicious(*byte)) {
            return block.iter().position(|byte| suspicious(*byte)).map(|offset| at + offset);
        }
        at += block.len();
    }
    None
}

fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Input<'static> {
    let mut text = String::with_capacity(bytes.len());
    let mut units = bytes.chunks(2).map(|pair| match pair {
        [a, b] => Some(unit([*a, *b])),
        _ => None,
    });
    let problem = loop {
        let Some(first) = units.next() else { break None };
        let Some(first) = first else { break Some("incomplete UTF-16 character") };
        let character = match first {
            0xDC00..=0xDFFF => break Some("unexpected low surrogate area"),
            0xD800..=0xDBFF => match units.next() {
                None | Some(None) => break Some("incomplete UTF-16 surrogate pair"),
                Some(Some(second @ 0xDC00..=0xDFFF)) => char::from_u32(
                    0x10000 + ((u32::from(first) & 0x3FF) << 10) + (u32::from(second) & 0x3FF),
                ),
                Some(Some(_)) => break Some("expected low surrogate area"),
            },
            _ => char::from_u32(u32::from(first)),
        };
        match character {
            Some(character) if is_allowed(character) => text.push(character),
            _ => break Some("control characters are not allowed"),
        }
    };
    let broken = problem.map(|problem| Broken { problem, noticed_at: text.len() / CHUNK * CHUNK });
    Input { text: Cow::Owned(text), broken }
}
