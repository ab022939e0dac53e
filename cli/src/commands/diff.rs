//! `weir diff`: what a change adds, alters and removes.

use weir_plan::{ReviewSettings, UnitChange, UnitState, compare, review};

use super::filter;
use super::policy::Policies;
use super::session::{Session, lacks_files, report};
use super::sides::both_sides;
use crate::args::{Diff, ReportFormat};
use crate::output::diff_html::{self, Page};
use crate::output::diff_markdown::{self, MarkdownStyle};
use crate::output::{diff_json, diff_stat, diff_text, fleet, pager, refusals, style};
use crate::{CommandError, Exit, Streams};

/// Runs `weir diff`.
pub(crate) fn run(command: &Diff, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    if command.schema {
        let schema = if command.fleet { fleet::SCHEMA } else { diff_json::SCHEMA };
        write!(streams.out, "{schema}")?;
        return Ok(Exit::Success);
    }
    if command.cluster {
        return super::cluster::diff_cluster(command, streams);
    }
    if command.fleet {
        return super::fleet::run(command, streams);
    }
    let policies = Policies::read(&command.policy)?;
    let session = Session::new(&command.repository)?;
    let both = both_sides(&session, &command.range, streams)?;
    let (before, after) = (&both.before.plan, &both.after.plan);
    let mut changes = compare(before, after);
    let refusals = policies.judge(&changes, before, after, &both.entry);
    filter::apply(&mut changes, &command.review);
    let settings =
        ReviewSettings { all: command.review.all, strip: command.review.strip_attr.clone() };
    let reviewed = review(&changes, before, after, &settings);
    if streams.interactive && output(command) == ReportFormat::Text {
        writeln!(streams.err, "{}{}{}", style::FAINT, both.title, style::RESET)?;
    }
    let page = Page {
        title: &both.title,
        review: &reviewed,
        changes: &changes,
        plans: [after, before],
        context: command.context,
    };
    print(command, &page, streams)?;
    streams.out.flush()?;
    let diagnostics = both.diagnostics();
    report(&diagnostics, streams.err)?;
    refusals::print(&refusals, streams.err)?;
    let unknown = |unit: &UnitChange| matches!(unit.state, UnitState::Unknown { .. });
    let failed = changes.units.iter().any(unknown) || lacks_files(&diagnostics);
    Ok(match (refusals.is_empty(), failed, changes.is_empty()) {
        (false, ..) => Exit::Refused,
        (true, true, _) => Exit::Failure,
        (true, false, true) => Exit::Success,
        (true, false, false) => Exit::Differences,
    })
}

/// Returns the form of the output.
pub(super) fn output(command: &Diff) -> ReportFormat {
    if command.stat { ReportFormat::Stat } else { command.output }
}

/// Prints reviewed changes in the form that the arguments ask for.
pub(super) fn print(
    command: &Diff,
    page: &Page<'_>,
    streams: &mut Streams<'_>,
) -> Result<(), CommandError> {
    let (review, changes) = (page.review, page.changes);
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
        ReportFormat::Html => write!(streams.out, "{}", diff_html::text(page))?,
    }
    Ok(())
}
