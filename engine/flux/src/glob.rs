//! Shell patterns as Go's `path.Match` reads them, in the two dialects that Flux links.

/// The differences between the dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `path/filepath.Match` of Go's library: `*` and `?` stop at `/`, and the whole pattern must be well formed.
    Standard,
    /// The copy inside `fluxcd/pkg/envsubst`: `*` and `?` cross `/`, and a bad end of a pattern is only noticed when
    /// matching gets there.
    Envsubst,
}

/// The pattern is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// Tells whether a pattern matches the whole of a name.
///
/// Patterns know `*`, `?`, `[a-z]`, `[^a-z]` and `\` before any of them. Bytes that are not UTF-8 count as one
/// replacement character each, as in Go.
pub(crate) fn matches(dialect: Dialect, pattern: &[u8], name: &[u8]) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = split_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(dialect == Dialect::Envsubst || !name.contains(&b'/'));
        }
        if let Some(left) = match_chunk(dialect, chunk, name)?
            && (left.is_empty() || !pattern.is_empty())
        {
            name = left;
            continue;
        }
        if star {
            for index in 0..name.len() {
                if dialect == Dialect::Standard && name[index] == b'/' {
                    break;
                }
                if let Some(left) = match_chunk(dialect, chunk, &name[index + 1..])? {
                    if pattern.is_empty() && !left.is_empty() {
                        continue;
                    }
                    name = left;
                    continue 'pattern;
                }
            }
        }
        if dialect == Dialect::Standard {
            // What is left of the pattern must be well formed, even though it no longer matters.
            while !pattern.is_empty() {
                let (_, chunk, rest) = split_chunk(pattern);
                match_chunk(dialect, chunk, b"")?;
                pattern = rest;
            }
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Splits off the next part without a star, and tells whether a star stood before it.
fn split_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let pattern = &pattern[stars..];
    let mut in_range = false;
    let mut index = 0;
    while index < pattern.len() {
        match pattern[index] {
            b'\\' if index + 1 < pattern.len() => index += 1,
            b'[' => in_range = true,
            b']' => in_range = false,
            b'*' if !in_range => break,
            _ => {}
        }
        index += 1;
    }
    let (chunk, rest) = pattern.split_at(index.min(pattern.len()));
    (stars > 0, chunk, rest)
}

/// Matches a part without stars at the start of a name and returns what is left of the name.
fn match_chunk<'a>(
    dialect: Dialect,
    mut chunk: &[u8],
    mut name: &'a [u8],
) -> Result<Option<&'a [u8]>, BadPattern> {
    let mut failed = false;
    while let Some(&first) = chunk.first() {
        failed |= name.is_empty();
        if failed && dialect == Dialect::Envsubst {
            return Ok(None);
        }
        match first {
            b'[' => {
                let (character, width) = if failed { ('\0', 0) } else { decode(name) };
                name = &name[width..];
                let (in_class, rest) = match_class(&chunk[1..], character)?;
                chunk = rest;
                failed |= !in_class;
            }
            b'?' => {
                if !failed {
                    failed = dialect == Dialect::Standard && name[0] == b'/';
                    name = &name[decode(name).1..];
                }
                chunk = &chunk[1..];
            }
            _ => {
                if first == b'\\' {
                    chunk = &chunk[1..];
                }
                let literal = *chunk.first().ok_or(BadPattern)?;
                if !failed {
                    failed = literal != name[0];
                    name = &name[1..];
                }
                chunk = &chunk[1..];
            }
        }
    }
    Ok((!failed).then_some(name))
}

/// Reads a class after its `[` and tells whether a character is in it.
fn match_class(chunk: &[u8], character: char) -> Result<(bool, &[u8]), BadPattern> {
    let (negated, mut chunk) = match chunk {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, chunk),
    };
    let mut found = false;
    let mut ranges = 0;
    loop {
        if let [b']', rest @ ..] = chunk
            && ranges > 0
        {
            return Ok((found != negated, rest));
        }
        let (low, rest) = class_character(chunk)?;
        let (high, rest) = match rest {
            [b'-', rest @ ..] => class_character(rest)?,
            _ => (low, rest),
        };
        chunk = rest;
        found |= low <= character && character <= high;
        ranges += 1;
    }
}

fn class_character(chunk: &[u8]) -> Result<(char, &[u8]), BadPattern> {
    let chunk = match chunk {
        [] | [b'-' | b']', ..] => return Err(BadPattern),
        [b'\\', rest @ ..] => rest,
        _ => chunk,
    };
    if chunk.is_empty() {
        return Err(BadPattern);
    }
    let (character, width) = decode(chunk);
    let rest = &chunk[width..];
    if (character == char::REPLACEMENT_CHARACTER && width == 1) || rest.is_empty() {
        return Err(BadPattern);
    }
    Ok((character, rest))
}

/// Tells whether a pattern in which `**` stands for any number of folders, and `{a,b}` for alternatives, matches a path.
/// A malformed pattern matches nothing.
pub(crate) fn matches_deep(pattern: &str, path: &str) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    alternatives(pattern).iter().any(|pattern| {
        let parts: Vec<&str> = pattern.split('/').collect();
        matches_parts(&parts, &path)
    })
}

fn matches_parts(pattern: &[&str], path: &[&str]) -> bool {
    // For each number of path parts taken, whether the pattern so far matches them.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        for taken in 0..=path.len() {
            if *part == "**" {
                next[taken] = reached[taken] || (taken > 0 && next[taken - 1]);
            } else if taken > 0 && reached[taken - 1] {
                let name = path[taken - 1].as_bytes();
                next[taken] = matches(Dialect::Standard, part.as_bytes(), name) == Ok(true);
            }
        }
        reached = next;
    }
    reached[path.len()]
}

/// Spells out `{a,b}`; at most 64 alternatives.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        let braces = pattern.find('}').and_then(|end| Some((pattern[..end].rfind('{')?, end)));
        match braces {
            Some((start, end)) if open.len() + done.len() < 64 => {
                for choice in pattern[start + 1..end].split(',') {
                    open.push(format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..]));
                }
            }
            _ => done.push(pattern),
        }
    }
    done
}

/// Reads the first character of some bytes; a byte that starts none is a replacement character one byte wide.
pub(crate) fn decode(bytes: &[u8]) -> (char, usize) {
    let window = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (character, character.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, standard) in [
            ("*.yaml", "a.yaml", Ok(true)),
            ("*", "a/b", Ok(false)),
            ("a*c", "abbc", Ok(true)),
            ("a?c", "a/c", Ok(false)),
            ("[a-c]x", "bx", Ok(true)),
            ("[^a-c]x", "bx", Ok(false)),
            (r"\*", "*", Ok(true)),
            ("é?", "éü", Ok(true)),
            ("[", "a", Err(BadPattern)),
            ("b[", "a", Err(BadPattern)),
            ("", "", Ok(true)),
        ] {
            let found = matches(Dialect::Standard, pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, standard, "{pattern} on {name}");
        }
        assert_eq!(matches(Dialect::Envsubst, b"*", b"a/b"), Ok(true));
        assert_eq!(matches(Dialect::Envsubst, b"b[", b"a"), Ok(false));
    }
}
