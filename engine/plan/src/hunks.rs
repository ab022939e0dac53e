//! The lines in which two texts differ, in hunks with context, each under the YAML path it stands in.

use std::ops::Range;

use similar::{ChangeTag, DiffTag, TextDiff};

use crate::words::differences;

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The YAML path around the first changed line, for instance `spec.template.spec`; empty at the top.
    pub path: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it goes, comes or stays.
    pub kind: LineKind,
    /// The text without the newline.
    pub text: String,
    /// The bytes of the text that differ from the line it stands against; empty when the whole line is new.
    pub marks: Vec<Range<usize>>,
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It stays.
    Context,
    /// It goes.
    Removed,
    /// It comes.
    Added,
}

/// Compares two YAML texts line by line.
pub fn hunks(before: &str, after: &str, context: usize) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(before, after);
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let mut hunks = Vec::new();
    for group in diff.grouped_ops(context) {
        let mut path = None;
        let mut lines = Vec::new();
        for operation in &group {
            let start = lines.len();
            for change in diff.iter_changes(operation) {
                let kind = match change.tag() {
                    ChangeTag::Equal => LineKind::Context,
                    ChangeTag::Delete => LineKind::Removed,
                    ChangeTag::Insert => LineKind::Added,
                };
                if path.is_none() {
                    path = match (kind, change.old_index(), change.new_index()) {
                        (LineKind::Removed, Some(index), _) => Some(yaml_path(&old, index)),
                        (LineKind::Added, _, Some(index)) => Some(yaml_path(&new, index)),
                        _ => None,
                    };
                }
                let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
                lines.push(Line { kind, text, marks: Vec::new() });
            }
            if operation.tag() == DiffTag::Replace {
                mark(lines.get_mut(start..).unwrap_or_default());
            }
        }
        hunks.push(Hunk { path: path.unwrap_or_default(), lines });
    }
    hunks
}

/// Marks what differs inside lines, when as many lines come as go.
fn mark(lines: &mut [Line]) {
    let middle = lines.len() / 2;
    let (removed, added) = lines.split_at_mut(middle);
    let fits = removed.len() == added.len()
        && removed.iter().all(|line| line.kind == LineKind::Removed)
        && added.iter().all(|line| line.kind == LineKind::Added);
    if !fits {
        return;
    }
    for (old, new) in removed.iter_mut().zip(added) {
        (old.marks, new.marks) = differences(&old.text, &new.text);
    }
}

/// Names the mapping keys and list items above a line by their indentation.
fn yaml_path(lines: &[&str], index: usize) -> String {
    let mut steps: Vec<String> = Vec::new();
    let Some(mut indent) = lines.get(index).map(|line| depth(line)) else { return String::new() };
    for (number, line) in lines.iter().enumerate().take(index).rev() {
        if indent == 0 {
            break;
        }
        let here = depth(line);
        if here >= indent || line.trim().is_empty() {
            continue;
        }
        match line.trim_start().strip_prefix("- ") {
            Some(rest) => {
                // A line below the first key of an item belongs to that key as well.
                if indent > here + 3
                    && let Some((key, _)) = rest.split_once(':')
                {
                    steps.push(format!(".{key}"));
                }
                steps.push(item_step(lines, number));
            }
            None => {
                let Some((key, _)) = line.trim_start().split_once(':') else { continue };
                steps.push(format!(".{key}"));
            }
        }
        indent = here;
    }
    steps.reverse();
    steps.concat().trim_start_matches('.').to_owned()
}

/// Says which item of its list starts at a line: by its name, or by its place.
fn item_step(lines: &[&str], start: usize) -> String {
    let own = depth(lines[start]);
    let rest = lines[start + 1..].iter().take_while(|line| depth(line) > own);
    let first = lines[start].trim_start().strip_prefix("- ").unwrap_or_default();
    let mut keys = rest.filter(|line| depth(line) == own + 3).map(|line| line.trim_start());
    let name = [first].into_iter().chain(&mut keys).find_map(|line| line.strip_prefix("name: "));
    if let Some(name) = name {
        return format!("[name={name}]");
    }
    let before = lines[..start].iter().rev().take_while(|line| depth(line) >= own);
    format!("[{}]", before.filter(|line| depth(line) == own).count())
}

/// Returns a line's depth: the indentation, where a list's dash counts as one more than its parent's key.
fn depth(line: &str) -> usize {
    let indent = line.len() - line.trim_start_matches(' ').len();
    if line[indent..].starts_with("- ") { indent * 2 + 1 } else { indent * 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_stands_under_its_path() {
        let before =
            "spec:\n  containers:\n  - image: a\n    name: web\n    ports:\n    - 80\n  x: 1\n";
        let hunks = hunks(before, &before.replace("- 80", "- 81"), 0);
        assert_eq!(hunks.len(), 1);
        assert_eq!(hunks[0].path, "spec.containers[name=web].ports");
        assert_eq!(hunks[0].lines.len(), 2);
    }
}
