//! How long does a whole repository take, and a one-file change, beside flate and flux-local?
//!
//! Reads the repositories of `../shared/conformance` (or `WEIR_CONFORMANCE`), serves their charts on loopback, and runs
//! each tool that is installed, in turns, so that all see the same machine. Prints medians of CPU seconds, wall seconds
//! peak memory and what was printed, and the ratio to weir. A tool that prints nothing is not compared.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use weir_benches::{Run, median, run};

/// A repository with the folder that Flux syncs from.
const REPOSITORIES: &[(&str, &str)] = &[
    ("budimanjojo-home-cluster", "cluster/base"),
    ("onedr0p-home-ops", "kubernetes/flux/cluster"),
    ("bjw-s-labs-home-ops", "kubernetes/flux/cluster"),
];

/// How often each tool runs.
const TURNS: usize = 3;

struct Tool {
    name: &'static str,
    program: String,
    arguments: Vec<String>,
}

fn main() {
    let Some(conformance) = conformance() else {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
        return;
    };
    let Some((mut server, charts)) = serve_charts(&conformance) else {
        println!("skipped: python3 could not serve the charts");
        return;
    };
    let weir = std::env::var("WEIR").unwrap_or_else(|_| "target/release/weir".to_owned());
    println!(
        "{:<28} {:<22} {:>8} {:>8} {:>9} {:>9} {:>7}",
        "repository", "run", "cpu s", "wall s", "peak MiB", "KiB out", "ratio"
    );
    for (repository, entry) in REPOSITORIES {
        let tree = conformance.join("repos").join(repository).join("tree");
        let tools = tools(&weir, &tree, entry, &charts);
        let mut runs: Vec<Vec<Run>> = tools.iter().map(|_| Vec::new()).collect();
        for _ in 0..TURNS {
            for (tool, runs) in tools.iter().zip(&mut runs) {
                runs.extend(run(&tool.program, &tool.arguments));
            }
        }
        let mut first = None;
        for (tool, runs) in tools.iter().zip(runs) {
            let Some(run) = median(runs) else {
                println!("{repository:<28} {:<22} not installed", tool.name);
                continue;
            };
            if run.output == 0 {
                println!("{repository:<28} {:<22} rendered nothing: not compared", tool.name);
                continue;
            }
            let base = *first.get_or_insert(run.cpu.as_secs_f64());
            println!(
                "{repository:<28} {:<22} {:>8.2} {:>8.2} {:>9} {:>9} {:>7.1}",
                tool.name,
                run.cpu.as_secs_f64(),
                run.wall.as_secs_f64(),
                run.peak / 1024,
                run.output / 1024,
                run.cpu.as_secs_f64() / base,
            );
        }
    }
    server.kill().ok();
    server.wait().ok();
}

fn tools(weir: &str, tree: &Path, entry: &str, charts: &str) -> Vec<Tool> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mirrors =
        [format!("--mirror=oci://={charts}/"), format!("--mirror=https://={charts}/helm/")];
    let mut build = vec!["build".to_owned(), text(tree), format!("--path={entry}")];
    build.extend(mirrors);
    let flate = std::env::var("FLATE").unwrap_or_else(|_| "flate".to_owned());
    let flux_local = std::env::var("FLUX_LOCAL").unwrap_or_else(|_| "flux-local".to_owned());
    vec![
        Tool { name: "weir build", program: weir.to_owned(), arguments: build },
        Tool {
            name: "flate build all",
            program: flate,
            arguments: vec![
                "build".to_owned(),
                "all".to_owned(),
                format!("--path={}", text(&tree.join(entry))),
            ],
        },
        Tool {
            name: "flux-local build ks",
            program: flux_local,
            arguments: vec![
                "build".to_owned(),
                "ks".to_owned(),
                "-A".to_owned(),
                format!("--path={}", text(&tree.join(entry))),
            ],
        },
    ]
}

fn conformance() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.join("repos").is_dir())
}

/// Starts the chart server and returns it with its address.
fn serve_charts(conformance: &Path) -> Option<(Child, String)> {
    let mut server = Command::new("python3")
        .arg(conformance.join("charts/serve.py"))
        .args(["--port", "0", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut address = String::new();
    BufReader::new(server.stdout.take()?).read_line(&mut address).ok()?;
    Some((server, address.trim().trim_end_matches('/').to_owned()))
}
