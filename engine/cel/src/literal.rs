//! Texts and bytes in quotes.

use crate::lex::Kind;

/// Reads a text or bytes in quotes with their prefix; nothing when there is none here.
pub(crate) fn quoted(rest: &str) -> Result<Option<(Kind, usize)>, String> {
    let prefix = rest
        .find(|c: char| !matches!(c, 'r' | 'R' | 'b' | 'B'))
        .and_then(|length| rest.get(..length))
        .unwrap_or_default();
    let (is_bytes, is_raw) = match prefix.to_ascii_lowercase().as_str() {
        "" => (false, false),
        "r" => (false, true),
        "b" => (true, false),
        "br" => (true, true),
        _ => return Ok(None),
    };
    let body = rest.get(prefix.len()..).unwrap_or_default();
    let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|q| body.starts_with(q)) else {
        return Ok(None);
    };
    let inner = body.get(quote.len()..).unwrap_or_default();
    let end = closing(inner, quote, is_raw).ok_or("a text is not closed")?;
    let content = inner.get(..end).unwrap_or_default();
    let length = prefix.len() + quote.len() + end + quote.len();
    let kind = if is_bytes {
        Kind::Bytes(unescape(content, is_raw, true)?.into())
    } else {
        let text = String::from_utf8(unescape(content, is_raw, false)?);
        Kind::String(text.map_err(|_| "a text is not valid")?.into())
    };
    Ok(Some((kind, length)))
}

fn closing(inner: &str, quote: &str, is_raw: bool) -> Option<usize> {
    let is_short = quote.len() == 1;
    let mut at = 0;
    while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return Some(at);
        }
        let next = rest.chars().next()?;
        if is_short && matches!(next, '\n' | '\r') {
            return None;
        }
        at += next.len_utf8();
        if next == '\\' && !is_raw {
            at += inner.get(at..)?.chars().next()?.len_utf8();
        }
    }
    None
}

/// The escapes of one letter.
const LETTERS: &[(char, char)] = &[
    ('a', '\x07'),
    ('b', '\x08'),
    ('f', '\x0c'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('v', '\x0b'),
    ('"', '"'),
    ('\'', '\''),
    ('\\', '\\'),
    ('?', '?'),
    ('`', '`'),
];

fn unescape(content: &str, is_raw: bool, is_bytes: bool) -> Result<Vec<u8>, String> {
    // Line ends are always written as one character.
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    if is_raw {
        return Ok(content.into_bytes());
    }
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content.as_str();
    let mut letter = [0; 4];
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        if next != '\\' {
            out.extend_from_slice(next.encode_utf8(&mut letter).as_bytes());
            continue;
        }
        let escape = rest.chars().next().ok_or("a backslash stands alone")?;
        rest = rest.get(escape.len_utf8()..).unwrap_or_default();
        if let Some((_, plain)) = LETTERS.iter().find(|(name, _)| *name == escape) {
            out.extend_from_slice(plain.encode_utf8(&mut letter).as_bytes());
            continue;
        }
        let (digits, radix) = match escape {
            'x' | 'X' => (rest.get(..2), 16),
            'u' => (rest.get(..4), 16),
            'U' => (rest.get(..8), 16),
            '0'..='3' => (rest.get(..2), 8),
            _ => return Err(format!("`\\{escape}` is no escape")),
        };
        let digits = digits.unwrap_or_default();
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        if !is_number || (is_bytes && matches!(escape, 'u' | 'U')) {
            return Err(format!("`\\{escape}` is not followed by a number"));
        }
        rest = rest.get(digits.len()..).unwrap_or_default();
        let leading = if radix == 8 { escape.to_digit(8).unwrap_or_default() * 64 } else { 0 };
        let code = leading + u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
        match (u8::try_from(code), is_bytes) {
            (Ok(byte), true) => out.push(byte),
            _ => {
                let plain = char::from_u32(code).ok_or("an escape names no character")?;
                out.extend_from_slice(plain.encode_utf8(&mut letter).as_bytes());
            }
        }
    }
    Ok(out)
}
