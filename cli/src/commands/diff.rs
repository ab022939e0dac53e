//! `weir diff`: what a change adds, alters and removes.

use weir_plan::{ReviewSettings, UnitChange, UnitState, compare, review};

use super::policy::Policies;
use super::session::{Session, lacks_files, report};
use super::sides::both_sides;
use super::{filter, show};
use crate::args::{Diff, ReportFormat};
use crate::output::diff_html::Page;
use crate::output::{diff_json, fleet, refusals, style};
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
    if streams.interactive && show::form(command) == ReportFormat::Text {
        writeln!(streams.err, "{}{}{}", style::FAINT, both.title, style::RESET)?;
    }
    let page = Page {
        title: &both.title,
        review: &reviewed,
        changes: &changes,
        plans: [after, before],
        context: command.context,
    };
    show::print(command, &page, streams)?;
    streams.out.flush()?;
    let diagnostics = both.diagnostics();
    report(&diagnostics, streams.err)?;
    refusals::print(&refusals, streams.err)?;
    let unknown = |unit: &UnitChange| matches!(unit.state, UnitState::Unknown { .. });
    let failed = changes.units.iter().any(unknown) || lacks_files(&diagnostics);
    let outcome = show::Outcome {
        refused: !refusals.is_empty(),
        failed,
        differs: !changes.is_empty(),
        grave: reviewed.is_grave(),
    };
    Ok(show::exit(command, &outcome))
}
