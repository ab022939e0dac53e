//! The two sides of a comparison: read as the arguments say, and evaluated together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use weir_evaluate::{Evaluation, Saved, Snapshot};
use weir_io_source::Workspace;
use weir_model::{Artifact, Diagnostic, TreePath, Warned};
use weir_plan::{Body, Plan};

use super::session::{Session, explain, open};
use crate::args::Range;
use crate::{CommandError, Streams};

/// The files of both sides.
pub(super) struct Trees {
    pub(super) before: (Rc<Workspace>, Warned<Artifact>),
    pub(super) after: (Rc<Workspace>, Warned<Artifact>),
    /// What is compared, for people.
    pub(super) title: String,
}

/// Both sides, evaluated.
pub(super) struct Both {
    pub(super) before: Evaluation,
    pub(super) after: Evaluation,
    /// The entry path of the cluster.
    pub(super) entry: TreePath,
    /// What is compared, for people.
    pub(super) title: String,
    reading: Vec<Diagnostic>,
}

impl Both {
    /// Returns what is to be said of reading and evaluating both sides.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        let all = self.reading.iter().chain(&self.after.diagnostics);
        all.chain(&self.before.diagnostics).cloned().collect()
    }
}

/// Reads and evaluates both sides of a comparison, for the entry that the arguments name or that there is.
pub(super) fn both_sides(
    session: &Session<'_>,
    range: &Range,
    streams: &mut Streams<'_>,
) -> Result<Both, CommandError> {
    if let Some(saved) = session.saved()? {
        return saved_and_working_tree(session, saved, range, streams);
    }
    let trees = trees(range)?;
    let entry = session.entry(&trees.after.1.value)?;
    if !trees.before.1.value.tree.is_folder(&entry) {
        session.check_entry(&trees.after.1.value, &entry)?;
    }
    both_at(session, &trees, &entry, streams)
}

/// Takes a saved snapshot as the side before, and what lies on disk as the side after.
fn saved_and_working_tree(
    session: &Session<'_>,
    saved: Saved,
    range: &Range,
    streams: &mut Streams<'_>,
) -> Result<Both, CommandError> {
    if range.from.is_some() || range.to.is_some() || range.dirs.len() > 1 {
        return Err(CommandError::new(
            "`--snapshot` is compared with the working tree, not with revisions or two folders",
        ));
    }
    let workspace = open(range.dirs.first().map(PathBuf::as_path))?;
    let root = workspace
        .working_tree()
        .map_err(|error| explain("could not read the working tree", &error))?;
    let entry = saved.snapshot.entry.clone();
    let there = root.value.tree.is_folder(&entry);
    let mut reading = Vec::new();
    let mut after = session.snapshot(&workspace, root, entry.clone(), &mut reading)?;
    after.cluster = saved.snapshot.cluster.clone();
    let (mut before, after) = evaluate(session, (saved.snapshot, true), (after, there), streams);
    // The replay has stand-ins for secrets: whether one changed cannot be known, and so is not said.
    for unit in &mut before.plan.units {
        if let Body::Ready(objects) = &mut unit.body {
            Arc::make_mut(objects).iter_mut().for_each(|object| object.digest = object.public);
        }
    }
    let title = "comparing the snapshot with the working tree".to_owned();
    Ok(Both { before, after, entry, title, reading })
}

/// Evaluates both sides for an entry. A cluster that comes or goes has one empty side.
pub(super) fn both_at(
    session: &Session<'_>,
    trees: &Trees,
    entry: &TreePath,
    streams: &mut Streams<'_>,
) -> Result<Both, CommandError> {
    let mut reading = Vec::new();
    let mut side =
        |(workspace, root): &(Rc<Workspace>, Warned<Artifact>)| -> Result<Side, CommandError> {
            let there = root.value.tree.is_folder(entry);
            Ok((session.snapshot(workspace, root.clone(), entry.clone(), &mut reading)?, there))
        };
    let (before, after) = (side(&trees.before)?, side(&trees.after)?);
    let (before, after) = evaluate(session, before, after, streams);
    Ok(Both { before, after, entry: entry.clone(), title: trees.title.clone(), reading })
}

/// A snapshot, and whether the entry path is there.
type Side = (Snapshot, bool);

fn evaluate(
    session: &Session<'_>,
    (mut before, before_there): Side,
    (mut after, after_there): Side,
    streams: &mut Streams<'_>,
) -> (Evaluation, Evaluation) {
    let empty = || Evaluation {
        plan: Plan::new(Vec::new()),
        missing: BTreeSet::new(),
        diagnostics: Vec::new(),
    };
    match (before_there, after_there) {
        (true, false) => (session.settle(&mut before, streams), empty()),
        (false, true) => (empty(), session.settle(&mut after, streams)),
        _ => session.settle_pair(&mut before, &mut after, streams),
    }
}

/// Reads both sides as the arguments say.
pub(super) fn trees(range: &Range) -> Result<Trees, CommandError> {
    if let [before, after] = &range.dirs[..] {
        if range.from.is_some() || range.to.is_some() || range.since.is_some() {
            return Err(CommandError::new(
                "`--from`, `--to` and `--since` name revisions of one repository, not of two folders",
            ));
        }
        return Ok(Trees {
            before: folder(before)?,
            after: folder(after)?,
            title: format!("comparing {} with {}", before.display(), after.display()),
        });
    }
    let dir = range.dirs.first().map(PathBuf::as_path);
    // One workspace for both sides: what is the same on both is read once.
    let workspace = Rc::new(open(dir)?);
    if !workspace.is_git() {
        return Err(CommandError::new(format!(
            "`{}` is not in a Git repository",
            workspace.root().display()
        ))
        .hint("compare two folders with `weir diff BEFORE AFTER`"));
    }
    let at = |revision: &str| {
        workspace
            .tree_at(revision)
            .map_err(|error| explain(&format!("could not read revision `{revision}`"), &error))
    };
    // The working tree comes first: what a revision has in common with it is then not read again.
    let (after_tree, to) = match &range.to {
        Some(revision) => (at(revision)?, format!("`{revision}`")),
        None => {
            let tree = workspace
                .working_tree()
                .map_err(|error| explain("could not read the working tree", &error))?;
            (tree, "the working tree".to_owned())
        }
    };
    let (before_tree, from) = match (&range.from, &range.since) {
        (Some(revision), _) => (at(revision)?, format!("`{revision}`")),
        (None, Some(branch)) => {
            let base = workspace
                .merge_base_with(branch)
                .map_err(|error| explain("could not find the revision to compare with", &error))?;
            (at(&base.commit)?, base.because)
        }
        (None, None) => {
            let base = workspace
                .merge_base()
                .map_err(|error| explain("could not find the revision to compare with", &error))?;
            (at(&base.commit)?, base.because)
        }
    };
    Ok(Trees {
        before: (Rc::clone(&workspace), before_tree),
        after: (workspace, after_tree),
        title: format!("comparing {from} with {to}"),
    })
}

fn folder(path: &Path) -> Result<(Rc<Workspace>, Warned<Artifact>), CommandError> {
    let workspace = open(Some(path))?;
    let tree = workspace
        .working_tree()
        .map_err(|error| explain(&format!("could not read `{}`", path.display()), &error))?;
    Ok((Rc::new(workspace), tree))
}
