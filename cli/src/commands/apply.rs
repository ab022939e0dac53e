//! `weir apply`: makes a cluster match the repository.

use std::collections::BTreeSet;
use std::io::BufRead;

use weir_evaluate::Releases;
use weir_io_apply::{Event, Preview, Report, Settings};
use weir_model::{Digest, Source, Value};
use weir_plan::{Plan, ReviewSettings, review};
use weir_reconcile::prune::Danger;

use super::cluster::{Evaluated, evaluate, exit, preview, with_cluster};
use super::session::{Session, report};
use crate::args::{Apply, ApplyFormat};
use crate::output::apply_live::Watch;
use crate::output::{apply_json, apply_junit, apply_text, diff_text, manifests, style};
use crate::{CommandError, Exit, Streams};

/// What was reviewed.
struct Reviewed {
    plan: Digest,
    /// What the cluster was assumed to be, where the review was a comparison with it.
    base: Option<Digest>,
}

/// Runs `weir apply`.
pub(crate) fn run(command: &Apply, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let allowed = allowed(&command.allow)?;
    let reviewed = command.plan.as_deref().map(reviewed).transpose()?;
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let Evaluated { snapshot, evaluation, withheld } =
        evaluate(&session, command.dir.as_deref(), &command.access, streams)?;
    let releases = Releases::new(&snapshot, session.memo());
    let plan = &evaluation.plan;
    let only = if command.unit.is_empty() {
        BTreeSet::new()
    } else {
        let units = manifests::select(plan, &command.unit).map_err(|name| {
            CommandError::new(format!("there is no unit `{name}`"))
                .hint("list the units with `weir get`")
        })?;
        units.iter().map(|unit| unit.id.clone()).collect()
    };
    let settings = Settings { allowed, only, withheld };
    report(&evaluation.diagnostics, streams.err)?;
    if let Some(reviewed) = reviewed.as_ref().filter(|reviewed| reviewed.plan != plan.digest) {
        writeln!(
            streams.err,
            "{}error:{} the repository gives another plan than the one that was reviewed; nothing was written\n  reviewed: {}\n  now:      {}",
            style::ERROR,
            style::RESET,
            reviewed.plan,
            plan.digest,
        )?;
        return Ok(Exit::Outdated);
    }

    // A plan that was named by its digest alone was reviewed without a cluster: there is nothing to compare.
    let must_ask = !command.yes && reviewed.is_none();
    let must_compare = reviewed.as_ref().is_some_and(|reviewed| reviewed.base.is_some());
    if must_ask || must_compare || command.dry_run.is_some() {
        let preview = preview(&command.access, plan, &releases, &settings)?;
        if let Some(base) = reviewed.as_ref().and_then(|reviewed| reviewed.base)
            && base != preview.base()
        {
            writeln!(
                streams.err,
                "{}error:{} the cluster is not as it was when the plan was reviewed; nothing was written",
                style::ERROR,
                style::RESET,
            )?;
            return Ok(Exit::Outdated);
        }
        if command.dry_run.is_some() {
            print(command.output, plan, &as_report(&preview), streams)?;
            return Ok(exit(&preview));
        }
        if must_ask && !is_confirmed(&preview, plan, streams)? {
            return Ok(Exit::Differences);
        }
    }

    let columns = streams.terminal.as_ref().filter(|it| it.colours).map(|it| it.columns);
    let mut watch = Watch::new(plan, columns.filter(|_| streams.interactive));
    let progress = &mut *streams.err;
    let done = with_cluster(&command.access, "could not apply the plan", async |cluster| {
        // Progress that cannot be shown is no reason to stop.
        let mut on_event = |event: Event| {
            watch.show(&event, progress).ok();
        };
        weir_io_apply::apply(cluster, plan, &releases, &settings, &mut on_event).await
    });
    watch.wipe(streams.err).ok();
    let done = done?;
    print(command.output, plan, &done, streams)?;
    Ok(if done.is_success() { Exit::Success } else { Exit::Failure })
}

fn print(
    form: ApplyFormat,
    plan: &Plan,
    report: &Report,
    streams: &mut Streams<'_>,
) -> Result<(), CommandError> {
    match form {
        ApplyFormat::Text => apply_text::print(report, streams.out)?,
        ApplyFormat::Junit => apply_junit::print(report, streams.out)?,
        ApplyFormat::Json => {
            let value = apply_json::value(report, plan);
            writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
        }
    }
    streams.out.flush()?;
    Ok(())
}

fn as_report(preview: &Preview) -> Report {
    Report { units: preview.units.clone(), requests: preview.requests }
}

/// Shows what would change and asks whether to do it. What nobody can be asked about is not done.
fn is_confirmed(
    preview: &Preview,
    plan: &Plan,
    streams: &mut Streams<'_>,
) -> Result<bool, CommandError> {
    let reviewed = review(&preview.changes, plan, plan, &ReviewSettings::default());
    let style = diff_text::TextStyle { context: 3, all: false, width: None };
    diff_text::print(&reviewed, &preview.changes, style, streams.out)?;
    apply_text::print_problems(&preview.units, streams.err)?;
    streams.out.flush()?;
    if !preview.has_changes() {
        return Ok(true);
    }
    if !streams.interactive {
        return Err(CommandError::new("nobody is there to be asked, so nothing was applied")
            .hint("pass `--yes`, or `--plan` with what was reviewed"));
    }
    write!(streams.err, "apply this? [y/N] ")?;
    streams.err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn allowed(words: &[String]) -> Result<BTreeSet<Danger>, CommandError> {
    words
        .iter()
        .map(|word| {
            let known = Danger::ALL.iter().find(|(name, _)| name == word);
            known.map(|(_, danger)| *danger).ok_or_else(|| {
                let names: Vec<&str> = Danger::ALL.iter().map(|(name, _)| *name).collect();
                CommandError::new(format!("`--allow {word}` names nothing that can be allowed"))
                    .hint(format!("it is one of {}", names.join(", ")))
            })
        })
        .collect()
}

/// Reads a plan's digest, or a file that has one.
fn reviewed(text: &str) -> Result<Reviewed, CommandError> {
    if let Ok(plan) = text.parse() {
        return Ok(Reviewed { plan, base: None });
    }
    let fail = || CommandError::new(format!("could not read `--plan {text}`"));
    let bytes = std::fs::read(text).map_err(|error| {
        fail().cause(error).hint("name a digest, such as `blake3:…`, or a file that holds one")
    })?;
    let value =
        weir_yaml::read_value(&bytes, Source::default()).map_err(|error| fail().cause(error))?;
    let digest = |key: &str| value.get(key).and_then(Value::as_str).map(str::parse);
    match (digest("digest").or_else(|| digest("plan")), digest("base")) {
        (Some(Ok(plan)), None) => Ok(Reviewed { plan, base: None }),
        (Some(Ok(plan)), Some(Ok(base))) => Ok(Reviewed { plan, base: Some(base) }),
        _ => Err(fail()
            .cause("it has no digest of a plan")
            .hint("write it with `weir plan`, or with `weir diff --cluster -o json`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reviewed_is_read_from_digests_and_files() {
        let digest = format!("blake3:{}", "a".repeat(64));
        let folder = std::env::temp_dir().join(format!("weir-reviewed-{}", std::process::id()));
        for (text, plan, base) in [
            (format!("digest: {digest}\nunits: []\n"), true, false),
            (format!("{{\"plan\": \"{digest}\", \"base\": \"{digest}\"}}"), true, true),
            ("units: []\n".to_owned(), false, false),
            (format!("{{\"plan\": \"{digest}\", \"base\": \"x\"}}"), false, false),
        ] {
            std::fs::write(&folder, &text).unwrap();
            let read = reviewed(folder.to_str().unwrap());
            assert_eq!(read.is_ok(), plan, "{text}");
            assert_eq!(read.is_ok_and(|read| read.base.is_some()), base, "{text}");
        }
        std::fs::remove_file(&folder).unwrap();
        assert!(reviewed(&digest).is_ok());
        assert!(reviewed("blake3:x").is_err());
    }
}
