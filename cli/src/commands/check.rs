//! `weir check`: what is wrong with what the repository gives, before any of it is applied.

use weir_check::{Deny, Input, Report, Settings, check, rules};
use weir_model::{Diagnostic, Severity};
use weir_plan::Plan;

use super::session::{Session, explain, open};
use crate::args::{Check, CheckFormat, DEFAULT_KUBE_VERSION};
use crate::output::{check_json, check_junit, check_sarif, check_text};
use crate::{CommandError, Exit, Streams};

/// Runs `weir check`.
pub(crate) fn run(command: &Check, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    if command.rules {
        check_text::rules(streams.out)?;
        return Ok(Exit::Success);
    }
    let asked = deny(&command.deny)?;
    let session = Session::new(&command.repository)?;
    let workspace = open(command.dir.as_deref())?;
    let root = workspace
        .working_tree()
        .map_err(|error| explain("could not read the repository", &error))?;
    let settings = settings(&root.value.tree)?;
    let entry = session.entry(&root.value)?;
    session.check_entry(&root.value, &entry)?;

    let mut diagnostics = Vec::new();
    let base = match &command.from {
        Some(revision) => {
            let old = workspace.tree_at(revision).map_err(|error| {
                explain(&format!("could not read revision `{revision}`"), &error)
            })?;
            if old.value.tree.is_folder(&entry) {
                // What is wrong with the past is not reported.
                let mut snapshot =
                    session.snapshot(&workspace, old, entry.clone(), &mut Vec::new())?;
                Some(session.settle(&mut snapshot, streams).plan)
            } else {
                Some(Plan::new(Vec::new()))
            }
        }
        None => None,
    };
    let mut snapshot = session.snapshot(&workspace, root, entry, &mut diagnostics)?;
    let mut evaluation = session.settle(&mut snapshot, streams);
    diagnostics.append(&mut evaluation.diagnostics);
    let report = check(&Input {
        plan: &evaluation.plan,
        diagnostics: &diagnostics,
        base: base.as_ref(),
        kube_version: &command.repository.kube_version,
        is_version_given: command.repository.kube_version != DEFAULT_KUBE_VERSION,
        documents: &snapshot.cluster.schemas,
        settings: &settings,
    });
    let denied: Vec<Deny> =
        [Deny::Severity(Severity::Error)].into_iter().chain(settings.deny).chain(asked).collect();
    print(command.output, &report, &denied, streams)?;
    streams.out.flush()?;
    let fails = report.counted().any(|finding| denied.iter().any(|deny| deny.covers(finding)));
    Ok(if fails { Exit::Differences } else { Exit::Success })
}

fn print(
    form: CheckFormat,
    report: &Report,
    denied: &[Deny],
    streams: &mut Streams<'_>,
) -> Result<(), CommandError> {
    match form {
        CheckFormat::Text => check_text::print(report, denied, streams.out)?,
        CheckFormat::Json => {
            let value = check_json::value(report, denied);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
        CheckFormat::Sarif => {
            let value = check_sarif::value(report);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
        CheckFormat::Junit => check_junit::print(report, denied, streams.out)?,
    }
    Ok(())
}

/// Reads the arguments of `--deny`.
fn deny(words: &[String]) -> Result<Vec<Deny>, CommandError> {
    let one = |word: &String| {
        Deny::parse(word).ok_or_else(|| {
            let names: Vec<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
            CommandError::new(format!("could not read `--deny {word}`"))
                .cause("it is neither a severity nor a rule")
                .hint(format!(
                    "the severities are error, warning and info; the rules are {}",
                    names.join(", ")
                ))
        })
    };
    words.iter().map(one).collect()
}

/// Reads the settings of the repository; a mistake in them must not make findings vanish or appear.
fn settings(tree: &weir_model::Tree) -> Result<Settings, CommandError> {
    let settings = Settings::read(tree);
    let Some(first) = settings.diagnostics.first() else { return Ok(settings.value) };
    let Diagnostic { message, causes, at, .. } = first;
    let place = if at.is_known() { format!(" (at {at})") } else { String::new() };
    let mut error = CommandError::new(format!("{message}{place}"));
    for cause in causes {
        error = error.cause(cause);
    }
    Err(error)
}
