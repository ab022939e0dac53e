//! `weir diff --fleet`: what one change does to many clusters, each distinct change once.
//!
//! Every cluster is compared by itself, one after the other, with one memo: what clusters share is rendered once. Of each
//! only the changes are kept, so that memory does not grow with the number of clusters.

mod gathered;
mod members;

use self::gathered::Gathered;
use self::members::members;
use super::policy::Policies;
use super::session::{Session, lacks_files, report};
use super::show::{self, Outcome};
use super::sides::both_at;
use crate::args::{Diff, ReportFormat};
use crate::output::{fleet, fleet_html, pager, refusals};
use crate::{CommandError, Exit, Streams};

/// Runs `weir diff --fleet`.
pub(crate) fn run(command: &Diff, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    use ReportFormat::{Html, Json, Markdown, Text};
    let form = show::form(command);
    if !matches!(form, Text | Json | Markdown | Html) {
        return Err(CommandError::new("`--fleet` prints text, JSON, Markdown or HTML")
            .hint("choose one with `--output`"));
    }
    let policies = Policies::read(&command.policy)?;
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let mut gathered = Gathered::default();
    let mut diagnostics = Vec::new();
    let (title, members) = members(&session, command)?;
    for member in &members {
        let both = both_at(&session, &member.trees, &member.entry, streams)?;
        gathered.add(command, &policies, &member.name, &both);
        for diagnostic in both.diagnostics() {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    let mut refused = std::mem::take(&mut gathered.refusals);
    // Each rule is told once, with all its clusters.
    refused.sort_by(|a, b| (&a.rule, &a.message).cmp(&(&b.rule, &b.message)));
    let fleet = gathered.finish(title);
    match form {
        Json => {
            let value = fleet::value(&fleet);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
        Markdown => write!(streams.out, "{}", fleet::markdown(&fleet))?,
        Html => write!(streams.out, "{}", fleet_html::text(&fleet))?,
        _ => {
            let mut text = Vec::new();
            fleet::print(&fleet, &mut text)?;
            let text = String::from_utf8_lossy(&text);
            if command.no_pager {
                streams.out.write_all(text.as_bytes())?;
            } else {
                pager::write(&text, streams)?;
            }
        }
    }
    streams.out.flush()?;
    report(&diagnostics, streams.err)?;
    refusals::print(&refused, streams.err)?;
    let unknown = fleet.clusters.iter().any(|cluster| !cluster.unknown.is_empty());
    let failed = unknown || lacks_files(&diagnostics);
    let outcome = Outcome {
        refused: !refused.is_empty(),
        failed,
        differs: !fleet.changes.is_empty(),
        grave: fleet.changes.iter().any(|change| !change.consequences.is_empty()),
    };
    Ok(show::exit(command, &outcome))
}
