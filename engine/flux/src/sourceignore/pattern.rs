//! One line of an ignore file.

use weir_model::TreePath;

use crate::glob::{self, Dialect};

/// What a pattern says of a path that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The path is ignored.
    Ignored,
    /// The path is taken back (`!`).
    Kept,
}

/// A pattern with the folder that it holds for.
#[derive(Clone, Debug)]
pub struct Pattern {
    domain: Vec<String>,
    parts: Vec<String>,
    negated: bool,
    folders_only: bool,
}

impl Pattern {
    /// Reads a line that is neither empty nor a comment.
    pub fn parse(line: &str, domain: &TreePath) -> Self {
        let (negated, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (folders_only, line) = match line.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        Self {
            domain: domain.parts().map(str::to_owned).collect(),
            parts: line.split('/').map(str::to_owned).collect(),
            negated,
            folders_only,
        }
    }

    /// Says what the pattern means for a path; nothing when it does not match.
    pub fn verdict(&self, path: &[&str], is_folder: bool) -> Option<Verdict> {
        let below = below(path, &self.domain)?;
        let matched = match self.parts.as_slice() {
            [name] => self.matches_name(name, below, is_folder),
            _ => self.matches_path(below, is_folder),
        };
        matched.then_some(if self.negated { Verdict::Kept } else { Verdict::Ignored })
    }

    /// A pattern without a slash matches any part of the path.
    fn matches_name(&self, name: &str, path: &[&str], is_folder: bool) -> bool {
        for (index, part) in path.iter().enumerate() {
            match glob(name, part) {
                None => return false,
                Some(false) => {}
                Some(true) => {
                    let is_last = index + 1 == path.len();
                    return !(self.folders_only && !is_folder && is_last);
                }
            }
        }
        false
    }

    /// A pattern with a slash matches from its folder down; what lies below a match is matched, too.
    fn matches_path(&self, path: &[&str], is_folder: bool) -> bool {
        let mut rest = path;
        let mut matched = false;
        let mut skips = false;
        for (index, part) in self.parts.iter().enumerate() {
            if part.is_empty() {
                skips = false;
                continue;
            }
            if part == "**" {
                if index + 1 == self.parts.len() {
                    break;
                }
                skips = true;
                continue;
            }
            if part.contains("**") || rest.is_empty() {
                return false;
            }
            if skips {
                skips = false;
                while let Some((first, left)) = rest.split_first() {
                    rest = left;
                    match glob(part, first) {
                        None => return false,
                        Some(true) => {
                            matched = true;
                            break;
                        }
                        Some(false) if rest.is_empty() => matched = false,
                        Some(false) => {}
                    }
                }
            } else {
                if glob(part, rest[0]) != Some(true) {
                    return false;
                }
                matched = true;
                rest = &rest[1..];
            }
        }
        matched && !(self.folders_only && !is_folder && rest.is_empty())
    }
}

fn glob(pattern: &str, name: &str) -> Option<bool> {
    glob::matches(Dialect::Standard, pattern.as_bytes(), name.as_bytes()).ok()
}

/// Returns what lies below a folder; nothing when the path is not below it.
fn below<'path, 'text>(
    path: &'path [&'text str],
    folder: &[String],
) -> Option<&'path [&'text str]> {
    if path.len() <= folder.len() || path.iter().zip(folder).any(|(part, name)| part != name) {
        return None;
    }
    Some(&path[folder.len()..])
}
