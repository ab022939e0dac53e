//! The patterns of `.Files.Glob`: `*` and `?` within a folder, `**` across, `[…]`, `{a,b}` and `\`.

use regex::Regex;

/// A pattern, read.
pub(super) struct Glob(Regex);

impl Glob {
    /// Reads a pattern; gives nothing when it is malformed.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let mut regex = String::from("(?s)\\A(?:");
        let mut chars = pattern.chars().peekable();
        let mut open = 0u32;
        while let Some(c) = chars.next() {
            match c {
                '*' if chars.next_if_eq(&'*').is_some() => regex.push_str(".*"),
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                '\\' => literal(&mut regex, chars.next()?),
                '[' => class(&mut regex, &mut chars)?,
                '{' => {
                    open += 1;
                    regex.push_str("(?:");
                }
                '}' if open > 0 => {
                    open -= 1;
                    regex.push(')');
                }
                ',' if open > 0 => regex.push('|'),
                other => literal(&mut regex, other),
            }
        }
        if open > 0 {
            return None;
        }
        regex.push_str(")\\z");
        Regex::new(&regex).ok().map(Self)
    }

    /// Tells whether a path matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

fn literal(regex: &mut String, c: char) {
    regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

fn class(regex: &mut String, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    regex.push('[');
    if chars.next_if_eq(&'!').is_some() {
        regex.push('^');
    }
    let mut is_empty = true;
    loop {
        match chars.next()? {
            ']' if !is_empty => break,
            '\\' => literal_in_class(regex, chars.next()?),
            '-' if !is_empty => regex.push('-'),
            other => literal_in_class(regex, other),
        }
        is_empty = false;
    }
    regex.push(']');
    Some(())
}

fn literal_in_class(regex: &mut String, c: char) {
    if !c.is_alphanumeric() && c.is_ascii() {
        regex.push('\\');
    }
    regex.push(c);
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_match_as_helm_matches_them() {
        for (pattern, path, expected) in [
            ("cfg/*", "cfg/a.ini", true),
            ("cfg/*", "cfg/d/e.txt", false),
            ("cfg/**", "cfg/d/e.txt", true),
            ("**.yaml", "a/b.yaml", true),
            ("*.{yaml,yml}", "a.yml", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c].x", "b.x", true),
            ("[!a-c].x", "b.x", false),
            ("a\\*", "a*", true),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        }
        assert!(Glob::parse("{a").is_none());
    }
}
