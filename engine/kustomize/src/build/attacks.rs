//! What strangers may try with a kustomization: each ends in an error, and nothing leaks.

use std::sync::Arc;

use weir_model::{Blob, Tree, TreeBuilder, TreePath};

use crate::{BuildSettings, LoadRestrictor, build, to_text};

const SECRET: &str = "TOP-SECRET";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut builder = TreeBuilder::default();
    for (path, text) in files {
        builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
    }
    builder.finish()
}

/// Every field of a kustomization that names a file or folder; `PATH` stands for the name.
const FIELDS: &[&str] = &[
    "resources: [PATH]",
    "bases: [PATH]",
    "components: [PATH]",
    "crds: [PATH]",
    "configurations: [PATH]",
    "openapi: {path: PATH}",
    "generators: [PATH]",
    "transformers: [PATH]",
    "validators: [PATH]",
    "patches: [{path: PATH}]",
    "patchesStrategicMerge: [PATH]",
    "patchesJson6902: [{path: PATH, target: {version: v1, kind: Pod, name: a}}]",
    "replacements: [{path: PATH}]",
    "configMapGenerator: [{name: c, files: [PATH]}]",
    "configMapGenerator: [{name: c, files: [key=PATH]}]",
    "configMapGenerator: [{name: c, envs: [PATH]}]",
    "configMapGenerator: [{name: c, env: PATH}]",
    "secretGenerator: [{name: c, files: [PATH]}]",
    "secretGenerator: [{name: c, envs: [PATH]}]",
    "secretGenerator: [{name: c, env: PATH}]",
    "helmCharts: [{name: c, valuesFile: PATH}]",
    "helmCharts: [{name: c, additionalValuesFiles: [PATH]}]",
    "{helmGlobals: {chartHome: PATH}, helmCharts: [{name: c}]}",
    "helmChartInflationGenerator: [{chartName: c, values: PATH}]",
];

/// The same for what a resource configures: the kind and the field.
const PLUGINS: &[(&str, &str, &str)] = &[
    ("generators", "ConfigMapGenerator", "files: [PATH]"),
    ("generators", "ConfigMapGenerator", "envs: [PATH]"),
    ("generators", "SecretGenerator", "files: [PATH]"),
    ("generators", "HelmChartInflationGenerator", "valuesFile: PATH"),
    ("generators", "HelmChartInflationGenerator", "chartHome: PATH"),
    ("transformers", "PatchTransformer", "path: PATH"),
    ("transformers", "PatchStrategicMergeTransformer", "paths: [PATH]"),
    ("transformers", "PatchJson6902Transformer", "{path: PATH, target: {name: a}}"),
    ("transformers", "ReplacementTransformer", "replacements: [{path: PATH}]"),
    ("transformers", "ValueAddTransformer", "targetFilePath: PATH"),
];

fn kustomizations(path: &str) -> Vec<String> {
    let pod = |field: &str| match field.strip_prefix('{') {
        Some(flow) => format!("{{resources: [pod.yaml], {flow}\n"),
        None if field.starts_with("resources") => format!("{field}\n"),
        None => format!("resources: [pod.yaml]\n{field}\n"),
    };
    let plugin = |(word, kind, field): &(&str, &str, &str)| {
        let field = field.trim_start_matches('{').trim_end_matches("}}");
        let field = if field.len() < 60 && field.contains("target") && kind.contains("6902") {
            "path: PATH\n  target: {name: a}"
        } else {
            field
        };
        format!(
            "resources: [pod.yaml]\n{word}:\n- |\n  apiVersion: builtin\n  kind: {kind}\n  metadata: {{name: c}}\n  name: c\n  {field}\n"
        )
    };
    let fields = FIELDS.iter().map(|field| pod(field));
    fields.chain(PLUGINS.iter().map(plugin)).map(|text| text.replace("PATH", path)).collect()
}

fn leaks(files: &[(&str, &str)], settings: &BuildSettings) -> Option<String> {
    let built = build(&tree(files), &TreePath::parse("app").unwrap(), settings);
    let mut all = to_text(&built.value.objects);
    for found in &built.diagnostics {
        all.push_str(&format!("{found:?}\n"));
    }
    let refused = built.diagnostics.iter().any(|found| found.is_error());
    (!refused || all.contains(SECRET)).then_some(all)
}

#[test]
fn no_field_reads_a_file_outside_of_its_folder() {
    let render = Arc::new(|_: &crate::ChartRequest<'_>| Ok(String::new()));
    let settings = BuildSettings {
        enable_helm: true,
        inflate: Some(render),
        root_name: "/src".into(),
        ..BuildSettings::default()
    };
    // What is secret is valid in turn as each kind of file, so that only the path can be wrong with it.
    let contents =
        [format!("# {SECRET}\n{POD}"), format!("{SECRET}=1\n"), format!("a: {SECRET}\n")];
    for content in &contents {
        for path in ["../secret", "x/../../secret", "/src/secret", "./../app/../secret"] {
            for kustomization in kustomizations(path) {
                let files = [
                    ("app/kustomization.yaml", &*kustomization),
                    ("app/pod.yaml", POD),
                    ("secret", content),
                ];
                if let Some(all) = leaks(&files, &settings) {
                    panic!("{kustomization}\n{all}");
                }
            }
        }
    }
}

#[test]
fn no_field_reads_a_file_outside_of_the_tree() {
    let settings = BuildSettings {
        load_restrictor: LoadRestrictor::None,
        enable_helm: true,
        inflate: Some(Arc::new(|_| Ok(String::new()))),
        ..BuildSettings::flux()
    };
    for path in
        ["../../etc/passwd", "/etc/passwd", "../../../../../../../../proc/self/environ", "~/x"]
    {
        for kustomization in kustomizations(path) {
            let files = [("app/kustomization.yaml", &*kustomization), ("app/pod.yaml", POD)];
            if let Some(all) = leaks(&files, &settings) {
                panic!("{kustomization}\n{all}");
            }
        }
    }
}

/// Returns the first error of a tree.
fn error(files: &[(&str, &str)]) -> String {
    let built = build(&tree(files), &TreePath::root(), &BuildSettings::default());
    assert!(built.value.objects.is_empty());
    built
        .diagnostics
        .iter()
        .find(|found| found.is_error())
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn circles_end() {
    for (files, message) in [
        (vec![("kustomization.yaml", "resources: [.]\n")], "cycle detected"),
        (
            vec![
                ("kustomization.yaml", "resources: [a]\n"),
                ("a/kustomization.yaml", "resources: [../b]\n"),
                ("b/kustomization.yaml", "resources: [../a]\n"),
            ],
            "cycle detected",
        ),
        (
            vec![
                ("kustomization.yaml", "components: [a]\n"),
                ("a/kustomization.yaml", "kind: Component\ncomponents: [../b]\n"),
                ("b/kustomization.yaml", "kind: Component\ncomponents: [../a]\n"),
            ],
            "cycle detected",
        ),
        (
            vec![
                ("kustomization.yaml", "transformers: [a]\n"),
                ("a/kustomization.yaml", "resources: [..]\n"),
            ],
            "cycle detected",
        ),
        (
            vec![
                ("kustomization.yaml", "crds: [crd.json]\n"),
                (
                    "crd.json",
                    r##"{"a.Kind": {"Schema": {"properties": {"kind": {}, "apiVersion": {}, "metadata": {}, "x": {"$ref": "a.Kind"}, "y": {"$ref": "a.Kind"}}}}}"##,
                ),
            ],
            "definition",
        ),
    ] {
        assert!(error(&files).contains(message), "{files:?}: {}", error(&files));
    }
}

#[test]
fn what_is_remote_is_never_fetched() {
    for url in [
        "https://example.com/a.yaml",
        "github.com/a/b",
        "git@example.com:a/b.git",
        "file:///srv/repo",
    ] {
        for field in [
            "resources",
            "components",
            "bases",
            "crds",
            "configurations",
            "generators",
            "transformers",
        ] {
            let kustomization = format!("{field}: ['{url}']\nnamePrefix: a-\n");
            let tree = tree(&[("kustomization.yaml", &kustomization)]);
            let built = build(&tree, &TreePath::root(), &BuildSettings::default());
            let refused = built.diagnostics.iter().any(|found| found.is_error());
            assert!(refused || built.value.missing.contains(url), "{kustomization}");
            assert!(built.value.objects.is_empty());
        }
    }
}

#[test]
fn bombs_end_in_errors() {
    let aliases = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
        let last = level - 1;
        format!("{text}a{level}: &a{level} [*a{last}, *a{last}]\n")
    });
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    let folders = |count: usize| {
        let mut files: Vec<(String, String)> = (0..count)
            .map(|level| {
                let path = "d/".repeat(level);
                (format!("{path}kustomization.yaml"), "resources: [d]\n".to_owned())
            })
            .collect();
        files
            .push((format!("{}kustomization.yaml", "d/".repeat(count)), "namePrefix: a-\n".into()));
        files
    };
    let list = (0..300).fold("kind: Pod\n".to_owned(), |inner, _| {
        let inner = inner.replace('\n', "\n  ");
        format!("kind: List\nitems:\n- {}\n", inner.trim_end())
    });
    for (name, content) in [
        ("aliases", format!("{POD}{aliases}")),
        ("merges", format!("{POD}x: &x\n  <<: &y\n    <<: *x\n")),
        ("flow", format!("{POD}x: {}\n", deep("[", "]"))),
        ("maps", format!("{POD}x: {}\n", deep("{a: ", "}"))),
        ("lists", format!("apiVersion: v1\n{list}")),
    ] {
        for kustomization in
            ["resources: [x.yaml]\n", "resources: [pod.yaml]\npatches: [{path: x.yaml}]\n"]
        {
            let files =
                [("kustomization.yaml", kustomization), ("x.yaml", &*content), ("pod.yaml", POD)];
            assert!(!error(&files).is_empty(), "{name} in {kustomization}");
        }
        assert!(!error(&[("kustomization.yaml", &content)]).is_empty(), "{name}");
    }
    let files = folders(150);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(error(&files).contains("levels deep"));
}

#[test]
fn giant_names_do_not_multiply_in_errors() {
    let name = "n".repeat(1 << 20);
    let pods = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n---\n").repeat(5);
    let tree = tree(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &pods)]);
    let built = build(&tree, &TreePath::root(), &BuildSettings::default());
    let length: usize = built.diagnostics.iter().map(|found| found.message.len()).sum();
    assert!(built.diagnostics.iter().any(|found| found.is_error()) && length < 1 << 20, "{length}");
}

#[test]
fn errors_show_nothing_of_a_secret() {
    let secret =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: {{a: {SECRET}}}\n");
    let broken = format!("kind: Secret\nstringData:\n  a: {SECRET}: b\n");
    let patch = |target: &str, body: &str| {
        let body = body.replace('\n', "\n    ");
        format!(
            "resources: [pod.yaml]\npatches:\n- target: {{{target}}}\n  patch: |-\n    {body}\n"
        )
    };
    let operation = format!("- op: add\n  path: /data/a\n  value: {SECRET}: b");
    let json = format!("[{{\"op\": \"add\", \"path\": \"/data/a\", \"value\": \"{SECRET}\"]");
    for (kustomization, file) in [
        ("resources: [x]\n".to_owned(), broken.clone()),
        ("patches: [{path: x}]\n".into(), broken.clone()),
        ("patchesStrategicMerge: [x]\n".into(), broken),
        (
            "resources: [x]\n".into(),
            format!("{{\"kind\":\"Secret\",\"data\":{{\"a\":\"{SECRET}\"]}}"),
        ),
        ("patches: [{path: x, target: {kind: Secret}}]\n".into(), operation.clone()),
        ("patches: [{path: x, target: {name: a}}]\n".into(), operation.clone()),
        (
            "patchesJson6902: [{path: x, target: {kind: Secret, name: a}}]\n".into(),
            operation.clone(),
        ),
        ("patchesJson6902: [{path: x, target: {name: a}}]\n".into(), json),
        (patch("kind: Secret", &operation), String::new()),
        (patch("kind: S.*t", &operation), String::new()),
        (patch("name: a", &operation), String::new()),
        (format!("secretGenerator:\n- name: a\n  literals: [b={SECRET}, c]\n"), String::new()),
        (format!("secretGenerator:\n- name: a\n  literals: [{SECRET}]\n"), String::new()),
        (format!("secretGenerator:\n- name: a\n  literals: [b={SECRET}\n"), String::new()),
        (
            format!("secretGenerator:\n- name: a\n  literals: [b={SECRET}]\n  none: 1\n"),
            String::new(),
        ),
        ("resources: [x]\ntransformers: [t.yaml]\n".into(), secret),
    ] {
        let specs = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: x-\nfieldSpecs: [{path: data}]\n";
        let files = [
            ("app/kustomization.yaml", &*kustomization),
            ("app/x", &*file),
            ("app/pod.yaml", POD),
            ("app/t.yaml", specs),
        ];
        if let Some(all) = leaks(&files, &BuildSettings::default()) {
            panic!("{kustomization}{file}\n{all}");
        }
    }
}
