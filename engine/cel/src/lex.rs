//! From text to tokens.

use crate::CelError;
use crate::literal;
use smol_str::SmolStr;
use std::sync::Arc;

/// A token with where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Ident(SmolStr),
    /// A field's name in backticks.
    Escaped(SmolStr),
    Int(SmolStr),
    Uint(SmolStr),
    Float(SmolStr),
    String(SmolStr),
    Bytes(Arc<[u8]>),
    /// An operator or a bracket, or one of the words `in`, `true`, `false`, `null`.
    Sign(&'static str),
}

/// The signs, longer ones before those that they begin with.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!",
    "?", ":", "+", "*", "/", "%",
];

/// The words that are signs.
const WORDS: &[&str] = &["in", "true", "false", "null"];

/// Splits an expression into tokens.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, CelError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start_matches(['\t', ' ', '\r', '\n', '\x0c']).len();
        if blank > 0 {
            at += blank;
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = token(rest).map_err(|why| {
            CelError::parse(format!("Syntax error at {}: {why}", place(text, at)))
        })?;
        tokens.push(Token { kind, at });
        at += length;
    }
    Ok(tokens)
}

/// Prints a place as line and column, both as cel-go counts them.
pub(crate) fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}

fn token(rest: &str) -> Result<(Kind, usize), String> {
    if let Some(found) = literal::quoted(rest)? {
        return Ok(found);
    }
    let bytes = rest.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    if first.is_ascii_digit() || (first == b'.' && bytes.get(1).is_some_and(u8::is_ascii_digit)) {
        return Ok(number(rest));
    }
    if first.is_ascii_alphabetic() || first == b'_' {
        let length =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let kind = match WORDS.iter().find(|other| **other == word) {
            Some(sign) => Kind::Sign(sign),
            None => Kind::Ident(word.into()),
        };
        return Ok((kind, length));
    }
    if let Some(inner) = rest.strip_prefix('`') {
        let length = inner.find('`').ok_or("a backtick is not closed")?;
        let name = inner.get(..length).unwrap_or_default();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/ ".contains(c);
        if name.is_empty() || !name.chars().all(is_allowed) {
            return Err(format!("`{name}` is no name of a field"));
        }
        return Ok((Kind::Escaped(name.into()), length + 2));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Kind::Sign(sign), sign.len())),
        None => {
            Err(format!("token recognition error at {:?}", rest.chars().next().unwrap_or_default()))
        }
    }
}

fn number(rest: &str) -> (Kind, usize) {
    let digits = |from: usize, is: fn(&u8) -> bool| {
        let bytes = rest.as_bytes().get(from..).unwrap_or_default();
        bytes.iter().take_while(|byte| is(byte)).count()
    };
    let is_unsigned = |at: usize| matches!(rest.as_bytes().get(at), Some(b'u' | b'U'));
    if rest.starts_with("0x") {
        let length = 2 + digits(2, u8::is_ascii_hexdigit);
        if length > 2 {
            return whole(rest, length, is_unsigned(length));
        }
        return whole(rest, 1, false);
    }
    let mut length = digits(0, u8::is_ascii_digit);
    let mut is_float = false;
    if rest.as_bytes().get(length) == Some(&b'.') {
        let fraction = digits(length + 1, u8::is_ascii_digit);
        if fraction > 0 {
            is_float = true;
            length += 1 + fraction;
        }
    }
    if matches!(rest.as_bytes().get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.as_bytes().get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign, u8::is_ascii_digit);
        if exponent > 0 {
            is_float = true;
            length += 1 + sign + exponent;
        }
    }
    if is_float {
        return (Kind::Float(rest.get(..length).unwrap_or_default().into()), length);
    }
    whole(rest, length, is_unsigned(length))
}

fn whole(rest: &str, length: usize, is_unsigned: bool) -> (Kind, usize) {
    let text = SmolStr::new(rest.get(..length).unwrap_or_default());
    if is_unsigned { (Kind::Uint(text), length + 1) } else { (Kind::Int(text), length) }
}
