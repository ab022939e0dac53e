//! Who wrote a line, and which commits there are: read commit by commit from the object database.

use gix::bstr::ByteSlice;
use gix::diff::blob::{Algorithm, Diff, InternedInput};
use gix::{ObjectId, Repository as Local};
use weir_model::TreePath;

use super::{GitError, Repository, explain};

/// How far back one line is followed.
const MAX_COMMITS: usize = 200_000;

/// How many files of a commit are looked at to find the old name of one.
const MAX_FILES: usize = 20_000;

/// A commit, as far as people ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The full id.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// The day on which the author wrote it, such as `2026-02-28`.
    pub date: String,
    /// The first line of the message.
    pub summary: String,
    /// The first parent's full id; none for the first commit.
    pub parent: Option<String>,
}

/// Who wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// This commit.
    By(Commit),
    /// Nobody has committed it yet.
    Uncommitted,
}

impl Repository {
    /// Finds the commit that last wrote a line, counted from 1, of a file as it is now; line 0 stands for the whole file.
    ///
    /// Renames are followed when nothing else was changed in the same commit.
    pub fn written(&self, path: &TreePath, line: u32, now: &[u8]) -> Result<Written, GitError> {
        let repository = self.local();
        let Some(head) = self.head() else { return Ok(Written::Uncommitted) };
        let Some(mut blob) = file_of(&repository, head, path.as_str())? else {
            return Ok(Written::Uncommitted);
        };
        let Some(mut line) = line_before(line, now, &content(&repository, blob)?) else {
            return Ok(Written::Uncommitted);
        };
        let (mut commit, mut path) = (head, path.as_str().to_owned());
        for _ in 0..MAX_COMMITS {
            let Some(earlier) = earlier(&repository, commit, &path, blob, line)? else { break };
            (commit, path, blob, line) = earlier;
        }
        Ok(Written::By(describe(&repository, commit)?))
    }

    /// Returns the commits from a revision back to the first, each the first parent of the one before.
    pub fn first_parents(&self, revision: &str) -> Result<Vec<Commit>, GitError> {
        let mut next = Some(self.resolve(revision)?);
        let repository = self.local();
        let mut commits = Vec::new();
        while let Some(id) = next.filter(|_| commits.len() < MAX_COMMITS) {
            let commit = match describe(&repository, id) {
                Ok(commit) => commit,
                // A shallow clone ends where its commits end.
                Err(_) if !commits.is_empty() => break,
                Err(error) => return Err(error),
            };
            next = commit.parent.as_deref().and_then(|id| ObjectId::from_hex(id.as_bytes()).ok());
            commits.push(commit);
        }
        Ok(commits)
    }

    /// Lists the files in which a commit differs from its first parent; all of them when it has none.
    pub fn changed_files(&self, commit: &Commit) -> Result<Vec<String>, GitError> {
        let repository = self.local();
        let tree = |id: &str| -> Result<Option<ObjectId>, GitError> {
            let Ok(id) = ObjectId::from_hex(id.as_bytes()) else { return Ok(None) };
            match repository.find_commit(id).and_then(|commit| commit.tree_id()) {
                Ok(tree) => Ok(Some(tree.detach())),
                Err(error) => Err(object(id, &error)),
            }
        };
        // Behind the end of a shallow clone there is nothing to compare with.
        let before = commit.parent.as_deref().and_then(|id| tree(id).ok().flatten());
        let mut changed = Vec::new();
        compare_trees(&repository, before, tree(&commit.id)?, &mut changed)?;
        Ok(changed)
    }
}

/// A place in an earlier commit: the commit, the path, the file's blob and the line.
type Earlier = (ObjectId, String, ObjectId, u32);

/// Finds the same line in a parent; nothing when the commit wrote it.
fn earlier(
    repository: &Local,
    commit: ObjectId,
    path: &str,
    blob: ObjectId,
    line: u32,
) -> Result<Option<Earlier>, GitError> {
    let found = repository.find_commit(commit).map_err(|error| object(commit, &error))?;
    let mut changed = Vec::new();
    let mut lacking = None;
    for parent in found.parent_ids() {
        let parent = parent.detach();
        // Behind the end of a shallow clone nothing is known.
        let Ok(before) = file_of(repository, parent, path) else { continue };
        match before {
            Some(before) if before == blob => {
                return Ok(Some((parent, path.to_owned(), blob, line)));
            }
            Some(before) => changed.push((parent, before)),
            None => lacking = Some(parent),
        }
    }
    if changed.is_empty()
        && let Some(parent) = lacking
        && let Some(old) = renamed(repository, parent, blob)?
    {
        return Ok(Some((parent, old, blob, line)));
    }
    if changed.is_empty() {
        return Ok(None);
    }
    let now = content(repository, blob)?;
    for (parent, before) in changed {
        if let Some(line) = line_before(line, &now, &content(repository, before)?) {
            return Ok(Some((parent, path.to_owned(), before, line)));
        }
    }
    Ok(None)
}

/// Finds where a line of a text stood before; nothing when it is new. Line 0 is there only when nothing changed.
fn line_before(line: u32, now: &[u8], before: &[u8]) -> Option<u32> {
    if now == before {
        return Some(line);
    }
    let wanted = line.checked_sub(1)?;
    let input = InternedInput::new(before, now);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut shift = 0_i64;
    for hunk in diff.hunks() {
        if wanted < hunk.after.start {
            break;
        }
        if hunk.after.contains(&wanted) {
            return None;
        }
        shift = i64::from(hunk.before.end) - i64::from(hunk.after.end);
    }
    u32::try_from(i64::from(line) + shift).ok()
}

fn file_of(repository: &Local, commit: ObjectId, path: &str) -> Result<Option<ObjectId>, GitError> {
    let tree = repository
        .find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(|error| object(commit, &error))?;
    let entry = tree.lookup_entry(path.split('/')).map_err(|error| object(tree.id, &error))?;
    Ok(entry.filter(|entry| entry.mode().is_blob()).map(|entry| entry.object_id()))
}

fn content(repository: &Local, id: ObjectId) -> Result<Vec<u8>, GitError> {
    let mut blob = repository.find_blob(id).map_err(|error| object(id, &error))?;
    Ok(blob.take_data())
}

/// Finds a file with this content in a commit.
fn renamed(
    repository: &Local,
    commit: ObjectId,
    blob: ObjectId,
) -> Result<Option<String>, GitError> {
    let root = match repository.find_commit(commit).and_then(|commit| commit.tree_id()) {
        Ok(tree) => tree.detach(),
        Err(_) => return Ok(None),
    };
    let mut folders = vec![(root, String::new())];
    let mut looked = 0;
    while let Some((id, prefix)) = folders.pop() {
        let tree = repository.find_tree(id).map_err(|error| object(id, &error))?;
        for entry in tree.iter() {
            let entry = entry.map_err(|error| object(id, &error))?;
            looked += 1;
            let path = format!("{prefix}{}", entry.filename().to_str_lossy());
            if entry.mode().is_tree() {
                folders.push((entry.object_id(), format!("{path}/")));
            } else if entry.object_id() == blob {
                return Ok(Some(path));
            }
        }
        if looked > MAX_FILES {
            break;
        }
    }
    Ok(None)
}

/// Lists the paths of files in which two trees differ.
fn compare_trees(
    repository: &Local,
    before: Option<ObjectId>,
    after: Option<ObjectId>,
    changed: &mut Vec<String>,
) -> Result<(), GitError> {
    let mut open = vec![(before, after, String::new())];
    while let Some((before, after, prefix)) = open.pop() {
        if before == after {
            continue;
        }
        let list = |id: Option<ObjectId>| -> Result<Vec<(String, bool, ObjectId)>, GitError> {
            let Some(id) = id else { return Ok(Vec::new()) };
            let tree = repository.find_tree(id).map_err(|error| object(id, &error))?;
            let mut entries = Vec::new();
            for entry in tree.iter() {
                let entry = entry.map_err(|error| object(id, &error))?;
                let name = entry.filename().to_str_lossy().into_owned();
                entries.push((name, entry.mode().is_tree(), entry.object_id()));
            }
            entries.sort();
            Ok(entries)
        };
        let (old, new) = (list(before)?, list(after)?);
        let find = |list: &[(String, bool, ObjectId)], name: &str, is_tree: bool| {
            let probe = |entry: &(String, bool, ObjectId)| {
                (entry.0.as_str(), entry.1).cmp(&(name, is_tree))
            };
            list.binary_search_by(probe).ok().and_then(|at| list.get(at)).map(|entry| entry.2)
        };
        for (name, is_tree, id) in &new {
            let was = find(&old, name, *is_tree);
            if was == Some(*id) {
                continue;
            }
            let path = format!("{prefix}{name}");
            if *is_tree {
                open.push((was, Some(*id), format!("{path}/")));
            } else {
                changed.push(path);
            }
        }
        for (name, is_tree, id) in &old {
            if find(&new, name, *is_tree).is_none() {
                let path = format!("{prefix}{name}");
                if *is_tree {
                    open.push((Some(*id), None, format!("{path}/")));
                } else {
                    changed.push(path);
                }
            }
        }
    }
    Ok(())
}

fn describe(repository: &Local, id: ObjectId) -> Result<Commit, GitError> {
    let commit = repository.find_commit(id).map_err(|error| object(id, &error))?;
    let author = commit.author().map_err(|error| object(id, &error))?;
    let date = author.time().map(|time| time.format_or_unix(gix::date::time::format::SHORT));
    let message = commit.message_raw_sloppy().to_str_lossy().into_owned();
    Ok(Commit {
        id: id.to_string(),
        author: author.name.to_str_lossy().into_owned(),
        date: date.unwrap_or_default(),
        summary: message.lines().next().unwrap_or_default().trim().to_owned(),
        parent: commit.parent_ids().next().map(|id| id.detach().to_string()),
    })
}

fn object(id: ObjectId, error: &gix::Error) -> GitError {
    GitError::Object { id: id.to_string(), why: explain(error) }
}

#[cfg(test)]
mod tests {
    use super::line_before;

    #[test]
    fn a_line_is_found_where_it_stood_before() {
        let before = b"a\nb\nc\nd\n";
        for (now, line, expected) in [
            (&b"a\nb\nc\nd\n"[..], 3, Some(3)),
            (b"x\na\nb\nc\nd\n", 3, Some(2)),
            (b"x\na\nb\nc\nd\n", 1, None),
            (b"a\nc\nd\n", 2, Some(3)),
            (b"a\nB\nc\nd\n", 2, None),
            (b"a\nB\nc\nd\n", 4, Some(4)),
            (b"x\n", 0, None),
            (b"a\nb\nc\nd\n", 0, Some(0)),
        ] {
            assert_eq!(line_before(line, now, before), expected, "{now:?} {line}");
        }
    }
}
