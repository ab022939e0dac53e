//! `weir diff`: what a change adds, alters and removes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use weir_evaluate::{Evaluation, Snapshot};
use weir_io_source::Workspace;
use weir_model::{Artifact, Warned};
use weir_plan::{Changes, Plan, Review, ReviewSettings, UnitState, compare, review};

use super::filter;
use super::session::{Session, explain, open, report};
use crate::args::{Diff, ReportFormat};
use crate::output::diff_markdown::{self, MarkdownStyle};
use crate::output::{diff_json, diff_stat, diff_text, pager, style};
use crate::{CommandError, Exit, Streams};

/// The two sides of a comparison.
struct Sides {
    before: (Rc<Workspace>, Warned<Artifact>),
    after: (Rc<Workspace>, Warned<Artifact>),
    /// What is compared, for people.
    title: String,
}

/// Runs `weir diff`.
pub(crate) fn run(command: &Diff, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    if command.schema {
        write!(streams.out, "{}", diff_json::SCHEMA)?;
        return Ok(Exit::Success);
    }
    if command.cluster {
        return super::cluster::diff_cluster(command, streams);
    }
    let session = Session::new(&command.repository)?;
    let sides = sides(command)?;
    let entry = session.entry(&sides.after.1.value)?;
    let mut diagnostics = Vec::new();
    if !sides.before.1.value.tree.is_folder(&entry) {
        session.check_entry(&sides.after.1.value, &entry)?;
    }
    let mut side =
        |(workspace, root): (Rc<Workspace>, Warned<Artifact>)| -> Result<Side, CommandError> {
            let there = root.value.tree.is_folder(&entry);
            Ok((session.snapshot(&workspace, root, entry.clone(), &mut diagnostics)?, there))
        };
    let title = sides.title;
    let (before, after) = (side(sides.before)?, side(sides.after)?);
    let (before, after) = evaluate(&session, before, after, streams);

    let mut changes = compare(&before.plan, &after.plan);
    filter::apply(&mut changes, &command.review);
    let settings =
        ReviewSettings { all: command.review.all, strip: command.review.strip_attr.clone() };
    let reviewed = review(&changes, &before.plan, &after.plan, &settings);
    if streams.interactive && output(command) == ReportFormat::Text {
        writeln!(streams.err, "{}{title}{}", style::FAINT, style::RESET)?;
    }
    print(command, &reviewed, &changes, streams)?;
    streams.out.flush()?;
    report(diagnostics.iter().chain(&after.diagnostics).chain(&before.diagnostics), streams.err)?;
    let failed = changes.units.iter().any(|unit| matches!(unit.state, UnitState::Unknown { .. }));
    Ok(match (failed, changes.is_empty()) {
        (true, _) => Exit::Failure,
        (false, true) => Exit::Success,
        (false, false) => Exit::Differences,
    })
}

/// Returns the form of the output.
pub(super) fn output(command: &Diff) -> ReportFormat {
    if command.stat { ReportFormat::Stat } else { command.output }
}

/// Prints reviewed changes in the form that the arguments ask for.
pub(super) fn print(
    command: &Diff,
    review: &Review<'_>,
    changes: &Changes,
    streams: &mut Streams<'_>,
) -> Result<(), CommandError> {
    let markdown = |limit: usize, alerts: bool| MarkdownStyle {
        limit,
        alerts,
        context: command.context,
        report_url: command.report_url.clone(),
    };
    match output(command) {
        ReportFormat::Text => {
            let width = streams.terminal.as_ref().map(|terminal| terminal.columns);
            let style =
                diff_text::TextStyle { context: command.context, all: command.review.all, width };
            let mut text = Vec::new();
            diff_text::print(review, changes, style, &mut text)?;
            if command.no_pager {
                streams.out.write_all(&text)?;
            } else {
                pager::write(&String::from_utf8_lossy(&text), streams)?;
            }
        }
        ReportFormat::Brief => diff_stat::brief(review, changes, streams.out)?,
        ReportFormat::Stat => diff_stat::stat(review, changes, streams.out)?,
        ReportFormat::Json => {
            let value = diff_json::value(review, changes);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
        ReportFormat::Markdown => {
            let text = diff_markdown::text(review, changes, &markdown(65_000, false));
            write!(streams.out, "{text}")?;
        }
        // GitHub allows 65,536 characters; Gitea and Forgejo store what one column of their databases holds.
        ReportFormat::Github | ReportFormat::Gitea | ReportFormat::Forgejo => {
            let text = diff_markdown::text(review, changes, &markdown(65_000, true));
            write!(streams.out, "{text}")?;
        }
        // GitLab allows a million, of which no reader wants more than a part.
        ReportFormat::Gitlab => {
            let text = diff_markdown::text(review, changes, &markdown(250_000, true));
            write!(streams.out, "{text}")?;
        }
    }
    Ok(())
}

/// A snapshot, and whether the entry path is there: a cluster that comes or goes has one empty side.
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
fn sides(command: &Diff) -> Result<Sides, CommandError> {
    if let [before, after] = &command.dirs[..] {
        if command.from.is_some() || command.to.is_some() {
            return Err(CommandError::new(
                "`--from` and `--to` name revisions of one repository, not of two folders",
            ));
        }
        return Ok(Sides {
            before: folder(before)?,
            after: folder(after)?,
            title: format!("comparing {} with {}", before.display(), after.display()),
        });
    }
    let dir = command.dirs.first().map(PathBuf::as_path);
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
    let (before_tree, from) = match &command.from {
        Some(revision) => (at(revision)?, format!("`{revision}`")),
        None => {
            let base = workspace
                .merge_base()
                .map_err(|error| explain("could not find the revision to compare with", &error))?;
            (at(&base.commit)?, base.because)
        }
    };
    let (after_tree, to) = match &command.to {
        Some(revision) => (at(revision)?, format!("`{revision}`")),
        None => {
            let tree = workspace
                .working_tree()
                .map_err(|error| explain("could not read the working tree", &error))?;
            (tree, "the working tree".to_owned())
        }
    };
    Ok(Sides {
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
