//! Reviewed changes in the form that the arguments ask for.

use crate::args::{Diff, ExitRule, ReportFormat};
use crate::output::diff_html::{self, Page};
use crate::output::diff_markdown::{self, MarkdownStyle};
use crate::output::{diff_json, diff_stat, diff_text, pager};
use crate::{CommandError, Exit, Streams};

/// Returns the form of the output.
pub(super) fn form(command: &Diff) -> ReportFormat {
    if command.stat { ReportFormat::Stat } else { command.output }
}

/// What the exit code of a diff depends on.
pub(super) struct Outcome {
    /// Whether a policy refuses something.
    pub(super) refused: bool,
    /// Whether something could not be compared.
    pub(super) failed: bool,
    /// Whether there are differences.
    pub(super) differs: bool,
    /// Whether some of them are to be looked at twice.
    pub(super) grave: bool,
}

/// Returns the exit code that the arguments ask for.
pub(super) fn exit(command: &Diff, outcome: &Outcome) -> Exit {
    let told = match command.exit_code {
        ExitRule::Differences => outcome.differs,
        ExitRule::Grave => outcome.grave,
        ExitRule::Never => false,
    };
    match (outcome.refused, outcome.failed, told) {
        (true, ..) => Exit::Refused,
        (false, true, _) => Exit::Failure,
        (false, false, true) => Exit::Differences,
        (false, false, false) => Exit::Success,
    }
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
    match form(command) {
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
