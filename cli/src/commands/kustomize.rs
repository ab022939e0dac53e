//! `weir kustomize`: stands in for the kustomize command.

mod chart;
mod files;
mod gather;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_kustomize::{
    BuildSettings, Built, ChartRequest, Inflate, LoadRestrictor, RemoteTarget, Reorder, build,
    remote_target, texts,
};
use weir_model::{Diagnostic, Severity, TreePath, Warned};

use crate::args::{Kustomize, KustomizeBuild, KustomizeCommand, Order, Restrictor};
use crate::output::{diagnostics, safe};
use crate::{CommandError, Exit, Streams};
use gather::{Gatherer, work_tree};

/// Runs `weir kustomize`.
pub(crate) fn run(command: &Kustomize, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let KustomizeCommand::Build(command) = &command.command;
    run_build(command, streams)
}

fn run_build(command: &KustomizeBuild, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let Some(folder) = existing_folder(&command.folder, streams)? else {
        return Ok(Exit::Failure);
    };
    let Warned { value: built, diagnostics } = built(command, &folder)?;
    for found in diagnostics.iter().filter(|found| found.severity == Severity::Warning) {
        writeln!(streams.err, "# Warning: {}", safe::line(&found.message))?;
    }
    let mut errors: Vec<Diagnostic> =
        diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    errors.extend(built.missing.iter().map(|url| {
        Diagnostic::error("kustomize-remote", format!("remote resource '{url}' is not at hand"))
            .hint("fetch it into the repository and name the folder: a build uses no network")
    }));
    if !errors.is_empty() {
        report(&errors, streams)?;
        return Ok(Exit::Failure);
    }
    match &command.output {
        Some(path) => files::write(path, &built.objects)?,
        None => {
            for text in texts(&built.objects) {
                streams.out.write_all(text.as_bytes())?;
            }
        }
    }
    Ok(Exit::Success)
}

/// Prints every mistake with its place, and last kustomize's own line for the first of them, which scripts look for.
fn report(errors: &[Diagnostic], streams: &mut Streams<'_>) -> Result<(), CommandError> {
    if let [error] = errors {
        if error.at.is_known() {
            let column = error.column.map(|column| format!(":{column}")).unwrap_or_default();
            writeln!(streams.err, "at {}{column}", safe::line(&error.at.to_string()))?;
        }
        diagnostics::excerpt(error, streams.err)?;
        for hint in &error.hints {
            writeln!(streams.err, "hint: {}", safe::line(hint))?;
        }
    } else {
        diagnostics::print(errors, streams.err)?;
    }
    let message = errors.first().map(message_of).unwrap_or_default();
    let mut lines = message.split('\n');
    writeln!(streams.err, "Error: {}", safe::line(lines.next().unwrap_or_default()))?;
    for line in lines {
        writeln!(streams.err, "{}", safe::line(line))?;
    }
    Ok(())
}

fn message_of(error: &Diagnostic) -> String {
    std::iter::once(&error.message).chain(&error.causes).cloned().collect::<Vec<_>>().join(": ")
}

/// Returns the folder without links; says as kustomize does when there is none.
fn existing_folder(
    folder: &Path,
    streams: &mut Streams<'_>,
) -> Result<Option<PathBuf>, CommandError> {
    let shown = folder.display();
    let message = match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => return Ok(Some(folder)),
        Ok(file) => format!("'{}': file is not directory", file.display()),
        Err(_) => {
            if folder.to_str().is_some_and(is_remote) {
                writeln!(
                    streams.err,
                    "hint: clone the repository and name the folder in it: a build uses no network"
                )?;
            }
            let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
            format!(
                "not a valid directory: evalsymlink failure on '{shown}' : lstat {}: no such file or directory",
                whole.display()
            )
        }
    };
    writeln!(streams.err, "Error: must build at directory: {}", safe::line(&message))?;
    Ok(None)
}

/// Tells whether kustomize would fetch what is to be built.
fn is_remote(text: &str) -> bool {
    matches!(remote_target(text), RemoteTarget::Repository { .. })
}

/// Builds the folder. Files are read as the build asks for them. The tree begins at the folder, and higher up when paths
/// lead there; never above the Git work tree that the folder is in.
fn built(command: &KustomizeBuild, target: &Path) -> Result<Warned<Built>, CommandError> {
    let highest = work_tree(target);
    let mut root = target;
    loop {
        let mut gatherer = Gatherer::new(root);
        let path = target.strip_prefix(root).unwrap_or(target).to_string_lossy();
        let path = TreePath::parse(&path)
            .map_err(|error| CommandError::new("could not read the folder").cause(error))?;
        let settings = settings(command, root);
        gatherer.add([path.clone()]);
        let built = loop {
            let mut built = build(&gatherer.tree(), &path, &settings);
            if !gatherer.add(std::mem::take(&mut built.value.absent)) {
                break built;
            }
        };
        let higher = root
            .ancestors()
            .nth(built.value.above)
            .filter(|higher| highest.is_none_or(|highest| higher.starts_with(highest)))
            .or(highest);
        match higher {
            Some(higher) if higher != root && root.starts_with(higher) && built.value.above > 0 => {
                root = higher;
            }
            Some(_) | None => {
                let Warned { value, mut diagnostics } = built;
                if diagnostics.iter().any(Diagnostic::is_error) {
                    diagnostics.append(&mut gatherer.refused);
                }
                return Ok(Warned { value, diagnostics });
            }
        }
    }
}

fn settings(command: &KustomizeBuild, root: &Path) -> BuildSettings {
    BuildSettings {
        load_restrictor: match command.load_restrictor {
            Restrictor::LoadRestrictionsRootOnly => LoadRestrictor::RootOnly,
            Restrictor::LoadRestrictionsNone => LoadRestrictor::None,
        },
        reorder: match command.reorder {
            Order::Legacy => Reorder::Legacy,
            Order::None => Reorder::None,
        },
        enable_helm: command.enable_helm,
        inflate: command.enable_helm.then(|| inflate(command)),
        managed_by_label: command.enable_managedby_label,
        root_name: root.to_string_lossy().into_owned(),
        ..BuildSettings::default()
    }
}

/// Renders charts; the flags count more than what the kustomization tells a chart of the cluster.
fn inflate(command: &KustomizeBuild) -> Inflate {
    let kube_version = command.helm_kube_version.clone();
    let api_versions: Vec<_> = command.helm_api_versions.iter().map(Into::into).collect();
    Arc::new(move |request: &ChartRequest<'_>| {
        let mut request = request.clone();
        if let Some(version) = &kube_version {
            request.kube_version = version;
        }
        if !api_versions.is_empty() {
            request.api_versions = &api_versions;
        }
        chart::inflate(&request)
    })
}

#[cfg(test)]
mod tests;
