//! `.helmignore`: which files of a chart's folder are left out.

use weir_model::{Tree, TreePath};

/// The rules of a `.helmignore`, in order.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    pattern: String,
    negate: bool,
    folders_only: bool,
    /// Whether the pattern is matched against the last part of the path alone.
    name_only: bool,
}

impl Rules {
    /// Reads a `.helmignore` and adds Helm's own rule. The error is Helm's text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines().chain(["templates/.?*"]) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.contains("**") {
                return Err("double-star (**) syntax is not supported".to_owned());
            }
            if glob(line, "abc").is_none() {
                return Err("syntax error in pattern".to_owned());
            }
            let (negate, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, line),
            };
            let (folders_only, pattern) = match pattern.strip_suffix('/') {
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            rules.push(Rule {
                pattern: pattern.strip_prefix('/').unwrap_or(pattern).to_owned(),
                negate,
                folders_only,
                name_only: !pattern.contains('/'),
            });
        }
        Ok(Self(rules))
    }

    /// Returns the files that stay, in the order in which Helm walks a folder: by the names in each folder.
    pub(super) fn keep<'a>(&self, tree: &'a Tree) -> Vec<&'a TreePath> {
        let mut kept: Vec<&TreePath> = tree
            .below(&TreePath::root())
            .map(|(path, _)| path)
            .filter(|path| !self.ignores_file(path.as_str()))
            .collect();
        kept.sort_by(|a, b| a.parts().cmp(b.parts()));
        kept
    }

    fn ignores_file(&self, path: &str) -> bool {
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        folders.into_iter().any(|folder| self.ignores(folder, true)) || self.ignores(path, false)
    }

    fn ignores(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let subject =
                if rule.name_only { path.rsplit('/').next().unwrap_or(path) } else { path };
            let matches = || glob(&rule.pattern, subject) == Some(true);
            if rule.negate {
                // A negated rule leaves out everything that it does not match.
                if (rule.folders_only && !is_folder) || !matches() {
                    return true;
                }
            } else if (!rule.folders_only || is_folder) && matches() {
                return true;
            }
        }
        false
    }
}

/// Matches as Go's `filepath.Match` does: `*`, `?`, `[…]` and `\`, none of which crosses a `/`.
/// Returns nothing when the pattern is malformed.
pub(crate) fn glob(pattern: &str, name: &str) -> Option<bool> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let tokens = tokens(&pattern)?;
    // The place to go back to: after a star, and how far into the name it has reached.
    let (mut token, mut at, mut retry) = (0, 0, None);
    loop {
        match tokens.get(token) {
            Some(Token::Star) => {
                retry = Some((token + 1, at));
                token += 1;
                continue;
            }
            Some(one) if name.get(at).is_some_and(|c| one.matches(*c)) => {
                token += 1;
                at += 1;
                continue;
            }
            None if at == name.len() => return Some(true),
            _ => {}
        }
        let Some((after, reached)) = retry else { return Some(false) };
        if name.get(reached).is_none_or(|c| *c == '/') {
            return Some(false);
        }
        (token, at, retry) = (after, reached + 1, Some((after, reached + 1)));
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
    use super::*;

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

    #[test]
    fn rules_leave_files_out() {
        let rules = Rules::parse("# comment\n.git/\n*.tmp\n/README.md\nci/*.yaml\n").unwrap();
        for (path, ignored) in [
            (".git/config", true),
            ("a/b.tmp", true),
            ("README.md", true),
            ("docs/README.md", false),
            ("ci/a.yaml", true),
            ("ci/a/b.yaml", false),
            ("templates/.hidden", true),
            ("templates/a.yaml", false),
        ] {
            assert_eq!(rules.ignores_file(path), ignored, "{path}");
        }
        assert!(Rules::parse("**/x").is_err());
    }
}
