//! `weir test`: compares what a repository is rendered to with snapshots that were committed.
//!
//! A snapshot is a file for each unit, `.weir/snapshots/<entry>/<Kind>/<namespace>/<name>.snap`: its objects as YAML in
//! the order of their names, secrets hidden, what is random left out. The ending keeps Flux from taking it for a manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use weir_evaluate::Evaluation;
use weir_model::{Diagnostic, TreePath};
use weir_plan::{Body, PlanObject, Unit, hide, hunks};

use super::session::{Session, explain, open, report};
use crate::args::Test;
use crate::output::snapshots::{self, Outcome};
use crate::output::style;
use crate::{CommandError, Exit, Streams};

/// Where snapshots lie below the root, unless the arguments say otherwise.
const FOLDER: &str = ".weir/snapshots";

/// What was found for one snapshot file.
struct Found {
    path: PathBuf,
    outcome: Outcome,
    /// What the file shall hold; none when it shall go.
    wanted: Option<String>,
}

/// Runs `weir test`.
pub(crate) fn run(command: &Test, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let workspace = open(command.dir.as_deref())?;
    let root = workspace
        .working_tree()
        .map_err(|error| explain("could not read the repository", &error))?;
    let entries = match &command.repository.path {
        Some(_) => vec![session.entry(&root.value)?],
        None => weir_flux::entry_candidates(&root.value.tree),
    };
    let Some(_) = entries.first() else {
        // The session knows how to say that there is none.
        session.entry(&root.value)?;
        return Ok(Exit::Failure);
    };
    let folder = match &command.snapshots {
        Some(folder) => folder.clone(),
        None => workspace.root().join(FOLDER),
    };
    let mut diagnostics = Vec::new();
    let mut found = Vec::new();
    for entry in &entries {
        session.check_entry(&root.value, entry)?;
        let mut snapshot =
            session.snapshot(&workspace, root.clone(), entry.clone(), &mut diagnostics)?;
        let evaluation = session.settle(&mut snapshot, streams);
        found.extend(compare(&folder, entry, &evaluation, &mut diagnostics)?);
    }
    if command.repository.path.is_none() {
        found.extend(forgotten_entries(&folder, &entries)?);
    }
    let accepted = settle(command, &found, streams)?;
    for item in accepted {
        write(item)?;
    }
    report(&diagnostics, streams.err)?;
    let failed = found.iter().any(|item| matches!(item.outcome, Outcome::Failed(_)));
    let open = found.iter().any(|item| !matches!(item.outcome, Outcome::Same));
    Ok(match (failed, open && !command.update) {
        (true, _) => Exit::Failure,
        (false, true) => Exit::Differences,
        (false, false) => Exit::Success,
    })
}

/// Compares an entry's units with their snapshots.
fn compare(
    folder: &Path,
    entry: &TreePath,
    evaluation: &Evaluation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Found>, CommandError> {
    let place = if entry.is_root() { folder.join("_root") } else { folder.join(entry.as_str()) };
    let mut left: BTreeSet<PathBuf> = files_below(&place)?;
    let mut found = Vec::new();
    for unit in &evaluation.plan.units {
        let id = &unit.id;
        let name = format!("{}.snap", file_name(&id.name));
        let path = place.join(id.kind.as_str()).join(file_name(&id.namespace)).join(name);
        left.remove(&path);
        let objects = match &unit.body {
            Body::Ready(objects) => objects,
            // What could not be rendered says nothing about its snapshot.
            Body::Waiting(reasons) | Body::Broken(reasons) => {
                let reasons = reasons.iter().map(ToString::to_string).collect();
                found.push(Found { path, outcome: Outcome::Failed(reasons), wanted: None });
                continue;
            }
            Body::Same => continue,
        };
        let wanted = text(unit, objects);
        let outcome = match read(&path)? {
            None => Outcome::New { objects: objects.len() },
            Some(known) if known == wanted => Outcome::Same,
            Some(known) => Outcome::Changed(hunks(&known, &wanted, 3)),
        };
        found.push(Found { path, outcome, wanted: Some(wanted) });
    }
    let errors = evaluation.diagnostics.iter().filter(|diagnostic| !diagnostic.is_error());
    diagnostics.extend(errors.cloned());
    found.extend(left.into_iter().map(|path| Found { path, outcome: Outcome::Gone, wanted: None }));
    Ok(found)
}

/// Finds the snapshots of entries that are no longer there.
fn forgotten_entries(folder: &Path, entries: &[TreePath]) -> Result<Vec<Found>, CommandError> {
    let known: Vec<PathBuf> = entries
        .iter()
        .map(
            |entry| {
                if entry.is_root() { folder.join("_root") } else { folder.join(entry.as_str()) }
            },
        )
        .collect();
    let all = files_below(folder)?.into_iter();
    let gone = all.filter(|path| !known.iter().any(|entry| path.starts_with(entry)));
    Ok(gone.map(|path| Found { path, outcome: Outcome::Gone, wanted: None }).collect())
}

/// Returns what a unit's snapshot holds.
fn text(unit: &Unit, objects: &[PlanObject]) -> String {
    let mut sorted: Vec<&PlanObject> = objects.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut text = format!("# {}\n", unit.id);
    for object in sorted {
        let mut value = hide(&object.manifest);
        for place in &object.provenance.generated {
            weir_plan::replace_at(&mut value, place, "(generated)");
        }
        text.push_str("---\n");
        text.push_str(&weir_yaml::to_yaml(&value));
    }
    text
}

/// Makes a name that every file system takes; Kubernetes' own names stay as they are.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' })
        .collect()
}

/// Shows what differs and finds out what to write: all with `--update`, what is accepted with `--review`, else nothing.
fn settle<'found>(
    command: &Test,
    found: &'found [Found],
    streams: &mut Streams<'_>,
) -> Result<Vec<&'found Found>, CommandError> {
    let mut accepted = Vec::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut asks = command.review;
    for item in found {
        *counts.entry(item.outcome.word()).or_default() += 1;
        if matches!(item.outcome, Outcome::Same) {
            continue;
        }
        if !command.update {
            snapshots::print(&item.path, &item.outcome, streams.out)?;
        }
        let is_open = !matches!(item.outcome, Outcome::Failed(_));
        if command.update && is_open {
            accepted.push(item);
        } else if asks && is_open {
            match ask(streams)? {
                Answer::Accept => accepted.push(item),
                Answer::Skip => {}
                Answer::Quit => asks = false,
            }
        }
    }
    snapshots::print_end(&counts, accepted.len(), streams.out)?;
    streams.out.flush()?;
    Ok(accepted)
}

enum Answer {
    Accept,
    Skip,
    Quit,
}

/// Asks about one snapshot. When nobody answers any more, the review is over.
fn ask(streams: &mut Streams<'_>) -> Result<Answer, CommandError> {
    streams.out.flush()?;
    write!(streams.err, "{}accept, skip or quit? [a/s/q]{} ", style::HEADING, style::RESET)?;
    streams.err.flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer)?;
    Ok(match answer.trim() {
        "a" | "accept" | "y" => Answer::Accept,
        "q" | "quit" => Answer::Quit,
        _ if read == 0 => Answer::Quit,
        _ => Answer::Skip,
    })
}

fn write(item: &Found) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::new(format!("could not write the snapshot `{}`", item.path.display()))
            .cause(error)
    };
    match &item.wanted {
        Some(text) => {
            if let Some(parent) = item.path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            std::fs::write(&item.path, text).map_err(failed)
        }
        None => std::fs::remove_file(&item.path).map_err(failed),
    }
}

fn read(path: &Path) -> Result<Option<String>, CommandError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(CommandError::new(format!("could not read the snapshot `{}`", path.display()))
                .cause(error))
        }
    }
}

/// Lists the snapshots below a folder; links are not followed.
fn files_below(folder: &Path) -> Result<BTreeSet<PathBuf>, CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::new(format!("could not list the snapshots in `{}`", folder.display()))
            .cause(error)
    };
    let mut files = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let listed = match std::fs::read_dir(&next) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        for entry in listed {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "snap") {
                files.insert(entry.path());
            }
        }
    }
    Ok(files)
}
