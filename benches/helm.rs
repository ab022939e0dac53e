//! How much less does a chart cost than with helm: as a process, as a library, and as an umbrella grows?
//!
//! Renders the ten largest charts of `../shared/conformance/charts` (or `WEIR_CONFORMANCE`) with weir (`WEIR`) and each helm
//! that is named by `HELM3` and `HELM4`, in turns, and prints medians of CPU seconds and peak memory. Then one chart is
//! rendered 1,000 times with other values, and an umbrella of `tpl`-heavy charts with ever more of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use weir_benches::{Run, median, run};
use weir_helm::{Chart, Facts, HelmVersion, Release, TextOptions, render, values};
use weir_model::{Blob, TreeBuilder, TreePath};

/// How often each program runs.
const TURNS: usize = 5;
/// How many charts are compared.
const CHARTS: usize = 10;
/// How many releases of one chart are rendered.
const RELEASES: usize = 1_000;

fn main() {
    match conformance() {
        Some(folder) => processes(&largest(&folder.join("charts/tgz"))),
        None => {
            println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none")
        }
    }
    let chart = umbrella(1);
    let start = Instant::now();
    let bytes: usize = (0..RELEASES).map(|size| rendered(&chart, size)).sum();
    let each = start.elapsed() / u32::try_from(RELEASES).unwrap_or(1);
    println!("\none chart {RELEASES} times: {each:?} each, {} KiB in all", bytes / 1024);
    println!("\n{:>9} {:>10} {:>12}", "subcharts", "ms", "ms per chart");
    for count in [15, 30, 60, 120, 240] {
        let chart = umbrella(count);
        let start = Instant::now();
        rendered(&chart, 1);
        let ms = start.elapsed().as_secs_f64() * 1e3;
        println!("{count:>9} {ms:>10.1} {:>12.3}", ms / count as f64);
    }
}

/// Renders the charts with each program in turn.
fn processes(charts: &[PathBuf]) {
    let program = |variable: &str, default: &str| std::env::var(variable).unwrap_or(default.into());
    let weir = program("WEIR", "target/release/weir");
    let programs = [
        ("weir", weir.clone(), vec!["helm", "template"]),
        ("helm 3", program("HELM3", "helm3"), vec!["template"]),
        ("weir", weir, vec!["helm", "--helm4", "template"]),
        ("helm 4", program("HELM4", "helm"), vec!["template"]),
    ];
    println!(
        "{:<40} {:<8} {:>8} {:>9} {:>8} {:>7} {:>7}",
        "chart", "program", "cpu ms", "peak MiB", "KiB out", "cpu x", "mem x"
    );
    for chart in charts {
        let name = chart.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
        for _ in 0..TURNS {
            for ((_, program, arguments), runs) in programs.iter().zip(&mut runs) {
                let mut arguments: Vec<String> =
                    arguments.iter().map(|text| (*text).to_owned()).collect();
                arguments.extend(["r".to_owned(), chart.to_string_lossy().into_owned()]);
                arguments.extend(["--kube-version".to_owned(), "1.33.0".to_owned()]);
                runs.extend(run(program, &arguments, &[]));
            }
        }
        let mut ours: Option<Run> = None;
        for ((program, ..), runs) in programs.iter().zip(runs) {
            let Some(run) = median(runs).filter(|run| run.output > 0) else {
                println!("{name:<40} {program:<8} not installed, or nothing rendered");
                continue;
            };
            let base = *ours.get_or_insert(run);
            println!(
                "{name:<40} {program:<8} {:>8.1} {:>9.1} {:>8} {:>7.1} {:>7.1}",
                run.cpu.as_secs_f64() * 1e3,
                run.peak as f64 / 1024.0,
                run.output / 1024,
                run.cpu.as_secs_f64() / base.cpu.as_secs_f64(),
                run.peak as f64 / base.peak as f64,
            );
            ours = if *program == "weir" { Some(run) } else { None };
        }
    }
}

/// Returns the largest archives.
fn largest(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<(u64, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.len(), entry.path())))
        .collect();
    all.sort();
    all.into_iter().rev().take(CHARTS).map(|(_, path)| path).collect()
}

fn conformance() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.join("charts/tgz").is_dir())
}

/// Makes a chart with so many charts below it, each with a library's worth of `tpl` and `include`.
fn umbrella(count: usize) -> Chart {
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
    Chart::load(&tree.finish()).value.expect("the chart is one")
}

/// Renders a chart with values of this size; returns how much text it gave.
fn rendered(chart: &Chart, size: usize) -> usize {
    let given = format!("part0: {{replicas: {size}}}");
    let given = values::read(given.as_bytes(), "values.yaml", HelmVersion::V4).unwrap_or_default();
    let release = Release::new("r", "default");
    let rendered = render(chart, &given, &release, &Facts::default());
    rendered.value.map_or(0, |rendered| rendered.text(TextOptions::default()).len())
}
