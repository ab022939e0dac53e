//! How much less does a chart cost than with helm: as a process, as a library, and as an umbrella grows?
//!
//! Renders the ten largest charts of `../shared/conformance/helm/charts` (or `WEIR_CONFORMANCE`) with weir (`WEIR`) and both
//! helms (`HELM3`, `HELM4`) in turns, and prints medians of CPU time and peak memory. Then one chart is rendered 1,000
//! times with other values, which helm needs 1,000 processes for, and an umbrella of `tpl`-heavy charts grows.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use weir_benches::repository::recorded;
use weir_benches::{Run, median, named, run};
use weir_helm::{Chart, Facts, HelmVersion, Release, TextOptions, render_text, values};
use weir_model::{Blob, Tree, TreeBuilder, TreePath};

/// How often each program runs.
const TURNS: usize = 7;
/// How many charts are compared.
const CHARTS: usize = 10;
/// How many releases of one chart are rendered.
const RELEASES: usize = 1_000;
/// How many of helm's processes for them are run; the rest are reckoned.
const PROCESSES: usize = 20;
/// The chart that is rendered often.
const CHART: &str = "stefanprodan+podinfo/podinfo/chart";

fn main() -> ExitCode {
    // What is measured in this process runs in one of its own.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["releases", folder, count] => releases(Path::new(folder), number(count)),
        ["umbrella", count] => umbrella(number(count)),
        _ => compare(),
    }
    ExitCode::SUCCESS
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_default()
}

fn compare() {
    let Some(charts) = recorded("helm/charts") else {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
        return;
    };
    processes(&charts);
    library(&charts.join(CHART));
    growth();
}

/// The programs by their names, each with what begins its command line.
fn programs() -> [(&'static str, String, &'static [&'static str]); 4] {
    let weir = named("WEIR", "target/release/weir");
    [
        ("weir", weir.clone(), &["helm", "template", "r"]),
        ("helm 3", named("HELM3", "helm3"), &["template", "r"]),
        ("weir -4", weir, &["helm", "--helm4", "template", "r"]),
        ("helm 4", named("HELM4", "helm"), &["template", "r"]),
    ]
}

/// Renders the largest charts with each program in turn.
fn processes(charts: &Path) {
    println!(
        "{:<32} {:<8} {:>8} {:>9} {:>8} {:>6} {:>6}",
        "chart", "program", "cpu ms", "peak MiB", "KiB out", "cpu x", "mem x"
    );
    let programs = programs();
    for chart in largest(charts) {
        let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
        for _ in 0..TURNS {
            for ((_, program, start), runs) in programs.iter().zip(&mut runs) {
                let more = [chart.to_string_lossy().into_owned(), "--kube-version=1.33.0".into()];
                let start = start.iter().map(|text| (*text).to_owned());
                runs.extend(run(program, &start.chain(more).collect::<Vec<_>>(), &[]));
            }
        }
        let name = chart.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let mut ours: Option<Run> = None;
        for ((program, ..), runs) in programs.iter().zip(runs) {
            let Some(run) = median(runs).filter(|run| run.output > 0) else {
                println!("{name:<32} {program:<8} not installed, or nothing rendered");
                continue;
            };
            if program.starts_with("weir") {
                ours = Some(run);
            }
            let base = ours.unwrap_or(run);
            println!(
                "{name:<32} {program:<8} {:>8.1} {:>9.1} {:>8} {:>6.1} {:>6.1}",
                ms(run.cpu),
                run.peak as f64 / 1024.0,
                run.output / 1024,
                run.cpu.as_secs_f64() / base.cpu.as_secs_f64(),
                run.peak as f64 / base.peak as f64,
            );
        }
    }
}

/// Renders one chart often as a library, and with processes.
fn library(chart: &Path) {
    let chart = chart.to_string_lossy().into_owned();
    let started = this(&["releases", &chart, "0"]);
    let all = this(&["releases", &chart, &RELEASES.to_string()]);
    let cpu = all.cpu.saturating_sub(started.cpu);
    println!("\n{RELEASES} releases of podinfo");
    println!("{:<32} {:>10.0} cpu ms, {} MiB", "weir, as a library", ms(cpu), all.peak / 1024);
    for (name, program, start) in programs() {
        let mut total = Duration::ZERO;
        for turn in 0..PROCESSES {
            let mut arguments: Vec<String> = start.iter().map(|text| (*text).to_owned()).collect();
            arguments.extend([chart.clone(), format!("--set=replicaCount={turn}")]);
            total += run(&program, &arguments, &[]).map(|run| run.cpu).unwrap_or_default();
        }
        let total = total * u32::try_from(RELEASES / PROCESSES).unwrap_or_default();
        println!(
            "{:<32} {:>10.0} cpu ms, {:.0} x",
            format!("{name}, {RELEASES} processes"),
            ms(total),
            total.as_secs_f64() / cpu.as_secs_f64()
        );
    }
}

/// Renders umbrellas of more and more charts.
fn growth() {
    println!("\n{:>9} {:>10} {:>12}", "subcharts", "cpu ms", "ms per chart");
    let started = this(&["umbrella", "0"]).cpu;
    for count in [10, 30, 60, 120, 240] {
        let runs = (0..TURNS).map(|_| this(&["umbrella", &count.to_string()])).collect();
        let cpu = median(runs).map(|run| run.cpu.saturating_sub(started)).unwrap_or_default();
        println!("{count:>9} {:>10.1} {:>12.3}", ms(cpu), ms(cpu) / f64::from(count));
    }
}

/// Runs this program with other arguments.
fn this(arguments: &[&str]) -> Run {
    let program = std::env::current_exe().unwrap_or_default();
    let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
    run(&program.to_string_lossy(), &arguments, &[]).expect("this program can be run")
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Returns the folders of the largest charts.
fn largest(charts: &Path) -> Vec<PathBuf> {
    let below = |folder: PathBuf| files(&folder).into_iter().filter(|path| path.is_dir());
    let folders = files(charts).into_iter().flat_map(below).map(|folder| folder.join("chart"));
    let mut all: Vec<(u64, PathBuf)> = folders.map(|folder| (size(&folder), folder)).collect();
    all.sort();
    all.into_iter().rev().take(CHARTS).map(|(_, path)| path).collect()
}

fn size(path: &Path) -> u64 {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => files(path).iter().map(|path| size(path)).sum(),
    }
}

/// Returns what lies in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Renders so many releases of the chart in a folder, each with values of its own.
fn releases(folder: &Path, count: usize) {
    let mut tree = TreeBuilder::default();
    add(&mut tree, folder, folder);
    let chart = Chart::load(&tree.finish()).value.expect("the chart is one");
    for release in 0..count {
        rendered(&chart, &format!("replicaCount: {release}"));
    }
}

fn add(tree: &mut TreeBuilder, root: &Path, path: &Path) {
    for path in files(path) {
        if path.is_dir() {
            add(tree, root, &path);
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if let (Ok(name), Ok(bytes)) = (TreePath::parse(&name), std::fs::read(&path)) {
            tree.insert(name, Blob::new(bytes));
        }
    }
}

/// Renders a chart with these values; it must give something.
fn rendered(chart: &Chart, given: &str) {
    let given = values::read(given.as_bytes(), "values.yaml", HelmVersion::V4);
    let release = Release::new("r", "default");
    let rendered = render_text(chart, &given.unwrap_or_default(), &release, &Facts::default());
    let text = rendered.value.map(|rendered| rendered.text(TextOptions::default()));
    assert!(text.is_some(), "{:?}", rendered.diagnostics);
}

/// Renders an umbrella of so many charts.
fn umbrella(count: usize) {
    let chart = Chart::load(&umbrella_tree(count)).value.expect("the chart is one");
    rendered(&chart, "part0: {replicas: 2}");
}

/// Makes a chart with so many charts below it, each with a library's worth of `tpl` and `include`.
fn umbrella_tree(count: usize) -> Tree {
    const HELPERS: &str = "{{- define \"NAME.labels\" }}\napp: {{ tpl .Values.label . }}\nrelease: {{ .Release.Name }}\n{{- end }}\n{{- define \"NAME.env\" }}\n{{- range $key, $value := .Values.env }}\n- name: {{ $key }}\n  value: {{ tpl (toString $value) $ | quote }}\n{{- end }}\n{{- end }}\n";
    const TEMPLATE: &str = "{{- range $index := until 10 }}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ tpl $.Values.fullname $ }}-{{ $index }}\n  labels: {{- include \"NAME.labels\" $ | nindent 4 }}\nspec:\n  replicas: {{ $.Values.replicas }}\n  template:\n    spec:\n      containers:\n        - name: main\n          image: {{ tpl $.Values.image $ }}\n          env: {{- include \"NAME.env\" $ | nindent 12 }}\n          resources: {{- toYaml $.Values.resources | nindent 12 }}\n{{- end }}\n";
    const VALUES: &str = "fullname: \"{{ .Release.Name }}-{{ .Chart.Name }}\"\nlabel: \"{{ .Chart.Name }}\"\nimage: \"registry/{{ .Chart.Name }}:{{ .Chart.Version }}\"\nreplicas: 1\nenv: {A: \"{{ .Release.Namespace }}\", B: plain, C: \"{{ .Values.replicas }}\", D: 4}\nresources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m}}\n";
    let mut tree = TreeBuilder::default();
    let mut insert = |path: String, text: String| {
        if let Ok(path) = TreePath::parse(&path) {
            tree.insert(path, Blob::new(text.into_bytes()));
        }
    };
    let metadata = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    insert("Chart.yaml".to_owned(), metadata("umbrella"));
    for number in 0..count {
        let name = format!("part{number}");
        let folder = format!("charts/{name}");
        insert(format!("{folder}/Chart.yaml"), metadata(&name));
        insert(format!("{folder}/values.yaml"), VALUES.to_owned());
        insert(format!("{folder}/templates/_helpers.tpl"), HELPERS.replace("NAME", &name));
        insert(format!("{folder}/templates/all.yaml"), TEMPLATE.replace("NAME", &name));
    }
    tree.finish()
}
