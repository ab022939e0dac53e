//! `weir log`: which commits changed what an object is rendered to.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_evaluate::Explainer;
use weir_io_source::git::GitError;
use weir_io_source::{Commit, Workspace, WorkspaceError};
use weir_model::{FieldPath, Manifest, TreePath, Value};
use weir_plan::{Body, FieldChange, Plan, UnitId, field_changes, hide, hide_id, hide_pair};

use super::object::{Wanted, field};
use super::session::{Session, explain, open, report};
use crate::args::{Log, TreeFormat};
use crate::output::log::{self, Change};
use crate::{CommandError, Exit, Streams};

/// Runs `weir log`.
pub(crate) fn run(command: &Log, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let wanted = Wanted::parse(&command.object)?;
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let workspace = open(command.dir.as_deref())?;
    let commits = workspace
        .first_parents(&command.from)
        .map_err(|error| explain("could not read the history", &error))?;
    let Some(newest) = commits.first() else { return Ok(Exit::Success) };
    let root = workspace
        .tree_at(&newest.id)
        .map_err(|error| explain(&format!("could not read commit `{}`", newest.id), &error))?;
    let entry = session.entry(&root.value)?;
    session.check_entry(&root.value, &entry)?;
    let mut snapshot = session.snapshot(&workspace, root, entry.clone(), &mut Vec::new())?;
    let evaluation = session.settle(&mut snapshot, streams);
    let Some((unit, object)) = wanted.find(&evaluation.plan) else {
        let errors = evaluation.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        report(errors, streams.err)?;
        return Err(wanted.missing(&evaluation.plan));
    };
    let path = match &command.field {
        Some(text) => Some(field(text, &hide(&object.manifest))?),
        None => None,
    };
    let title = hide_id(&object.id, &object.manifest).to_string();
    let mut walk = Walk {
        session: &session,
        workspace: &workspace,
        wanted: &wanted,
        entry,
        path: path.as_ref(),
        unit: unit.id.clone(),
        folders: Explainer::of_unit(&snapshot, session.memo(), &unit.id).folders(&unit.id),
        object: Arc::clone(&object.manifest),
    };
    let changes = walk.changes(&commits, command.max_count, streams)?;
    match command.output {
        TreeFormat::Text => log::print(&title, path.as_ref(), &changes, streams.out)?,
        TreeFormat::Json => {
            let value = log::value(&changes);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
    }
    streams.out.flush()?;
    Ok(Exit::Success)
}

/// The way back through history, at one commit.
struct Walk<'a> {
    session: &'a Session<'a>,
    workspace: &'a Workspace,
    wanted: &'a Wanted,
    entry: TreePath,
    path: Option<&'a FieldPath>,
    unit: UnitId,
    /// Where a change may alter the object; nothing when that is not known.
    folders: Option<BTreeSet<String>>,
    object: Arc<Manifest>,
}

/// What a commit has of the object.
enum Seen {
    Object(Arc<Manifest>),
    Absent,
    /// Its unit could not be rendered.
    Unknown,
}

impl Walk<'_> {
    fn changes(
        &mut self,
        commits: &[Commit],
        max: usize,
        streams: &mut Streams<'_>,
    ) -> Result<Vec<Change>, CommandError> {
        let mut changes = Vec::new();
        let mut unknown = 0;
        for (index, commit) in commits.iter().enumerate() {
            if changes.len() >= max {
                break;
            }
            let Some(before) = commits.get(index + 1) else {
                // Where a shallow clone ends the object may be older.
                if commit.parent.is_none() {
                    changes.push(self.created(commit, unknown));
                }
                break;
            };
            if !self.may_alter(commit)? {
                continue;
            }
            match self.look(before, streams)? {
                Seen::Unknown => unknown += 1,
                Seen::Absent => {
                    changes.push(self.created(commit, unknown));
                    break;
                }
                Seen::Object(old) => {
                    let fields = self.differences(&old);
                    self.object = old;
                    if !fields.is_empty() {
                        let commit = commit.clone();
                        changes.push(Change { commit, fields, is_new: false, unknown });
                        unknown = 0;
                    }
                }
            }
        }
        Ok(changes)
    }

    fn created(&self, commit: &Commit, unknown: usize) -> Change {
        let shown = hide(&self.object);
        let fields = self.path.and_then(|path| {
            let after = path.find(&shown)?.clone();
            Some(FieldChange { path: path.to_string(), before: None, after: Some(after) })
        });
        let fields = fields.into_iter().collect();
        Change { commit: commit.clone(), fields, is_new: true, unknown }
    }

    /// Tells whether a commit touched anything that the object depends on.
    fn may_alter(&self, commit: &Commit) -> Result<bool, CommandError> {
        let Some(folders) = &self.folders else { return Ok(true) };
        let files = self
            .workspace
            .changed_files(commit)
            .map_err(|error| explain("could not read the history", &error))?;
        Ok(files.iter().any(|file| {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            folders.contains(folder)
                || folders
                    .iter()
                    .any(|known| known.ends_with('/') && file.starts_with(known.as_str()))
        }))
    }

    /// Evaluates an older commit, as far as the object's unit needs it.
    fn look(&mut self, commit: &Commit, streams: &mut Streams<'_>) -> Result<Seen, CommandError> {
        let root = match self.workspace.tree_at(&commit.id) {
            Err(WorkspaceError::Git(GitError::NoFolder { .. })) => return Ok(Seen::Absent),
            Err(error) => {
                return Err(explain(&format!("could not read commit `{}`", commit.id), &error));
            }
            Ok(root) if !root.value.tree.is_folder(&self.entry) => return Ok(Seen::Absent),
            Ok(root) => root,
        };
        let entry = self.entry.clone();
        let mut snapshot = self.session.snapshot(self.workspace, root, entry, &mut Vec::new())?;
        let evaluation = self.session.settle_unit(&mut snapshot, &self.unit, streams);
        let Some((unit, object)) = self.wanted.find(&evaluation.plan) else {
            self.folders = None;
            return Ok(if is_pending(&evaluation.plan, &self.unit) {
                Seen::Unknown
            } else {
                Seen::Absent
            });
        };
        self.unit = unit.id.clone();
        let explainer = Explainer::of_unit(&snapshot, self.session.memo(), &self.unit);
        self.folders = explainer.folders(&self.unit);
        Ok(Seen::Object(Arc::clone(&object.manifest)))
    }

    fn differences(&self, old: &Manifest) -> Vec<FieldChange> {
        if old.value() == self.object.value() {
            return Vec::new();
        }
        let (before, after) = hide_pair(old, &self.object);
        let Some(path) = self.path else { return field_changes(&before, &after) };
        let same = path.find(old.value()) == path.find(self.object.value());
        if same {
            return Vec::new();
        }
        let of = |value: &Value| path.find(value).cloned();
        vec![FieldChange { path: path.to_string(), before: of(&before), after: of(&after) }]
    }
}

/// Tells whether a unit, or one that may hold it, could not be rendered.
fn is_pending(plan: &Plan, unit: &UnitId) -> bool {
    let is_pending = |body: &Body| matches!(body, Body::Waiting(_) | Body::Broken(_));
    match plan.unit(unit) {
        Some(unit) => is_pending(&unit.body),
        None => plan.units.iter().any(|unit| is_pending(&unit.body)),
    }
}
