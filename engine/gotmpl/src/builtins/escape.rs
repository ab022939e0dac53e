//! `html`, `js` and `urlquery`.

use weir_golang::strconv;

use crate::{Args, Context, Error, Value, format};

pub(super) fn html(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let text = printed(args);
    let mut out = Vec::with_capacity(text.len() + 16);
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    Ok(Value::from_bytes(out))
}

pub(super) fn js(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let text = printed(args);
    let mut out = Vec::with_capacity(text.len() + 16);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.extend_from_slice(br"\\"),
                '\'' => out.extend_from_slice(br"\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' | '>' | '&' | '=' | '\0'..' ' => {
                    out.extend_from_slice(format!("\\u{:04X}", u32::from(character)).as_bytes());
                }
                _ if character.is_ascii() || strconv::is_print(character) => {
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => out.extend_from_slice(format!("\\u{:04X}", u32::from(character)).as_bytes()),
            }
        }
        // Stray bytes pass, since Go takes them for the printable U+FFFD.
        out.extend_from_slice(chunk.invalid());
    }
    Ok(Value::from_bytes(out))
}

pub(super) fn urlquery(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let text = printed(args);
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out.into())
}

/// Prints the arguments as an action would, one after another.
fn printed(args: &[Value]) -> Vec<u8> {
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| match arg {
            Value::Nil | Value::NoValue => Value::string("<no value>"),
            arg => arg.clone(),
        })
        .collect();
    format::sprint(&shown)
}
