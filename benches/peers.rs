//! How long does a whole repository take, and a one-file change, beside flate and flux-local?
//!
//! Reads the repositories of `../shared/conformance` (or `WEIR_CONFORMANCE`), each copied into a Git repository of its own,
//! and answers for all registries on loopback (`registries.py`), so that every tool fetches from the same place and nothing
//! leaves the machine. Each tool that is installed runs in turn, so that all see the same machine; a first run that fills
//! its caches of sources is not counted. Prints medians of CPU seconds, wall seconds, peak memory and what was printed, and
//! the ratio of CPU time to weir's. A tool that prints nothing is not compared.
//!
//! `WEIR`, `FLATE` and `FLUX_LOCAL` name the programs.

use std::path::{Path, PathBuf};

use weir_benches::registries::Registries;
use weir_benches::repository::{copy, git, recorded};
use weir_benches::{Run, median, named, run};

/// A repository with the folder that Flux syncs from.
const REPOSITORIES: &[(&str, &str)] = &[
    ("budimanjojo-home-cluster", "cluster/base"),
    ("onedr0p-home-ops", "kubernetes/flux/cluster"),
    ("bjw-s-labs-home-ops", "kubernetes/flux/cluster"),
];

/// How often each tool runs.
const TURNS: usize = 3;

/// What flate prints when asked for all that weir prints.
const ALL: [&str; 2] = ["--skip-crds=false", "--skip-secrets=false"];

/// Switches off what flate keeps of earlier results; its sources stay.
const UNCACHED: [&str; 2] = ["--helm-render-cache-mb=0", "--kustomize-render-cache-mb=0"];

/// The columns before the figures, and their widths.
fn row(repository: &str, name: &str, figures: &str) {
    println!("{repository:<26} {name:<34} {figures}");
}

struct Tool {
    name: &'static str,
    program: String,
    arguments: Vec<String>,
}

fn main() {
    let Some(repositories) = recorded("repos") else {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
        return;
    };
    let scratch = std::env::temp_dir().join(format!("weir-peers-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).ok();
    match Registries::serve(&scratch) {
        Some(registries) => {
            row("repository", "run", "   cpu s   wall s  peak MiB   KiB out   ratio");
            for (repository, entry) in REPOSITORIES {
                let root = scratch.join(repository);
                match checkout(&repositories.join(repository).join("tree"), &root) {
                    Some(()) => compare(repository, entry, &root, &scratch, &registries),
                    None => row(repository, "", "skipped: git could not make a repository of it"),
                }
            }
        }
        None => println!("skipped: python3 with openssl could not stand in for the registries"),
    }
    std::fs::remove_dir_all(&scratch).ok();
}

fn compare(repository: &str, entry: &str, root: &Path, scratch: &Path, registries: &Registries) {
    measure(repository, &builds(root, entry, scratch), registries);
    match change_one_file(root) {
        Some(_) => measure(repository, &diffs(root, entry, scratch), registries),
        None => row(repository, "one file changed", "skipped: no file with a tag"),
    }
}

fn measure(repository: &str, tools: &[Tool], registries: &Registries) {
    let mut runs: Vec<Vec<Run>> = tools.iter().map(|_| Vec::new()).collect();
    for turn in 0..=TURNS {
        for (tool, runs) in tools.iter().zip(&mut runs) {
            let run = run(&tool.program, &tool.arguments, &registries.environment());
            if turn > 0 || run.is_none() {
                runs.extend(run);
            }
        }
    }
    let mut first = None;
    for (tool, runs) in tools.iter().zip(runs) {
        let figures = match median(runs) {
            None => "not installed".to_owned(),
            Some(run) if run.output == 0 => "rendered nothing: not compared".to_owned(),
            Some(run) => {
                let base = *first.get_or_insert(run.cpu.as_secs_f64());
                format!(
                    "{:>8.2} {:>8.2} {:>9} {:>9.1} {:>7.1}",
                    run.cpu.as_secs_f64(),
                    run.wall.as_secs_f64(),
                    run.peak / 1024,
                    run.output as f64 / 1024.0,
                    run.cpu.as_secs_f64() / base,
                )
            }
        };
        row(repository, tool.name, &figures);
    }
}

fn builds(root: &Path, entry: &str, scratch: &Path) -> Vec<Tool> {
    let path = format!("--path={}", root.join(entry).display());
    let cache = cache_dir(scratch);
    vec![
        weir("weir build, no memo", ["build", "--no-memo"], root, entry, scratch),
        weir("weir build", ["build"], root, entry, scratch),
        flate("flate build all, no render cache", ["build", "all", &path, &cache], &UNCACHED),
        flate("flate build all, all caches", ["build", "all", &path, &cache], &[]),
        Tool {
            name: "flux-local build ks",
            program: named("FLUX_LOCAL", "flux-local"),
            arguments: ["build", "ks", "-A", &path].map(str::to_owned).into(),
        },
    ]
}

fn diffs(root: &Path, entry: &str, scratch: &Path) -> Vec<Tool> {
    let path = format!("--path={}", root.join(entry).display());
    let cache = cache_dir(scratch);
    vec![
        weir("one file: weir diff", ["diff", "--from=HEAD"], root, entry, scratch),
        flate("one file: flate diff all", ["diff", "all", "--base=HEAD", &path, &cache], &[]),
    ]
}

fn weir<const N: usize>(
    name: &'static str,
    verb: [&str; N],
    root: &Path,
    entry: &str,
    scratch: &Path,
) -> Tool {
    let mut arguments = verb.map(str::to_owned).to_vec();
    arguments.push(format!("--path={entry}"));
    arguments.push(format!("--cache-dir={}", scratch.join("weir").display()));
    arguments.push(root.display().to_string());
    Tool { name, program: named("WEIR", "target/release/weir"), arguments }
}

fn flate<const N: usize>(name: &'static str, verb: [&str; N], more: &[&str]) -> Tool {
    let arguments = verb.iter().chain(&ALL).chain(more).map(|&word| word.to_owned()).collect();
    Tool { name, program: named("FLATE", "flate"), arguments }
}

fn cache_dir(scratch: &Path) -> String {
    format!("--cache-dir={}", scratch.join("flate").display())
}

/// Copies a tree into a Git repository with one commit.
fn checkout(tree: &Path, root: &Path) -> Option<()> {
    copy(tree, root)?;
    git(root, &["init", "-q"])?;
    git(root, &["add", "-A"])?;
    git(root, &["commit", "-q", "-m", "all of it"])
}

/// Changes an image's tag in the first release that has one, by name.
fn change_one_file(root: &Path) -> Option<PathBuf> {
    let mut folders = vec![root.to_owned()];
    let mut found: Option<(PathBuf, String)> = None;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).ok()?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.extend((!path.ends_with(".git")).then_some(path));
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let fits = text.contains("kind: HelmRelease\n") && text.contains("  tag: ");
            if fits && found.as_ref().is_none_or(|(first, _)| path < *first) {
                found = Some((path, text));
            }
        }
    }
    let (path, text) = found?;
    std::fs::write(&path, text.replacen("  tag: ", "  tag: changed-", 1)).ok()?;
    Some(path)
}
