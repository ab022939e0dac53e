//! `weir why`: where an object, or a field of one, came from.

use std::collections::BTreeMap;

use weir_evaluate::{Explainer, Place, Snapshot, Within};
use weir_io_source::{Workspace, Written};
use weir_model::{Diagnostic, FieldPath, Origin, TreePath};
use weir_plan::hide;

use super::object::{Wanted, field};
use super::session::{Session, explain, open, report};
use crate::args::{TreeFormat, Why};
use crate::output::why::{self, Answer};
use crate::{CommandError, Exit, Streams};

/// Runs `weir why`.
pub(crate) fn run(command: &Why, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let wanted = Wanted::parse(&command.object)?;
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let workspace = open(command.dir.as_deref())?;
    let root = workspace
        .working_tree()
        .map_err(|error| explain("could not read the repository", &error))?;
    let entry = session.entry(&root.value)?;
    session.check_entry(&root.value, &entry)?;
    let mut diagnostics = Vec::new();
    let mut snapshot = session.snapshot(&workspace, root, entry, &mut diagnostics)?;
    let evaluation = session.settle(&mut snapshot, streams);
    let Some((unit, object)) = wanted.find(&evaluation.plan) else {
        report(errors(&evaluation.diagnostics), streams.err)?;
        return Err(wanted.missing(&evaluation.plan));
    };
    let shown = hide(&object.manifest);
    let asked = match &command.field {
        Some(text) => Some(field(text, &shown)?),
        None => None,
    };
    let explainer = Explainer::new(&snapshot, session.memo());
    let mut fields = Vec::new();
    match &asked {
        Some(path) => fields.push((
            path.clone(),
            path.find(&shown).cloned().unwrap_or_default(),
            explainer.explain(&unit.id, object, path),
        )),
        None => explainer.explain_all(&unit.id, object, &mut |path: &FieldPath, value, links| {
            fields.push((path.clone(), value.clone(), links));
        }),
    }
    let made_at = explainer.unit_place(&unit.id, unit.origin);
    let chart = explainer.chart(&unit.id);
    let answer = Answer { unit, object, made_at, chart, fields, is_summary: asked.is_none() };
    let mut authors =
        Authors { workspace: &workspace, snapshot: &snapshot, known: BTreeMap::new() };
    match command.output {
        TreeFormat::Text => why::print(&answer, &mut |place| authors.of(place), streams.out)?,
        TreeFormat::Json => {
            let value = why::value(&answer, &mut |place| authors.of(place));
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
    }
    streams.out.flush()?;
    Ok(Exit::Success)
}

fn errors(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.is_error())
}

/// Finds out who wrote lines of the repository.
struct Authors<'a> {
    workspace: &'a Workspace,
    snapshot: &'a Snapshot,
    known: BTreeMap<(String, u32), Option<Written>>,
}

impl Authors<'_> {
    /// Returns who wrote a place; nothing for what is not in the repository, or when there is no Git to ask.
    fn of(&mut self, place: &Place) -> Option<Written> {
        if place.within != Within::Repository || !self.workspace.is_git() {
            return None;
        }
        let Origin { source, line } = place.origin;
        let name = source.name().to_string();
        let key = (name.clone(), line);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found = TreePath::parse(&name).ok().and_then(|path| {
            let blob = self.snapshot.root.tree.file(&path)?;
            // A history that cannot be read is as good as none.
            self.workspace.written(&path, line, blob.bytes()).ok()
        });
        self.known.insert(key, found.clone());
        found
    }
}
