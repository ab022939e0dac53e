//! `weir kustomize`: stands in for the kustomize command.

mod chart;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use weir_io_source::folder;
use weir_kustomize::{BuildSettings, Built, Inflate, LoadRestrictor, Reorder, build, to_text};
use weir_model::{Severity, TreePath, Warned};

use crate::args::Kustomize;
use crate::{CommandError, Exit, Streams};

/// The kustomize commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum KustomizeCommand {
    /// Build a folder as `kustomize build` does
    Build(KustomizeBuild),
}

/// `weir kustomize build`, with kustomize's own flags.
#[derive(Debug, Args)]
pub(crate) struct KustomizeBuild {
    /// The folder with the kustomization
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Which files a kustomization may name
    #[arg(long, value_enum, default_value_t = Restrictor::LoadRestrictionsRootOnly)]
    load_restrictor: Restrictor,
    /// How to sort the objects, when no `sortOptions` say
    #[arg(long, value_enum, default_value_t = Order::Legacy)]
    reorder: Order,
    /// Render `helmCharts`
    #[arg(long)]
    enable_helm: bool,
    /// Accepted and not used: charts are rendered by weir itself
    #[arg(long, value_name = "FILE", hide = true)]
    helm_command: Option<PathBuf>,
    /// Add the label `app.kubernetes.io/managed-by` to every object
    #[arg(long)]
    enable_managedby_label: bool,
    /// Write to a file rather than to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// kustomize's words for what may be loaded.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Restrictor {
    /// Files in or below the kustomization's folder.
    #[value(name = "LoadRestrictionsRootOnly", alias = "rootOnly")]
    LoadRestrictionsRootOnly,
    /// Any file.
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    LoadRestrictionsNone,
}

/// kustomize's words for how objects are sorted.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    /// Namespaces and the like first, webhooks last.
    Legacy,
    /// As they were found.
    None,
}

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
        writeln!(streams.err, "# Warning: {}", found.message)?;
    }
    // The message is kustomize's own, which scripts look for; the place comes after it.
    if let Some(error) = diagnostics.iter().find(|found| found.is_error()) {
        writeln!(streams.err, "Error: {}", error.message)?;
        return Ok(Exit::Failure);
    }
    if !built.missing.is_empty() {
        for url in &built.missing {
            writeln!(streams.err, "Error: remote resource '{url}' is not at hand")?;
        }
        return Ok(Exit::Failure);
    }
    let text = to_text(&built.objects);
    match &command.output {
        Some(file) => fs::write(file, text).map_err(|error| {
            CommandError::new(format!("could not write `{}`", file.display())).cause(error)
        })?,
        None => streams.out.write_all(text.as_bytes())?,
    }
    Ok(Exit::Success)
}

/// Returns the folder without links; says as kustomize does when there is none.
fn existing_folder(
    folder: &Path,
    streams: &mut Streams<'_>,
) -> Result<Option<PathBuf>, CommandError> {
    let shown = folder.display();
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => return Ok(Some(folder)),
        Ok(file) => {
            writeln!(
                streams.err,
                "Error: must build at directory: '{}': file is not directory",
                file.display()
            )?;
        }
        Err(_) => {
            let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
            writeln!(
                streams.err,
                "Error: must build at directory: not a valid directory: evalsymlink failure on '{shown}' : lstat {}: no such file or directory",
                whole.display()
            )?;
        }
    }
    Ok(None)
}

/// Builds the folder. A tree is the folder alone at first, and begins higher up when its paths lead there.
fn built(command: &KustomizeBuild, target: &Path) -> Result<Warned<Built>, CommandError> {
    let mut root = target;
    loop {
        let read = folder::read(root).map_err(|error| {
            let hint = error.hint();
            CommandError::new("could not read the folder").cause(error).hint(hint)
        })?;
        let path = target.strip_prefix(root).unwrap_or(target).to_string_lossy();
        let path = TreePath::parse(&path)
            .map_err(|error| CommandError::new("could not read the folder").cause(error))?;
        let built = build(&read.value, &path, &settings(command, root));
        let higher = root.ancestors().nth(built.value.above);
        match higher {
            Some(higher) if higher != root => root = higher,
            Some(_) | None => return Ok(built),
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
        inflate: command.enable_helm.then(|| Arc::new(chart::inflate) as Inflate),
        managed_by_label: command.enable_managedby_label,
        root_name: root.to_string_lossy().into_owned(),
        ..BuildSettings::default()
    }
}
