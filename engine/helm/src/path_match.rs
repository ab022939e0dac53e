//! Patterns of paths as Go's `filepath.Match` takes them.

/// A pattern as Go's `filepath.Match` takes it: `*`, `?`, `[…]` and `\`, none of which crosses a `/`.
pub(crate) struct Pattern(Vec<Token>);

/// Matches once; see [`Pattern`]. Returns nothing when the pattern is malformed.
pub(crate) fn glob(pattern: &str, name: &str) -> Option<bool> {
    Some(Pattern::parse(pattern)?.matches(name))
}

impl Pattern {
    /// Reads a pattern. Returns nothing when it is malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: Vec<char> = text.chars().collect();
        tokens(&text).map(Self)
    }

    /// Tells whether the whole of a name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        // What begins otherwise, as most names do, needs no more than a look.
        if let Some(Token::One(first)) = self.0.first()
            && !name.starts_with(*first)
        {
            return false;
        }
        let tokens = &self.0;
        // The places to go back to: after a star, and how far into the name it has reached.
        let (mut token, mut at, mut retry) = (0, 0, None);
        loop {
            let next = name.get(at..).and_then(|rest| rest.chars().next());
            match (tokens.get(token), next) {
                (Some(Token::Star), _) => {
                    retry = Some((token + 1, at));
                    token += 1;
                    continue;
                }
                (Some(one), Some(c)) if one.matches(c) => {
                    token += 1;
                    at += c.len_utf8();
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((after, reached)) = retry else { return false };
            match name.get(reached..).and_then(|rest| rest.chars().next()) {
                None | Some('/') => return false,
                Some(c) => {
                    let reached = reached + c.len_utf8();
                    (token, at, retry) = (after, reached, Some((after, reached)));
                }
            }
        }
    }
}

enum Token {
    Star,
    Any,
    One(char),
    Class { negate: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => c != '/',
            Self::One(wanted) => *wanted == c,
            Self::Class { negate, ranges } => {
                c != '/' && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negate
            }
        }
    }
}

fn tokens(pattern: &[char]) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            '*' => tokens.push(Token::Star),
            '?' => tokens.push(Token::Any),
            '\\' => {
                let (escaped, tail) = rest.split_first()?;
                tokens.push(Token::One(*escaped));
                rest = tail;
            }
            '[' => {
                let (class, tail) = class(rest)?;
                tokens.push(class);
                rest = tail;
            }
            other => tokens.push(Token::One(*other)),
        }
    }
    Some(tokens)
}

fn class(mut rest: &[char]) -> Option<(Token, &[char])> {
    let negate = rest.first() == Some(&'^');
    if negate {
        rest = rest.get(1..)?;
    }
    let mut ranges = Vec::new();
    loop {
        if rest.first() == Some(&']') && !ranges.is_empty() {
            return Some((Token::Class { negate, ranges }, rest.get(1..)?));
        }
        let (low, tail) = class_char(rest)?;
        rest = tail;
        let mut high = low;
        if rest.first() == Some(&'-') {
            (high, rest) = class_char(rest.get(1..)?)?;
        }
        ranges.push((low, high));
    }
}

fn class_char(rest: &[char]) -> Option<(char, &[char])> {
    let (first, tail) = rest.split_first()?;
    match first {
        '-' | ']' => None,
        '\\' => tail.split_first().map(|(escaped, tail)| (*escaped, tail)),
        other => Some((*other, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs_match_as_in_go() {
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", Some(true)),
            ("*.yaml", "a/b.yaml", Some(false)),
            ("a*b*c", "axbxbxc", Some(true)),
            ("a?c", "a/c", Some(false)),
            ("[a-c]x", "bx", Some(true)),
            ("[^a-c]x", "bx", Some(false)),
            ("\\*", "*", Some(true)),
            ("[", "a", None),
            ("*", "", Some(true)),
            ("templates/.?*", "templates/.a", Some(true)),
        ] {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
