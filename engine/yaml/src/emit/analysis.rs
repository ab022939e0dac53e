//! Which styles a text can be written in.

use crate::dialect::Dialect;

/// What the characters of a scalar allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) flow_plain: bool,
    pub(super) block_plain: bool,
    pub(super) single_quoted: bool,
    pub(super) block: bool,
}

const PLAIN: Analysis = Analysis {
    multiline: false,
    flow_plain: true,
    block_plain: true,
    single_quoted: true,
    block: true,
};

/// What a byte can tell about a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing, wherever it stands.
    Harmless,
    /// Something, but only at the beginning.
    Inner,
    Telling,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Telling; 256];
    let mut byte = 0x21;
    while byte < 0x7F {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Class::Harmless,
            b'_' | b'.' | b'/' | b'=' | b'+' | b'$' | b'(' | b')' | b';' | b'^' | b'~' | b'<'
            | b'\\' => Class::Harmless,
            b'-' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => {
                Class::Inner
            }
            _ => Class::Telling,
        };
        byte += 1;
    }
    table
};

fn class(byte: u8) -> Class {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Telling)
}

/// Tells whether a text has a line break.
pub(super) fn has_break(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0xC2 | 0xE2))
        && (0..bytes.len()).any(|index| break_len(bytes, index) > 0)
}

/// Returns the length of the line break at an index; 0 when there is none.
pub(super) fn break_len(bytes: &[u8], index: usize) -> usize {
    match bytes.get(index..).unwrap_or_default() {
        [b'\n' | b'\r', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

/// Tells whether a character may be written as it is; those beyond U+FFFF may not, in Go.
pub(super) fn is_printable(bytes: &[u8], index: usize) -> bool {
    match bytes.get(index..).unwrap_or_default() {
        [b'\n' | 0x20..=0x7E, ..] => true,
        [0xC2, second, ..] => *second >= 0xA0,
        [0xED, second, ..] => *second < 0xA0,
        [0xC3..=0xEC | 0xEE, ..] => true,
        [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [0xEF, ..] => true,
        _ => false,
    }
}

pub(super) fn width(byte: u8) -> usize {
    match byte {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

/// Looks at every character of a text.
pub(super) fn analyse(text: &str, dialect: Dialect) -> Analysis {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return Analysis { flow_plain: false, block: false, ..PLAIN };
    };
    // Most scalars are words of letters, digits and a few harmless marks.
    if first.is_ascii_alphanumeric() && bytes.iter().all(|byte| class(*byte) == Class::Harmless) {
        return PLAIN;
    }

    let mut block_indicators = bytes.starts_with(b"---") || bytes.starts_with(b"...");
    let mut flow_indicators = block_indicators;
    let mut line_breaks = false;
    let mut special = false;
    let mut tabs = false;
    let mut break_space = false;
    let mut space_break = false;
    let mut preceded_by_blank = true;
    let mut previous_space = false;
    let mut previous_break = false;
    let (mut leading, mut trailing, mut trailing_space) = (false, false, false);

    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        if index > 0 && class(byte) != Class::Telling {
            previous_space = false;
            previous_break = false;
            preceded_by_blank = false;
            index += 1;
            continue;
        }
        let width = width(byte);
        let next = index + width;
        let at_end = next >= bytes.len();
        let followed_by_blank = at_end || matches!(bytes.get(next), Some(b' ' | b'\t'));
        match byte {
            b',' | b'[' | b']' | b'{' | b'}' => {
                flow_indicators = true;
                block_indicators |= index == 0;
            }
            b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' if index == 0 => {
                flow_indicators = true;
                block_indicators = true;
            }
            b'?' => {
                flow_indicators = true;
                block_indicators |= index == 0 && followed_by_blank;
            }
            b':' => {
                flow_indicators = true;
                block_indicators |= followed_by_blank;
            }
            b'-' if index == 0 && followed_by_blank => {
                flow_indicators = true;
                block_indicators = true;
            }
            b'#' if preceded_by_blank => {
                flow_indicators = true;
                block_indicators = true;
            }
            _ => {}
        }
        if byte == b'\t' && dialect == Dialect::V3 {
            tabs = true;
        } else if !is_printable(bytes, index) {
            special = true;
        }
        let is_break = break_len(bytes, index) > 0;
        if byte == b' ' {
            leading |= index == 0;
            trailing_space |= at_end;
            break_space |= previous_break;
            previous_space = true;
            previous_break = false;
        } else if is_break {
            line_breaks = true;
            leading |= index == 0;
            trailing |= at_end;
            space_break |= previous_space;
            previous_space = false;
            previous_break = true;
        } else {
            previous_space = false;
            previous_break = false;
        }
        preceded_by_blank = matches!(byte, b' ' | b'\t' | 0) || is_break;
        index = next;
    }

    let mut found = Analysis { multiline: line_breaks, ..PLAIN };
    let quoted_only = break_space || space_break || tabs || special;
    if leading || trailing || trailing_space || quoted_only || line_breaks {
        found.flow_plain = false;
        found.block_plain = false;
    }
    found.flow_plain &= !flow_indicators;
    found.block_plain &= !block_indicators;
    found.single_quoted = !quoted_only;
    found.block = !(trailing_space || space_break || special);
    found
}
