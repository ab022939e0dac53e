//! What stands behind an opening parenthesis: names and flags.

use super::RegexpError;
use super::parse::consumed;

/// The flags that an expression can switch.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: upper and lower case are the same.
    pub(super) fold: bool,
    /// `m`: `^` and `$` hold at lines.
    pub(super) multi_line: bool,
    /// `s`: `.` is any character, newlines too.
    pub(super) dot_all: bool,
    /// `U`: `*` takes little and `*?` takes much.
    pub(super) swap_greed: bool,
}

/// What an opening parenthesis opens.
pub(super) enum Opening<'a> {
    /// A group that captures, with its name or an empty one.
    Capture(&'a str),
    /// A group that does not capture, with the flags in it.
    Group(Flags),
    /// No group: the flags for what follows.
    Flags(Flags),
}

/// Reads an opening parenthesis and what belongs to it; returns the rest.
pub(super) fn parse_opening(text: &str, flags: Flags) -> Result<(Opening<'_>, &str), RegexpError> {
    let Some(inner) = text.strip_prefix("(?") else {
        return Ok((Opening::Capture(""), text.get(1..).unwrap_or_default()));
    };
    let name = inner.strip_prefix("P<").or_else(|| inner.strip_prefix('<'));
    // With nothing behind `<` Go sees no name but an unknown flag.
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        let Some((name, rest)) = name.split_once('>') else {
            return Err(RegexpError::new("invalid named capture", text));
        };
        if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
            return Err(RegexpError::new("invalid named capture", consumed(text, rest)));
        }
        return Ok((Opening::Capture(name), rest));
    }
    parse_flags(text, inner, flags)
}

fn parse_flags<'a>(
    text: &'a str,
    inner: &'a str,
    mut flags: Flags,
) -> Result<(Opening<'a>, &'a str), RegexpError> {
    let mut rest = inner;
    // Whether flags are switched on, and whether one stood behind `-`.
    let (mut on, mut seen) = (true, false);
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            'i' => flags.fold = on,
            'm' => flags.multi_line = on,
            's' => flags.dot_all = on,
            'U' => flags.swap_greed = on,
            '-' if on => {
                (on, seen) = (false, false);
                continue;
            }
            ':' if on || seen => return Ok((Opening::Group(flags), rest)),
            ')' if on || seen => return Ok((Opening::Flags(flags), rest)),
            _ => break,
        }
        seen = true;
    }
    Err(RegexpError::new("invalid or unsupported Perl syntax", consumed(text, rest)))
}
