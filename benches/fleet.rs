//! How long does a diff over 500 clusters take, and is it the union of 500 single diffs?
//!
//! Makes the clusters itself: they share a base of ten apps, each has settings of its own, every fifth an app of its own,
//! and every seventh pins one image. Prints wall and CPU seconds and peak memory of `weir diff --fleet`, cold and warm,
//! then runs `weir diff` for each cluster by itself and compares which objects change. Ends with an error when the two
//! differ.
//!
//! `WEIR` names the binary; `WEIR_BENCH_CLUSTERS` the number of clusters.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use weir_benches::{named, run};
use weir_model::{Source, Value};

/// How many clusters there are when nobody says.
const CLUSTERS: usize = 500;

/// How many apps the clusters share.
const APPS: usize = 10;

fn main() -> io::Result<()> {
    let clusters = std::env::var("WEIR_BENCH_CLUSTERS").ok().and_then(|text| text.parse().ok());
    let place = std::env::temp_dir().join(format!("weir-fleet-{}", std::process::id()));
    let outcome = measure(&place, clusters.unwrap_or(CLUSTERS));
    fs::remove_dir_all(&place)?;
    outcome
}

fn measure(place: &Path, clusters: usize) -> io::Result<()> {
    for (side, tag) in [("before", "1.0.0"), ("after", "1.1.0")] {
        repository(&place.join(side), clusters, tag)?;
    }
    let weir = named("WEIR", "target/release/weir");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = |more: &[&str]| -> Vec<String> {
        let sides = ["diff".to_owned(), text(&place.join("before")), text(&place.join("after"))];
        let cache = format!("--cache-dir={}", text(&place.join("cache")));
        let more = more.iter().map(|&word| word.to_owned());
        sides.into_iter().chain([cache, "--offline".to_owned()]).chain(more).collect()
    };
    let fleet = arguments(&["--fleet", "-ojson"]);
    for turn in ["cold", "warm"] {
        match run(&weir, &fleet, &[]) {
            Some(run) => println!(
                "{clusters} clusters, {turn}: {:.2} s, {:.2} CPU s, {} MiB, {} KiB out",
                run.wall.as_secs_f64(),
                run.cpu.as_secs_f64(),
                run.peak / 1024,
                run.output / 1024,
            ),
            None => {
                return Err(io::Error::other("weir could not be run: name the binary with `WEIR`"));
            }
        }
    }
    let read = |arguments: &[String]| -> io::Result<Value> {
        let output = Command::new(&weir).args(arguments).output()?;
        weir_yaml::read_value(&output.stdout, Source::default())
            .map_err(|error| io::Error::other(error.message))
    };
    let together = of_fleet(&read(&fleet)?);
    let mut alone = BTreeSet::new();
    for cluster in 0..clusters {
        let entry = format!("clusters/c{cluster:04}");
        let report = read(&arguments(&["-ojson", "--path", &entry]))?;
        alone.extend(
            of_one(&report).into_iter().map(|(unit, object)| (entry.clone(), unit, object)),
        );
    }
    println!("{} changes together, {} one by one", together.len(), alone.len());
    match together == alone {
        true if !alone.is_empty() => Ok(()),
        _ => Err(io::Error::other("the fleet is not the union of its clusters")),
    }
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_list).into_iter().flatten()
}

/// The cluster, unit and object of each change.
fn of_fleet(fleet: &Value) -> BTreeSet<(String, String, String)> {
    let mut all = BTreeSet::new();
    for change in list(fleet, "changes") {
        for cluster in list(change, "clusters").filter_map(Value::as_str) {
            all.insert((cluster.to_owned(), string(change, "unit"), string(change, "object")));
        }
    }
    all
}

fn of_one(report: &Value) -> Vec<(String, String)> {
    let name =
        |value: &Value| ["kind", "namespace", "name"].map(|key| string(value, key)).join("/");
    let of = |unit: &Value| {
        let id = name(unit);
        list(unit, "objects").map(|object| (id.clone(), name(object))).collect::<Vec<_>>()
    };
    list(report, "units").flat_map(of).collect()
}

fn repository(root: &Path, clusters: usize, tag: &str) -> io::Result<()> {
    let apps: Vec<String> = (0..APPS).map(|app| format!("app{app}.yaml")).collect();
    write(root, "base/kustomization.yaml", &format!("resources: [{}]\n", apps.join(", ")))?;
    for (app, file) in apps.iter().enumerate() {
        // One app in two gets a new image.
        let tag = if app % 2 == 0 { tag } else { "1.0.0" };
        write(root, &format!("base/{file}"), &deployment(&format!("app{app}"), tag))?;
    }
    for cluster in 0..clusters {
        let name = format!("c{cluster:04}");
        let kustomization = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps, namespace: flux-system}}\n\
             spec:\n  interval: 1h\n  path: ./apps/{name}\n  prune: true\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n  \
             postBuild: {{substitute: {{CLUSTER: {name}}}}}\n"
        );
        write(root, &format!("clusters/{name}/apps.yaml"), &kustomization)?;
        let mut overlay = format!(
            "resources: [../../base{}]\nreplicas: [{{name: app1, count: {}}}]\n",
            if cluster % 5 == 0 { ", own.yaml" } else { "" },
            cluster % 9 + 1,
        );
        if cluster % 7 == 0 {
            overlay.push_str("images: [{name: registry.example.org/app0, newTag: pinned}]\n");
        }
        write(root, &format!("apps/{name}/kustomization.yaml"), &overlay)?;
        if cluster % 5 == 0 {
            write(root, &format!("apps/{name}/own.yaml"), &deployment("own", tag))?;
        }
    }
    Ok(())
}

fn deployment(name: &str, tag: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: apps}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
         containers:\n      - name: main\n        image: registry.example.org/{name}:{tag}\n        \
         env: [{{name: CLUSTER, value: \"${{CLUSTER}}\"}}]\n"
    )
}

fn write(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(path, text)
}
