//! What does it cost to apply 1,000 objects, and to find out that nothing is to be done, beside `kubectl apply --server-side`?
//!
//! Both (`WEIR`, `KUBECTL`, else `target/release/weir` and the one on the path) apply the same ConfigMaps and Deployments to
//! the same API server, each to a namespace of its own, thrice: all is new, nothing has changed, one in a hundred has. The
//! server is `APIBOX` (what `tests/apibox/build.sh` prints), whose log of requests tells how many each has sent. Prints
//! requests, seconds, CPU seconds and the most memory.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use weir_benches::{named, run};

/// How many objects are applied.
const OBJECTS: usize = 1_000;

/// What is written to the log of requests.
const POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n";

fn main() {
    let folder = std::env::temp_dir().join(format!("weir-bench-{}", std::process::id()));
    if let Err(why) = compare(&folder) {
        println!("nothing is compared: {why}");
    }
    fs::remove_dir_all(&folder).ok();
}

fn compare(folder: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    fs::create_dir_all(folder).map_err(told)?;
    let audit = folder.join("audit.jsonl");
    let (mut server, kubeconfig) = start(folder, &audit)?;
    let environment =
        [("KUBECONFIG", kubeconfig), ("XDG_CACHE_HOME", folder.display().to_string())];
    let (weir, kubectl) = (named("WEIR", "target/release/weir"), named("KUBECTL", "kubectl"));
    let definitions =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cluster/definitions.yaml");
    let own = write(folder, "by-weir", 0).map_err(told)?;
    let other = write(folder, "by-kubectl", 0).map_err(told)?;
    for words in [
        format!("apply --server-side -f {}", definitions.display()),
        "wait --for=condition=Established crd --all".to_owned(),
        "create namespace by-weir".to_owned(),
        "create namespace by-kubectl".to_owned(),
    ] {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        run(&kubectl, &words, &environment).ok_or("there is no kubectl")?;
    }
    let arguments = |words: &str| -> Vec<String> { words.split(' ').map(str::to_owned).collect() };
    let by_weir = arguments(&format!(
        "apply {own} --path entry --yes --source GitRepository/by-weir/src={own}"
    ));
    let by_kubectl = arguments(&format!("apply --server-side -f {other}/app/all.yaml"));
    println!(
        "{:<22} {:<8} {:>9} {:>8} {:>8} {:>8}",
        "1,000 objects", "by", "requests", "s", "CPU s", "MiB"
    );
    for (what, changed) in [("all new", 0), ("nothing changed", 0), ("ten changed", OBJECTS / 100)]
    {
        for (name, program, words) in
            [("weir", &weir, &by_weir), ("kubectl", &kubectl, &by_kubectl)]
        {
            write(folder, &format!("by-{name}"), changed).map_err(told)?;
            let before = count(&audit, name);
            let Some(used) = run(program, words, &environment) else {
                println!("{what:<22} {name:<8} could not be started");
                continue;
            };
            let (wall, cpu) = (used.wall.as_secs_f64(), used.cpu.as_secs_f64());
            let (requests, peak) = (count(&audit, name) - before, used.peak as f64 / 1024.0);
            println!("{what:<22} {name:<8} {requests:>9} {wall:>8.2} {cpu:>8.2} {peak:>8.1}");
        }
    }
    drop(server.stdin.take());
    server.wait().map(|_| ()).map_err(told)
}

/// Starts the API server; returns it with its kubeconfig.
fn start(folder: &Path, audit: &Path) -> Result<(Child, String), String> {
    let policy = folder.join("policy.yaml");
    fs::write(&policy, POLICY).map_err(|error| error.to_string())?;
    let apibox = std::env::var("APIBOX").map_err(|_| "`APIBOX` names no API server")?;
    let mut server = Command::new(&apibox)
        .args(["up", "--until-stdin-eof", "--apiserver-arg"])
        .arg(format!("--audit-policy-file={}", policy.display()))
        .arg("--apiserver-arg")
        .arg(format!("--audit-log-path={}", audit.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{apibox}` does not start: {error}"))?;
    let mut line = String::new();
    if let Some(output) = server.stdout.take() {
        BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    }
    let kubeconfig = line.split("\"kubeconfig\":\"").nth(1).and_then(|rest| rest.split('"').next());
    Ok((server, kubeconfig.ok_or("the API server did not come up")?.to_owned()))
}

/// Counts the requests of a program.
fn count(audit: &Path, name: &str) -> usize {
    // The log is written after the answer.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let agent = format!("\"userAgent\":\"{name}/");
    let text = fs::read_to_string(audit).unwrap_or_default();
    text.lines().filter(|line| line.contains(&agent)).count()
}

/// Writes the objects of a namespace, some of them changed, and returns their repository.
fn write(folder: &Path, namespace: &str, changed: usize) -> std::io::Result<String> {
    let root = folder.join(namespace);
    fs::create_dir_all(root.join("app"))?;
    fs::create_dir_all(root.join("entry"))?;
    let mut text = String::new();
    for number in 0..OBJECTS {
        let round = usize::from(number < changed);
        let _ = if number % 10 == 9 {
            writeln!(
                text,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{number}, namespace: {namespace}, labels: {{round: r{round}}}}}\nspec:\n  replicas: 0\n  selector: {{matchLabels: {{app: d{number}}}}}\n  template:\n    metadata: {{labels: {{app: d{number}}}}}\n    spec: {{containers: [{{name: c, image: 'registry.test/c:1', ports: [{{containerPort: 80}}]}}]}}"
            )
        } else {
            writeln!(
                text,
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}, namespace: {namespace}}}\ndata: {{number: \"{number}\", round: \"{round}\"}}"
            )
        };
    }
    fs::write(root.join("app/all.yaml"), text)?;
    fs::write(
        root.join("entry/app.yaml"),
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: app, namespace: {namespace}}}\nspec: {{interval: 1h, prune: true, path: ./app, sourceRef: {{kind: GitRepository, name: src}}}}\n"
        ),
    )?;
    Ok(root.display().to_string())
}
