//! Paths as kustomize writes them: `spec/template/metadata/labels`, `spec.containers.[name=web].image`.

/// Splits a path at a delimiter. A backslash before the delimiter keeps it in the part; a leading delimiter is ignored.
pub fn split(path: &str, delimiter: char) -> Vec<String> {
    let mut pieces = path.split(delimiter).peekable();
    let mut parts: Vec<String> = Vec::new();
    let first = pieces.next().unwrap_or_default();
    if !first.is_empty() || pieces.peek().is_none() {
        parts.push(first.to_owned());
    } else if let Some(second) = pieces.next() {
        parts.push(second.to_owned());
    }
    for piece in pieces {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// Splits as [`split`] does, but keeps what stands in brackets together: `[name=a.b]` stays as it is, and `[a.b]`,
/// which names a key, loses its brackets.
pub fn smart_split(path: &str, delimiter: char) -> Vec<String> {
    let mut parts = Vec::new();
    let mut pieces = split(path, delimiter).into_iter();
    while let Some(mut piece) = pieces.next() {
        if !piece.starts_with('[') || piece.ends_with(']') {
            parts.push(piece);
            continue;
        }
        for next in pieces.by_ref() {
            piece.push(delimiter);
            piece.push_str(&next);
            if next.ends_with(']') {
                break;
            }
        }
        parts.push(if piece.contains('=') {
            piece
        } else {
            piece.trim_matches(['[', ']']).to_owned()
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split() {
        for (path, expected) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("/a/b", vec!["a", "b"]),
            ("a//b", vec!["a", "", "b"]),
            (r"metadata/annotations/a.b\/c", vec!["metadata", "annotations", "a.b/c"]),
            (r"a\/b\/c/d", vec!["a/b/c", "d"]),
        ] {
            assert_eq!(split(path, '/'), expected, "{path}");
        }
        for (path, expected) in [
            ("a.[name=b.c].d", vec!["a", "[name=b.c]", "d"]),
            ("metadata.annotations.[a.b/c]", vec!["metadata", "annotations", "a.b/c"]),
            ("a.[b", vec!["a", "b"]),
            ("a.[b].c", vec!["a", "[b]", "c"]),
            (r"data.a\.b", vec!["data", "a.b"]),
        ] {
            assert_eq!(smart_split(path, '.'), expected, "{path}");
        }
    }
}
