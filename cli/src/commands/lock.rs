//! `weir lock`: writes down what each source gave.

use std::collections::BTreeMap;
use std::path::Path;

use weir_evaluate::{Answer, Demand, LOCK_FILE, Lock, Locked};
use weir_io_source::files;
use weir_model::{Artifact, Blob, Diagnostic, TreeBuilder, TreePath, Warned};

use super::session::{Session, explain, open, report};
use crate::args::Lock as Arguments;
use crate::output::{plural, safe, style};
use crate::{CommandError, Exit, Streams};

/// Runs `weir lock`. Without `--path` all entries of the repository are looked at, and what none of them needs goes.
pub(crate) fn run(command: &Arguments, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::fetching(&command.repository, command.update.is_some())?;
    session.refuse_saved()?;
    let workspace = open(command.dir.as_deref())?;
    let root = workspace
        .working_tree()
        .map_err(|error| explain("could not read the repository", &error))?;
    let old = Lock::of(&root.value.tree)
        .map_err(|error| CommandError::new(format!("could not use `{LOCK_FILE}`")).cause(error))?
        .unwrap_or_default();
    let mut kept = old.clone();
    if let Some(name) = &command.update {
        release(&mut kept, name.as_deref())?;
    }
    let entries = match command.repository.path {
        Some(_) => vec![session.entry(&root.value)?],
        None => weir_flux::entry_candidates(&root.value.tree),
    };
    let mut new = if command.repository.path.is_some() { kept.clone() } else { Lock::default() };
    let mut problems: Vec<Diagnostic> = Vec::new();
    for entry in entries {
        let root = with_lock(&root, &kept)?;
        let mut snapshot = session.snapshot(&workspace, root, entry, &mut problems)?;
        session.settle(&mut snapshot, streams);
        for (demand, answer) in &snapshot.answers {
            match answer {
                Ok(Answer::Files(artifact)) => {
                    let revision = artifact.revision.0.clone();
                    let locked = Locked { revision, digest: *artifact.tree.digest() };
                    new.sources.insert(demand.clone(), locked);
                }
                Ok(Answer::Sealed(sealed)) => {
                    let revision = sealed.revision.0.clone();
                    new.sources.insert(demand.clone(), Locked { revision, digest: sealed.tree });
                }
                Ok(Answer::Object(_)) => {}
                Err(unavailable) => {
                    // What cannot be had now stays where it was.
                    if let Some(locked) = old.sources.get(demand) {
                        new.sources.insert(demand.clone(), locked.clone());
                    }
                    let message = format!("could not lock {demand}");
                    let problem = Diagnostic::error("lock-unavailable", message);
                    problems.push(problem.cause(&unavailable.message));
                }
            }
        }
    }
    show(&old, &new, streams)?;
    write(workspace.root(), &old, &new)?;
    report(&problems, streams.err)?;
    let failed = problems.iter().any(Diagnostic::is_error);
    Ok(if failed { Exit::Failure } else { Exit::Success })
}

/// Takes out of the lock what is to move.
fn release(lock: &mut Lock, name: Option<&str>) -> Result<(), CommandError> {
    let Some(name) = name else {
        lock.sources.clear();
        return Ok(());
    };
    let count = lock.sources.len();
    lock.sources.retain(|demand, _| !names(demand).iter().any(|known| known == name));
    if lock.sources.len() < count {
        return Ok(());
    }
    let known: Vec<String> = lock
        .sources
        .keys()
        .filter_map(|demand| names(demand).into_iter().next())
        .map(|name| format!("`{name}`"))
        .collect();
    Err(CommandError::new(format!("nothing in `{LOCK_FILE}` is called `{name}`"))
        .hint(format!("it has these: {}", known.join(", "))))
}

/// Returns what a source may be called: its short name first.
fn names(demand: &Demand) -> Vec<String> {
    let short = |url: &str| {
        let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        last.trim_end_matches(".git").to_owned()
    };
    match demand {
        Demand::Git(git) => vec![short(&git.url), git.url.clone()],
        Demand::Oci(oci) => vec![short(&oci.url), oci.url.clone()],
        Demand::HelmChart(chart) => vec![chart.chart.clone(), chart.repository.clone()],
        Demand::Bucket(bucket) => vec![bucket.bucket.to_string(), bucket.endpoint.clone()],
        Demand::Remote(url) => vec![url.clone()],
        Demand::Object(_) => Vec::new(),
    }
}

/// Returns the repository as if this were its lock.
fn with_lock(root: &Warned<Artifact>, lock: &Lock) -> Result<Warned<Artifact>, CommandError> {
    let path = TreePath::parse(LOCK_FILE).map_err(|error| {
        CommandError::new(format!("could not place `{LOCK_FILE}`")).cause(error)
    })?;
    let mut tree = TreeBuilder::default();
    for (path, blob) in root.value.tree.files() {
        tree.insert(path.clone(), blob.clone());
    }
    tree.insert(path, Blob::new(lock.write().into_bytes()));
    let revision = root.value.revision.clone();
    let value = Artifact { revision, tree: tree.finish().into() };
    Ok(Warned { value, diagnostics: root.diagnostics.clone() })
}

fn show(old: &Lock, new: &Lock, streams: &mut Streams<'_>) -> Result<(), CommandError> {
    let mut all: BTreeMap<&Demand, (Option<&Locked>, Option<&Locked>)> = BTreeMap::new();
    for (demand, locked) in &old.sources {
        all.entry(demand).or_default().0 = Some(locked);
    }
    for (demand, locked) in &new.sources {
        all.entry(demand).or_default().1 = Some(locked);
    }
    let mut moved = 0;
    for (demand, sides) in all {
        let (mark, colour, what) = match sides {
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => {
                let text = format!("{} -> {}", old.revision, new.revision);
                let same = old.revision == new.revision;
                let note = if same { " (other files)" } else { "" };
                ("~", style::CHANGED, text + note)
            }
            (None, Some(new)) => ("+", style::ADDED, new.revision.clone()),
            (Some(old), None) => ("-", style::REMOVED, old.revision.clone()),
            (None, None) => continue,
        };
        moved += 1;
        let reset = style::RESET;
        let demand = demand.to_string();
        writeln!(
            streams.out,
            "{colour}{mark}{reset} {}: {}",
            safe::line(&demand),
            safe::line(&what)
        )?;
    }
    writeln!(
        streams.out,
        "{}: {} locked, {moved} moved",
        LOCK_FILE,
        plural(new.sources.len(), "source")
    )?;
    Ok(())
}

fn write(root: &Path, old: &Lock, new: &Lock) -> Result<(), CommandError> {
    let path = root.join(LOCK_FILE);
    if old == new && path.exists() {
        return Ok(());
    }
    files::write(&path, new.write().as_bytes()).map_err(|error| {
        CommandError::new(format!("could not write `{}`", path.display())).cause(error)
    })
}
