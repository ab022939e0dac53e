//! `weir helm lint`: the findings, laid out as `helm lint` lays them out.

use std::path::Path;

use weir_helm::{Facts, Finding, HelmVersion, KubeVersion, lint};
use weir_io_source::{archive, folder};
use weir_model::{Severity, Tree};

use super::values;
use crate::args::Lint;
use crate::output::safe;
use crate::{CommandError, Exit, Streams};

/// Runs `weir helm lint`.
pub(super) fn run(
    command: &Lint,
    helm: HelmVersion,
    streams: &mut Streams<'_>,
) -> Result<Exit, CommandError> {
    let mut text = String::new();
    match examine(command, helm, &mut text) {
        Ok(summary) => {
            streams.out.write_all(text.as_bytes())?;
            streams.out.write_all(summary.as_bytes())?;
            Ok(Exit::Success)
        }
        Err(message) => {
            streams.out.write_all(text.as_bytes())?;
            writeln!(streams.err, "Error: {}", safe::lines(&message))?;
            Ok(Exit::Failure)
        }
    }
}

/// Examines all charts; returns the last line, or the error when one of them failed.
fn examine(command: &Lint, helm: HelmVersion, text: &mut String) -> Result<String, String> {
    let kube_version = match &command.kube_version {
        Some(text) => KubeVersion::parse(text)
            .map_err(|error| format!("invalid kube version '{text}': {error}"))?,
        None => KubeVersion::built_in(helm),
    };
    let facts = Facts {
        helm,
        kube_version,
        validate_schema: !command.skip_schema_validation,
        ..Facts::default()
    };
    let given = values::given(&command.values, helm)?;
    let mut charts = command.charts.clone();
    if command.with_subcharts {
        for chart in &command.charts {
            inner(&Path::new(chart).join("charts"), 0, &mut charts);
        }
    }
    let (mut failed, mut is_noted) = (0, false);
    let tolerated = if command.strict { Severity::Warning } else { Severity::Error };
    for chart in &charts {
        let found = match tree(chart) {
            Ok(tree) => {
                let path = Path::new(chart).canonicalize().unwrap_or_else(|_| chart.into());
                lint(&tree, &path.to_string_lossy(), &given, &command.namespace, &facts)
            }
            Err(error) => {
                failed += 1;
                is_noted = true;
                text.push_str(&format!("==> Linting {chart}\nError {error}\n\n"));
                continue;
            }
        };
        let has_some = found.iter().any(|finding| finding.severity < Severity::Info);
        is_noted |= has_some;
        failed += usize::from(found.iter().any(|finding| finding.severity <= tolerated));
        if command.quiet && !has_some {
            continue;
        }
        text.push_str(&format!("==> Linting {chart}\n"));
        for finding in &found {
            if !command.quiet || finding.severity < Severity::Info {
                print(finding, text);
            }
        }
        text.push('\n');
    }
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", charts.len());
    if failed > 0 {
        return Err(summary);
    }
    Ok(if !command.quiet || is_noted { format!("{summary}\n") } else { String::new() })
}

fn print(finding: &Finding, text: &mut String) {
    let Finding { severity, path, line, message, hint } = finding;
    let word = match severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    };
    let line = if *line > 0 { format!(":{line}") } else { String::new() };
    let message = safe::lines(message);
    text.push_str(&format!("[{word}] {}{line}: {message}\n", safe::line(path)));
    if let Some(hint) = hint {
        text.push_str(&format!("\thint: {}\n", safe::line(hint)));
    }
}

/// Reads a chart's folder or archive.
fn tree(chart: &str) -> Result<Tree, String> {
    let path = Path::new(chart);
    if path.is_file() {
        let bytes =
            std::fs::read(path).map_err(|error| format!("unable to open tarball: {error}"))?;
        return archive::unpack(&bytes, archive::Layout::Chart)
            .map_err(|error| format!("unable to extract tarball: {error}"));
    }
    if !path.join("Chart.yaml").exists() {
        return Err(format!(
            "unable to check Chart.yaml file in chart: stat {}: no such file or directory",
            path.join("Chart.yaml").display()
        ));
    }
    Ok(folder::read(path).map_err(|error| error.to_string())?.value)
}

/// Adds the charts inside a folder, however deep.
fn inner(folder: &Path, depth: u32, charts: &mut Vec<String>) {
    const DEEPEST: u32 = 32;
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && depth < DEEPEST {
            inner(&path, depth + 1, charts);
        } else if path.ends_with("Chart.yaml") {
            charts.extend(path.parent().map(|parent| parent.to_string_lossy().into_owned()));
        } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
            charts.push(name);
        }
    }
}
