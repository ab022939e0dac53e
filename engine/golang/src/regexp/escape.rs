//! Escapes: single characters, Perl's classes and Unicode's.

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

use super::RegexpError;
use super::class::{class_of, folded};
use super::parse::consumed;

/// An escaped code point, which may be a surrogate, and what follows it.
pub(super) struct Escape<'a> {
    pub(super) code: u32,
    pub(super) rest: &'a str,
}

/// Reads an escape that stands for one character.
pub(super) fn parse_escape(text: &str) -> Result<Escape<'_>, RegexpError> {
    let after = text.get(1..).unwrap_or_default();
    let Some(c) = after.chars().next() else {
        return Err(RegexpError::new("trailing backslash at end of expression", ""));
    };
    let mut rest = &after[c.len_utf8()..];
    let is_octal = |rest: &str| rest.starts_with(|c: char| c.is_digit(8));
    let code = match c {
        '0'..='7' if c == '0' || is_octal(rest) => {
            let mut code = u32::from(c) - u32::from('0');
            for _ in 0..2 {
                let Some(digit) = next_digit(&mut rest, 8) else { break };
                code = code * 8 + digit;
            }
            Some(code)
        }
        'x' => hexadecimal(&mut rest),
        'a' => Some(7),
        'f' => Some(12),
        'n' => Some(10),
        'r' => Some(13),
        't' => Some(9),
        'v' => Some(11),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
        _ => None,
    };
    match code {
        Some(code) => Ok(Escape { code, rest }),
        None => Err(RegexpError::new("invalid escape sequence", consumed(text, rest))),
    }
}

/// Reads the digits behind `\x`. What was looked at stays consumed when they are wrong: the error shows it.
fn hexadecimal(rest: &mut &str) -> Option<u32> {
    let mut next = || {
        let c = rest.chars().next()?;
        *rest = &rest[c.len_utf8()..];
        Some(c)
    };
    let first = next()?;
    if first != '{' {
        let second = next()?;
        return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
    }
    let mut code = None;
    loop {
        match next()? {
            '}' => return code,
            c => {
                let value = code.unwrap_or(0) * 16 + c.to_digit(16)?;
                code = Some(value).filter(|value| *value <= 0x10_ffff);
                code?;
            }
        }
    }
}

fn next_digit(rest: &mut &str, radix: u32) -> Option<u32> {
    let digit = rest.chars().next()?.to_digit(radix)?;
    *rest = &rest[1..];
    Some(digit)
}

/// Reads `\d`, `\s`, `\w` or their opposites, all ASCII; nothing when there is none.
pub(super) fn perl_class(text: &str, fold: bool) -> Option<(ClassUnicode, &str)> {
    let mut chars = text.chars();
    let (Some('\\'), Some(c)) = (chars.next(), chars.next()) else { return None };
    let mut class = match c.to_ascii_lowercase() {
        'd' => class_of(&[('0', '9')], fold),
        's' => class_of(&[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')], fold),
        'w' => class_of(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')], fold),
        _ => return None,
    };
    if c.is_ascii_uppercase() {
        class.negate();
    }
    Some((class, chars.as_str()))
}

/// Reads `\pL`, `\p{Greek}`, `\P{…}` or `\p{^…}`; nothing when there is none.
pub(super) fn unicode_class(
    text: &str,
    fold: bool,
) -> Result<Option<(ClassUnicode, &str)>, RegexpError> {
    let (inner, mut negated) = match (text.strip_prefix(r"\p"), text.strip_prefix(r"\P")) {
        (Some(inner), _) => (inner, false),
        (_, Some(inner)) => (inner, true),
        _ => return Ok(None),
    };
    let wrong = |sequence: &str| RegexpError::new("invalid character class range", sequence);
    let (mut name, rest) = if let Some(braced) = inner.strip_prefix('{') {
        braced.split_once('}').ok_or_else(|| wrong(text))?
    } else {
        let width = inner.chars().next().map_or(0, char::len_utf8);
        if width == 0 {
            return Err(RegexpError::new("invalid UTF-8", ""));
        }
        inner.split_at(width)
    };
    if let Some(opposite) = name.strip_prefix('^') {
        name = opposite;
        negated = !negated;
    }
    let mut class = folded(named_class(name).ok_or_else(|| wrong(consumed(text, rest)))?, fold);
    if negated {
        class.negate();
    }
    Ok(Some((class, rest)))
}

/// Scripts whose name has four letters; any other four letters would be a code, which Go does not know.
const SHORT_SCRIPTS: &[&str] = &["ahom", "cham", "kawi", "lisu", "modi", "newa", "thai", "toto"];

/// Looks a category or script up by name, in which case, spaces, `_` and `-` do not count.
fn named_class(name: &str) -> Option<ClassUnicode> {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-'))
        .collect::<String>()
        .to_ascii_lowercase();
    // The backend drops a leading `is`, Go does not.
    if plain.is_empty()
        || plain.starts_with("is")
        || !plain.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return None;
    }
    // Categories know `any` and `ascii`, too; a code such as `Grek` is only looked up as a script.
    let category = lookup(&format!(r"\p{{gc={plain}}}"));
    if category.is_some() {
        return category;
    }
    if plain.len() == 4 && !SHORT_SCRIPTS.contains(&plain.as_str()) {
        return None;
    }
    lookup(&format!(r"\p{{sc={plain}}}"))
}

fn lookup(pattern: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(pattern).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        _ => None,
    }
}
