//! No output shows a secret: two hundred of them, in every place that a repository can bring one to, over every form of
//! output; and each that changes is reported, exactly once.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// How many secrets there are.
const COUNT: usize = 200;

/// A secret that looks like nothing else; one in four is a number.
fn canary(index: usize, side: &str) -> String {
    if index % 4 == 3 {
        return format!("{}{index:03}7770{}", 4 + side.len() % 5, 9_001 + index);
    }
    format!("cAn{index:03}/{side}+Xy7")
}

/// The forms in which a secret would be one all the same.
fn forms(secret: &str) -> Vec<String> {
    let encoded = STANDARD.encode(secret.as_bytes());
    let hash: String = Sha256::digest(secret).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes all");
        text
    });
    vec![
        secret.to_owned(),
        encoded.trim_end_matches('=').to_owned(),
        secret.replace('/', "%2F").replace('+', "%2B"),
        hash,
    ]
}

fn kustomization(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  interval: 1h\n  path: ./{name}\n  prune: true\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{rest}---\n"
    )
}

/// Makes a repository in which each secret takes one of ten ways into objects.
fn repository(root: &Path, side: &str) {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut write =
        |path: &str, text: &str| files.entry(path.to_owned()).or_default().push_str(text);
    let secret = |name: &str, entries: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: flux-system}}\n{entries}---\n"
        )
    };
    write("clusters/prod/all.yaml", &kustomization("secrets", ""));
    write(
        "clusters/prod/all.yaml",
        &kustomization(
            "apps",
            "  postBuild:\n    substituteFrom: [{kind: Secret, name: variables}]\n",
        ),
    );
    write("clusters/prod/all.yaml", &kustomization("copies", ""));
    let mut variables = String::from("stringData:\n");
    let mut values = String::new();
    let mut plain = String::from("stringData:\n");
    let mut encoded = String::from("data:\n");
    let mut copies = String::from("stringData:\n");
    let mut replacements = String::new();
    let mut copied = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copied, namespace: flux-system}\ndata:\n",
    );
    for index in 0..COUNT {
        let text = canary(index, side);
        let config = |name: &str, value: &str| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{index}, namespace: a}}\n{value}---\n"
            )
        };
        match index % 10 {
            0 => writeln!(plain, "  p{index}: '{text}'").expect("a text takes all"),
            1 => writeln!(encoded, "  e{index}: {}", STANDARD.encode(text.as_bytes()))
                .expect("a text takes all"),
            2..=4 => {
                writeln!(variables, "  V{index}: '{text}'").expect("a text takes all");
                let value = match index % 10 {
                    2 => format!("data:\n  url: https://user:${{V{index}}}@host/path\n"),
                    3 => format!("data:\n  number: ${{V{index}}}\n"),
                    _ => format!("data:\n  ${{V{index}}}: x\n"),
                };
                write("apps/config.yaml", &config("v", &value));
            }
            5 => {
                writeln!(copies, "  c{index}: '{text}'").expect("a text takes all");
                writeln!(copied, "  c{index}: ''").expect("a text takes all");
                write!(
                    replacements,
                    "- source: {{kind: Secret, name: copies, fieldPath: stringData.c{index}}}\n  targets: [{{select: {{kind: ConfigMap, name: copied}}, fieldPaths: [data.c{index}]}}]\n"
                )
                .expect("a text takes all");
            }
            way => {
                let value = if index % 4 == 3 { text.clone() } else { format!("'{text}'") };
                writeln!(values, "    h{index}: {value}").expect("a text takes all");
                let body = match way {
                    6 => format!("{{{{ .Values.h{index} | quote }}}}"),
                    7 => format!("{{{{ .Values.h{index} | toString | b64enc | quote }}}}"),
                    8 => format!("{{{{ .Values.h{index} | toString | sha256sum | quote }}}}"),
                    _ => format!("{{{{ .Values.h{index} | toString | urlquery | quote }}}}"),
                };
                write("chart/templates/all.yaml", &config("h", &format!("data:\n  k: {body}\n")));
            }
        }
    }
    write("secrets/all.yaml", &secret("plain", &plain));
    write("secrets/all.yaml", &secret("encoded", &encoded));
    write("secrets/all.yaml", &secret("variables", &variables));
    write(
        "secrets/all.yaml",
        &secret("values", &format!("stringData:\n  values.yaml: |\n{values}")),
    );
    write("copies/all.yaml", &(secret("copies", &copies) + &copied));
    write(
        "copies/kustomization.yaml",
        &format!("resources: [all.yaml]\nreplacements:\n{replacements}"),
    );
    write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
    let release = |name: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: flux-system}}\n\
             spec:\n  interval: 1h\n  chart: {{spec: {{chart: ./{name}, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}\n  \
             valuesFrom: [{{kind: Secret, name: values}}]\n---\n"
        )
    };
    write("secrets/release.yaml", &(release("chart") + &release("broken")));
    write("broken/Chart.yaml", "apiVersion: v2\nname: broken\nversion: 1.0.0\n");
    write(
        "broken/templates/x.yaml",
        "{{ fail (printf \"got %s and %s\" .Values.h6 (.Values.h16 | b64enc)) }}\n",
    );
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
}

fn weir(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .output()
        .expect("weir starts")
}

fn sides() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    repository(&folder.path().join("before"), "old");
    repository(&folder.path().join("after"), "newer");
    folder
}

#[test]
fn no_output_shows_a_secret() {
    let folder = sides();
    let all_forms: Vec<(String, String)> = (0..COUNT)
        .flat_map(|index| ["old", "newer"].map(|side| canary(index, side)))
        .flat_map(|secret| forms(&secret).into_iter().map(move |form| (secret.clone(), form)))
        .collect();
    let diffs = [
        "text", "json", "brief", "stat", "markdown", "github", "gitlab", "gitea", "forgejo", "html",
    ];
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for form in diffs {
        commands.push(vec!["diff", "before", "after", "-o", form]);
        commands.push(vec!["diff", "before", "after", "-o", form, "--all"]);
        commands.push(vec!["diff", "after", "empty", "--path", "clusters/prod", "-o", form]);
    }
    commands.push(vec!["plan", "after"]);
    commands.push(vec!["plan", "after", "--manifests"]);
    commands.push(vec!["plan", "after", "--manifests", "-o", "json"]);
    for form in ["text", "json", "markdown", "html"] {
        commands.push(vec!["diff", "before", "after", "--fleet", "-o", form]);
    }
    for form in ["text", "json", "sarif", "junit"] {
        commands.push(vec!["check", "after", "-o", form]);
    }
    for form in ["svg", "mermaid", "dot"] {
        commands.push(vec!["graph", "after", "-o", form]);
    }
    for (object, field) in [
        ("ConfigMap/a/v2", "data.url"),
        ("ConfigMap/a/h6", "data.k"),
        ("ConfigMap/a/h7", "data.k"),
        ("ConfigMap/a/h8", "data.k"),
        ("ConfigMap/flux-system/copied", "data.c5"),
        ("Secret/flux-system/plain", "stringData.p0"),
        ("Secret/flux-system/values", "stringData.values.yaml"),
    ] {
        for form in ["text", "json"] {
            commands.push(vec!["why", object, field, "after", "-o", form]);
        }
    }
    commands.push(vec!["get", "after"]);
    commands.push(vec!["get", "after", "-o", "json"]);
    std::fs::create_dir_all(folder.path().join("empty/clusters/prod")).expect("it can be made");
    let mut found = Vec::new();
    for arguments in commands {
        let output = weir(folder.path(), &arguments);
        let shown =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(shown.len() > 100, "{arguments:?} prints too little: {shown}");
        for (secret, form) in &all_forms {
            if shown.contains(form.as_str()) {
                found.push(format!("{arguments:?} shows `{form}` of `{secret}`"));
            }
        }
    }
    assert!(found.is_empty(), "{} leaks: {:#?}", found.len(), &found[..found.len().min(20)]);
}

#[test]
fn each_secret_that_changes_is_reported_once() {
    let folder = sides();
    let output = weir(folder.path(), &["diff", "before", "after", "-o", "json"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&shown).expect("it is JSON");
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let units = report["units"].as_array().expect("there are units");
    for object in units.iter().flat_map(|unit| unit["objects"].as_array().expect("of objects")) {
        for field in object["fields"].as_array().into_iter().flatten() {
            let path = format!("{} {}", object["name"], field["path"]);
            let shows_change =
                field["after"].as_str().is_some_and(|after| after.ends_with(", changed)"));
            if shows_change {
                *places.entry(path).or_default() += 1;
            }
        }
    }
    assert!(places.values().all(|count| *count == 1), "{places:?}");
    for index in 0..COUNT {
        let place = match index % 10 {
            0 => format!("\"plain\" \"stringData.p{index}\""),
            1 => format!("\"encoded\" \"data.e{index}\""),
            2 => format!("\"v{index}\" \"data.url\""),
            3 => format!("\"v{index}\" \"data.number\""),
            4 => format!("\"v{index}\" \"data\""),
            5 => format!("\"copied\" \"data.c{index}\""),
            _ => format!("\"h{index}\" \"data.k\""),
        };
        assert_eq!(places.get(&place), Some(&1), "secret {index} is not reported at {place}");
    }
}
