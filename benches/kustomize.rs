//! How much less does `weir kustomize build` take than kustomize, and does it stay linear?
//!
//! Runs both (named by `WEIR` and `KUSTOMIZE`, else found in `target/release` and on the path) in turns: on the whole
//! conformance set, a process for each case, and on generated overlays of growing size. Prints CPU seconds and the most
//! memory of one process, and last by how much ten times the resources cost more. The largest overlay would take kustomize
//! hours, and is weir's alone. What both print is compared by its length.

use std::fs;
use std::time::Duration;

use weir_benches::repository::recorded;
use weir_benches::{Run, median, named, overlay, run};

/// The sizes of the overlays, and whether kustomize builds them too.
const SIZES: &[(usize, bool)] = &[(300, true), (1_000, true), (3_000, true), (30_000, false)];

/// How often each overlay is built.
const TURNS: usize = 3;

fn main() {
    let weir = named("WEIR", "target/release/weir");
    let kustomize = named("KUSTOMIZE", "kustomize");
    println!(
        "{:<24} {:>10} {:>10} {:>7} {:>10} {:>10} {:>7}",
        "tree", "weir s", "kust. s", "ratio", "weir MiB", "kust. MiB", "ratio"
    );
    match conformance() {
        Some(cases) => {
            let own = total(&cases, &weir, &["kustomize", "build"]);
            let other = total(&cases, &kustomize, &["build"]);
            print(&format!("{} cases", cases.len()), own, other);
        }
        None => println!("the conformance set is not there"),
    }
    let mut costs: Vec<(usize, f64)> = Vec::new();
    for (size, with_kustomize) in SIZES {
        let folder = std::env::temp_dir().join(format!("weir-bench-{}", std::process::id()));
        if let Err(error) = overlay::write(&folder, *size) {
            println!("could not write an overlay: {error}");
            break;
        }
        let path = folder.join("overlay").to_string_lossy().into_owned();
        let of = |program: &str, words: &[&str], turns: usize| {
            let runs = (0..turns).filter_map(|_| run(program, &arguments(words, &path, &[]), &[]));
            median(runs.collect())
        };
        let own = of(&weir, &["kustomize", "build"], TURNS);
        let turns = if *size >= 1_000 { 1 } else { TURNS };
        let other = if *with_kustomize { of(&kustomize, &["build"], turns) } else { None };
        print(&format!("{size} resources"), own, other);
        if let Some(own) = own {
            costs.push((*size, own.cpu.as_secs_f64()));
        }
        fs::remove_dir_all(&folder).ok();
    }
    for (size, cost) in &costs {
        if let Some((_, more)) = costs.iter().find(|(other, _)| *other == size * 10) {
            println!("{size} to {} resources: {:.1} times the time", size * 10, more / cost);
        }
    }
}

fn arguments(words: &[&str], path: &str, flags: &[String]) -> Vec<String> {
    let words = words.iter().map(|word| (*word).to_owned());
    words.chain(flags.iter().cloned()).chain([path.to_owned()]).collect()
}

fn print(tree: &str, own: Option<Run>, other: Option<Run>) {
    let seconds = |run: Run| run.cpu.as_secs_f64();
    let memory = |run: Run| run.peak as f64 / 1024.0;
    let shown = |run: Option<Run>, of: &dyn Fn(Run) -> f64| {
        run.map_or_else(|| "-".to_owned(), |run| format!("{:.2}", of(run)))
    };
    let ratio = |of: &dyn Fn(Run) -> f64| match (own, other) {
        (Some(own), Some(other)) => format!("{:.1}", of(other) / of(own)),
        _ => "-".to_owned(),
    };
    println!(
        "{tree:<24} {:>10} {:>10} {:>7} {:>10} {:>10} {:>7}",
        shown(own, &seconds),
        shown(other, &seconds),
        ratio(&seconds),
        shown(own, &memory),
        shown(other, &memory),
        ratio(&memory),
    );
    if let (Some(own), Some(other)) = (own, other)
        && own.output != other.output
    {
        println!("  weir printed {} bytes, kustomize {}", own.output, other.output);
    }
}

/// A case: the folder to build and the flags.
struct Case {
    path: String,
    flags: Vec<String>,
}

/// Reads the cases of the set, without those that start helm.
fn conformance() -> Option<Vec<Case>> {
    let folder = recorded("kustomize/cases")?;
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let text = fs::read_to_string(entry.path().join("args")).ok()?;
        let mut lines = text.lines();
        let path = entry.path().join("input").join(lines.next()?).to_string_lossy().into_owned();
        let flags: Vec<String> = lines.flat_map(str::split_whitespace).map(str::to_owned).collect();
        if !flags.iter().any(|flag| flag == "--enable-helm") {
            cases.push(Case { path, flags });
        }
    }
    Some(cases)
}

/// Builds all cases, a process each: the time of all, and the most memory of any.
fn total(cases: &[Case], program: &str, words: &[&str]) -> Option<Run> {
    let none = Run { wall: Duration::ZERO, cpu: Duration::ZERO, peak: 0, output: 0 };
    cases.iter().try_fold(none, |sum, case| {
        let one = run(program, &arguments(words, &case.path, &case.flags), &[])?;
        Some(Run {
            wall: sum.wall + one.wall,
            cpu: sum.cpu + one.cpu,
            peak: sum.peak.max(one.peak),
            output: sum.output + one.output,
        })
    })
}
