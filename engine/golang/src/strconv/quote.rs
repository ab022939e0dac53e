//! `strconv.Quote` and `strconv.Unquote`.

use std::fmt::Write;

/// Writes a text as a Go string literal in double quotes.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// As [`quote`], with everything beyond ASCII escaped.
pub fn quote_to_ascii(text: &str) -> String {
    quote_bytes_to_ascii(text.as_bytes())
}

/// As [`quote`], for a Go string that may not be UTF-8: stray bytes are written `\xNN`.
pub fn quote_bytes(text: &[u8]) -> String {
    quote_with(text, false)
}

/// As [`quote_bytes`], with everything beyond ASCII escaped.
pub fn quote_bytes_to_ascii(text: &[u8]) -> String {
    quote_with(text, true)
}

/// Writes a character as a Go character literal in single quotes; `ascii` escapes everything beyond ASCII.
pub fn quote_char(character: char, ascii: bool) -> String {
    let mut out = String::from("'");
    escape(&mut out, character, '\'', ascii);
    out.push('\'');
    out
}

/// Tells whether a text can be written unchanged between backquotes on one line.
pub fn can_backquote(text: &str) -> bool {
    text.chars().all(|character| match character {
        '\u{feff}' | '`' | '\u{7f}' => false,
        _ => character >= ' ' || character == '\t',
    })
}

/// Tells whether Go counts a character as printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    // The standard library's notion is the same one, reached through its escaping; the leading letter keeps marks.
    let mut buffer = [b'a'; 5];
    let length = 1 + character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length]).is_ok_and(|text| text.escape_debug().eq(text.chars()))
}

fn quote_with(text: &[u8], ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            escape(&mut out, character, '"', ascii);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, character: char, quote: char, ascii: bool) {
    let letter = match character {
        '\\' => '\\',
        _ if character == quote => quote,
        _ if (!ascii || character.is_ascii()) && is_print(character) => {
            out.push(character);
            return;
        }
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        _ => {
            let code = u32::from(character);
            let _ = match code {
                0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                0x20..0x1_0000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(letter);
}

/// Reads a Go string literal in double quotes, backquotes, or a character literal. The result may not be UTF-8.
/// Returns nothing when it is not one.
pub fn unquote(literal: &str) -> Option<Vec<u8>> {
    let bytes = literal.as_bytes();
    let quote = *bytes.first()?;
    if bytes.len() < 2 || *bytes.last()? != quote {
        return None;
    }
    let mut rest = literal.get(1..literal.len() - 1)?;
    let mut out = Vec::with_capacity(rest.len());
    match quote {
        b'`' if !rest.contains('`') => out.extend(rest.bytes().filter(|byte| *byte != b'\r')),
        b'"' => {
            while !rest.is_empty() {
                rest = unquote_char(rest, b'"', &mut out)?.1;
            }
        }
        b'\'' => {
            if !unquote_char(rest, b'\'', &mut out)?.1.is_empty() {
                return None;
            }
        }
        _ => return None,
    }
    Some(out)
}

/// Reads the first character or escape of a literal's inside, appends its bytes, and gives its code and the rest.
/// Returns nothing at a bad escape, a bare newline or the bare quote.
pub fn unquote_char<'a>(text: &'a str, quote: u8, out: &mut Vec<u8>) -> Option<(u32, &'a str)> {
    let first = text.chars().next()?;
    if u32::from(first) == u32::from(quote) || first == '\n' {
        return None;
    }
    if first != '\\' {
        let (head, rest) = text.split_at(first.len_utf8());
        out.extend_from_slice(head.as_bytes());
        return Some((u32::from(first), rest));
    }
    let letter = *text.as_bytes().get(1)?;
    if !letter.is_ascii() {
        return None;
    }
    let rest = text.get(2..)?;
    let digits = |count: usize, radix: u32| -> Option<(u32, &'a str)> {
        let (head, tail) =
            text.get(2..).filter(|rest| rest.is_char_boundary(count))?.split_at_checked(count)?;
        if !head.bytes().all(|byte| char::from(byte).is_digit(radix)) {
            return None;
        }
        Some((u32::from_str_radix(head, radix).ok()?, tail))
    };
    let simple = match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if letter == quote => letter,
        b'x' => {
            let (value, rest) = digits(2, 16)?;
            out.push(u8::try_from(value).ok()?);
            return Some((value, rest));
        }
        b'0'..=b'7' => {
            let head = text.get(1..4)?;
            if !head.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
                return None;
            }
            let value = u32::from_str_radix(head, 8).ok()?;
            out.push(u8::try_from(value).ok()?);
            return Some((value, text.get(4..)?));
        }
        b'u' | b'U' => {
            let (value, rest) = digits(if letter == b'u' { 4 } else { 8 }, 16)?;
            let character = char::from_u32(value)?;
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some((value, rest));
        }
        _ => return None,
    };
    out.push(simple);
    Some((u32::from(simple), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_in_go() {
        for (text, want, ascii) in [
            ("a\"b\\c\n\t\u{7}\u{7f}", r#""a\"b\\c\n\t\a\x7f""#, r#""a\"b\\c\n\t\a\x7f""#),
            ("h\u{e9}\u{2603}'", "\"h\u{e9}\u{2603}'\"", r#""h\u00e9\u2603'""#),
            (
                "\u{a0}\u{feff}\u{1f600}",
                "\"\\u00a0\\ufeff\u{1f600}\"",
                r#""\u00a0\ufeff\U0001f600""#,
            ),
            ("e\u{301}", "\"e\u{301}\"", r#""e\u0301""#),
        ] {
            assert_eq!(quote(text), want);
            assert_eq!(quote_to_ascii(text), ascii);
            assert_eq!(unquote(&quote_to_ascii(text)).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(quote_bytes(b"a\xffb"), r#""a\xffb""#);
        assert_eq!(quote_char('\'', false), r"'\''");
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        for bad in [
            "",
            "\"",
            "\"a",
            "'ab'",
            "\"\\q\"",
            "\"\\'\"",
            "\"a\nb\"",
            "\"\\x4\"",
            "\"\\400\"",
            "\"\\ud800\"",
            "`a`b`",
        ] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
        assert_eq!(unquote("`a\\n\"`").as_deref(), Some(&b"a\\n\""[..]));
        assert_eq!(unquote(r#""\xff\101""#).as_deref(), Some(&b"\xffA"[..]));
    }
}
