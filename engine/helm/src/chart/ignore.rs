//! `.helmignore`: which files of a chart's folder are left out.

use std::collections::BTreeMap;

use weir_model::{Tree, TreePath};

use crate::path_match::Pattern;

/// The rules of a `.helmignore`, in order.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    /// Nothing when what is left without the marks around it is malformed: then it matches nothing.
    pattern: Option<Pattern>,
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
            if Pattern::parse(line).is_none() {
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
                pattern: Pattern::parse(pattern.strip_prefix('/').unwrap_or(pattern)),
                negate,
                folders_only,
                name_only: !pattern.contains('/'),
            });
        }
        Ok(Self(rules))
    }

    /// Returns the files that stay, in the order in which Helm walks a folder: by the names in each folder.
    pub(super) fn keep<'a>(&self, tree: &'a Tree) -> Vec<&'a TreePath> {
        let mut folders = BTreeMap::new();
        let mut kept: Vec<&TreePath> = tree
            .below(&TreePath::root())
            .map(|(path, _)| path)
            .filter(|path| !self.ignores_file(path.as_str(), &mut folders))
            .collect();
        kept.sort_by(|a, b| a.parts().cmp(b.parts()));
        kept
    }

    /// Tells whether a file is left out. What was decided of a folder is remembered.
    fn ignores_file<'a>(&self, path: &'a str, folders: &mut BTreeMap<&'a str, bool>) -> bool {
        let mut above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        above.any(|folder| *folders.entry(folder).or_insert_with(|| self.ignores(folder, true)))
            || self.ignores(path, false)
    }

    fn ignores(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let subject =
                if rule.name_only { path.rsplit('/').next().unwrap_or(path) } else { path };
            let matches = || rule.pattern.as_ref().is_some_and(|pattern| pattern.matches(subject));
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

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(rules.ignores_file(path, &mut BTreeMap::new()), ignored, "{path}");
        }
        assert!(Rules::parse("**/x").is_err());
    }
}
