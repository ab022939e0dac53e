//! How long does a monorepo of N Kustomizations and N HelmReleases take, cold, warm and after a change of one file, and does
//! the cost grow with its size alone?
//!
//! Makes the repository itself (see `repository`), so that it needs neither network nor other files. Runs `weir` as whole
//! processes, in turns with sizes of a tenth and, with `WEIR_BENCH_UNITS`, of any number. Prints wall and CPU seconds, peak
//! memory and units per CPU second; a linear engine shows the same units per second for every size.
//!
//! `WEIR` names the binary, `target/release/weir` when it is not set.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use weir_benches::{Run, median, named, run};

/// How many of each kind there are when nobody says.
const UNITS: usize = 1_000;

/// How often each command runs.
const TURNS: usize = 3;

/// How many charts the releases share.
const CHARTS: usize = 10;

fn main() -> io::Result<()> {
    let weir = named("WEIR", "target/release/weir");
    let asked = std::env::var("WEIR_BENCH_UNITS").ok();
    let largest = asked.and_then(|text| text.parse().ok()).unwrap_or(UNITS);
    println!(
        "{:>8} {:<20} {:>8} {:>8} {:>9} {:>12}",
        "units", "run", "wall s", "cpu s", "peak MiB", "units/cpu s"
    );
    for count in [largest / 10, largest] {
        let place = std::env::temp_dir().join(format!("weir-monorepo-{}", std::process::id()));
        let outcome = measure(&weir, &place, count);
        fs::remove_dir_all(&place)?;
        outcome?;
    }
    Ok(())
}

fn measure(weir: &str, place: &Path, count: usize) -> io::Result<()> {
    let (tree, cache) = (place.join("tree"), place.join("cache"));
    repository(&tree, count)?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = [
        "plan".to_owned(),
        text(&tree),
        "--path=clusters/prod".to_owned(),
        "--offline".to_owned(),
        format!("--cache-dir={}", text(&cache)),
    ];
    // What is broken is quickly made: every unit must be ready before anything is measured.
    let checked = Command::new(weir).args(&arguments).output()?;
    if !checked.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&checked.stderr).into_owned()));
    }
    let mut cold = Vec::new();
    for _ in 0..TURNS {
        if cache.exists() {
            fs::remove_dir_all(&cache)?;
        }
        cold.extend(run(weir, &arguments, &[]));
    }
    let warm = (0..TURNS).filter_map(|_| run(weir, &arguments, &[])).collect();
    let mut changed = Vec::new();
    for turn in 0..TURNS {
        fs::write(tree.join("apps/app-00000/web.yaml"), deployment(0, turn + 2))?;
        changed.extend(run(weir, &arguments, &[]));
    }
    report(2 * count + 1, "cold", cold);
    report(2 * count + 1, "warm", warm);
    report(2 * count + 1, "one file changed", changed);
    Ok(())
}

fn report(units: usize, name: &str, runs: Vec<Run>) {
    let Some(run) = median(runs) else {
        println!("{units:>8} {name:<20} could not be run: name the binary with `WEIR`");
        return;
    };
    let cpu = run.cpu.as_secs_f64();
    println!(
        "{units:>8} {name:<20} {:>8.2} {cpu:>8.2} {:>9} {:>12.0}",
        run.wall.as_secs_f64(),
        run.peak / 1024,
        units as f64 / cpu,
    );
}

/// Makes a repository: each Kustomization builds an overlay over a shared base, with variables from one ConfigMap; each
/// HelmRelease renders one of a few charts of the repository, with values of its own.
fn repository(tree: &Path, count: usize) -> io::Result<()> {
    fs::create_dir_all(tree.join("clusters/prod"))?;
    write(
        tree,
        "clusters/prod/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\n\
         data: {DOMAIN: example.org}\n",
    )?;
    write(tree, "base/kustomization.yaml", "resources: [service.yaml]\n")?;
    write(
        tree,
        "base/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n\
         spec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    )?;
    for chart in 0..CHARTS.min(count) {
        let folder = format!("charts/chart-{chart}");
        write(
            tree,
            &format!("{folder}/Chart.yaml"),
            &format!("apiVersion: v2\nname: chart-{chart}\nversion: 1.0.0\n"),
        )?;
        write(tree, &format!("{folder}/values.yaml"), VALUES)?;
        write(tree, &format!("{folder}/templates/_helpers.tpl"), HELPERS)?;
        write(tree, &format!("{folder}/templates/deployment.yaml"), CHART_DEPLOYMENT)?;
        write(tree, &format!("{folder}/templates/service.yaml"), CHART_SERVICE)?;
    }
    for number in 0..count {
        let name = format!("app-{number:05}");
        write(tree, &format!("clusters/prod/{name}.yaml"), &kustomization(&name))?;
        write(
            tree,
            &format!("apps/{name}/kustomization.yaml"),
            &format!(
                "namespace: {name}\nnamePrefix: {name}-\nresources: [../../base, web.yaml, release.yaml]\n\
                 configMapGenerator: [{{name: files, files: [settings.json]}}]\n"
            ),
        )?;
        write(tree, &format!("apps/{name}/settings.json"), &format!("{{\"number\": {number}}}\n"))?;
        write(tree, &format!("apps/{name}/web.yaml"), &deployment(number, 1))?;
        write(tree, &format!("apps/{name}/release.yaml"), &release(number))?;
    }
    Ok(())
}

fn write(tree: &Path, path: &str, text: &str) -> io::Result<()> {
    let path: PathBuf = tree.join(path);
    fs::create_dir_all(path.parent().unwrap_or(tree))?;
    fs::write(path, text)
}

fn kustomization(name: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
         metadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  interval: 10m\n  path: ./apps/{name}\n  prune: true\n\
         \x20 sourceRef: {{kind: GitRepository, name: flux-system}}\n\
         \x20 postBuild:\n    substitute: {{APP: {name}}}\n\
         \x20   substituteFrom: [{{kind: ConfigMap, name: settings}}]\n"
    )
}

fn deployment(number: usize, replicas: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n\
         \x20 selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n\
         \x20   spec:\n      containers:\n        - name: web\n          image: registry.example/web:{number}\n\
         \x20         env: [{{name: HOST, value: \"${{APP}}.${{DOMAIN}}\"}}]\n"
    )
}

fn release(number: usize) -> String {
    let chart = number % CHARTS;
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: release}}\nspec:\n\
         \x20 interval: 10m\n  chart:\n    spec:\n      chart: ./charts/chart-{chart}\n\
         \x20     sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}\n\
         \x20 values:\n    image: {{tag: \"{number}\"}}\n    replicas: {}\n",
        number % 5 + 1
    )
}

const VALUES: &str = "\
replicas: 1
image: {repository: registry.example/web, tag: latest}
domain: example.com
resources: {limits: {memory: 128Mi}, requests: {cpu: 10m}}
service: {port: 80}
";

const HELPERS: &str = r#"
{{- define "name" -}}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{- end }}
{{- define "labels" }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}
"#;

const CHART_DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ include "name" . | quote }}}
  template:
    metadata:
      labels: {app: {{ include "name" . | quote }}}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
            {{- range $i := until 5 }}
            - {name: HOST_{{ $i }}, value: {{ printf "%d.%s" $i $.Values.domain | quote }}}
            {{- end }}
          resources: {{- toYaml .Values.resources | nindent 12 }}
"#;

const CHART_SERVICE: &str = r#"apiVersion: v1
kind: Service
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  selector: {app: {{ include "name" . | quote }}}
  ports: [{port: {{ .Values.service.port }}}]
"#;
