//! What a kustomization gives, each behaviour with the smallest tree that shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{Blob, Tree, TreeBuilder, TreePath};

use crate::{BuildSettings, LoadRestrictor, build, build_with, to_text};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
const USER: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: user\nspec:\n  containers:\n  - name: c\n    envFrom:\n    - configMapRef:\n        name: settings\n";

pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    let mut builder = TreeBuilder::default();
    for (path, text) in files {
        builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
    }
    builder.finish()
}

/// Builds the root of a tree: the text, or the first error with its place.
fn built(files: &[(&str, &str)], settings: &BuildSettings) -> Result<String, String> {
    let built = build(&tree(files), &TreePath::root(), settings);
    match built.diagnostics.iter().find(|found| found.is_error()) {
        Some(error) => Err(error.to_string()),
        None => Ok(to_text(&built.value.objects)),
    }
}

fn text(files: &[(&str, &str)]) -> String {
    built(files, &BuildSettings::default()).unwrap()
}

fn error(files: &[(&str, &str)]) -> String {
    built(files, &BuildSettings::default()).unwrap_err()
}

#[test]
fn names_change_and_references_follow() {
    let kustomization = "resources: [user.yaml]\nnamePrefix: a-\nconfigMapGenerator:\n- name: settings\n  literals: [a=b]\n";
    let text = text(&[("kustomization.yaml", kustomization), ("user.yaml", USER)]);
    assert!(text.contains("\n  name: a-settings-4h2mbtbbt6\n"), "{text}");
    assert!(text.contains("\n        name: a-settings-4h2mbtbbt6\n"), "{text}");
}

#[test]
fn an_object_knows_its_file_and_line() {
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("a.yaml", &*format!("---\n# x\n{SERVICE}---\n{SERVICE}")),
    ];
    assert!(error(&files).contains("already registered id: Service.v1.[noGrp]/web.[noNs]"));
    let tree = tree(&[
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("a.yaml", &format!("x: y\n---\n{SERVICE}")),
    ]);
    let built = build(&tree, &TreePath::root(), &BuildSettings::default());
    assert!(built.has_errors());
    let good = format!("{SERVICE}---\n{}", SERVICE.replace("web", "db"));
    let tree =
        super::tests::tree(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &good)]);
    let built = build(&tree, &TreePath::root(), &BuildSettings::default());
    let places: Vec<String> =
        built.value.objects.iter().map(|object| object.value().origin.to_string()).collect();
    assert_eq!(places, ["a.yaml:6", "a.yaml:1"]);
    let name = built.value.objects[0].value().pointer(&["metadata", "name"]).unwrap();
    assert_eq!(name.origin.to_string(), "a.yaml:9");
}

#[test]
fn quirks_that_reach_output() {
    for (behaviour, kustomization, contained) in [
        (
            "a patch with a target writes a null label as text",
            "patches:\n- target: {kind: Service}\n  patch: '{apiVersion: v1, kind: X, metadata: {name: x, labels: {a: null}}}'\n",
            "    a: \"null\"\n",
        ),
        (
            "a JSON patch may add to annotations that are not there",
            "patches:\n- target: {kind: Service}\n  patch: '[{\"op\": \"add\", \"path\": \"/metadata/annotations/a\", \"value\": \"b\"}]'\n",
            "    a: b\n",
        ),
        (
            "a number put where a quoted text was is a text",
            "patches:\n- target: {kind: Service}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec\", \"value\": {\"m\": \"1\"}}]'\n- patch: '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {m: 2}}'\n",
            "  m: \"2\"\n",
        ),
        (
            "configurations of one path take the place of the built-in one",
            "namePrefix: a-\nconfigurations: [c.yaml]\n",
            "  name: web\n",
        ),
        (
            "the build says who made it",
            "buildMetadata: [managedByLabel]\n",
            "    app.kubernetes.io/managed-by: kustomize-v5.8.2\n",
        ),
    ] {
        let kustomization = format!("resources: [a.yaml]\n{kustomization}");
        let config = "namePrefix:\n- path: metadata/name\n  kind: Deployment\n";
        let text = text(&[
            ("kustomization.yaml", &kustomization),
            ("a.yaml", SERVICE),
            ("c.yaml", config),
        ]);
        assert!(text.contains(contained), "{behaviour}:\n{text}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (kustomization, message) in [
        ("", "kustomization.yaml is empty"),
        (
            "resource: [a.yaml]\n",
            "kustomization.yaml:1: invalid Kustomization: json: unknown field \"resource\"",
        ),
        (
            "namePrefix: 3\n",
            "kustomization.yaml:1: invalid Kustomization: json: cannot unmarshal number into Go struct field Kustomization.namePrefix of type string",
        ),
        (
            "resources: [../x.yaml]\n",
            "kustomization.yaml:1: accumulating resources: accumulation err='accumulating resources from '../x.yaml': security; file '../x.yaml' is not in or below '.''",
        ),
        (
            "transformers: ['{apiVersion: a/v1, kind: Fn, metadata: {name: x}}']\n",
            "external plugins disabled; unable to load external plugin 'Fn'",
        ),
        ("openapi: {version: v1.0.0}\n", "the specified OpenAPI version is not built in"),
    ] {
        let error = error(&[("kustomization.yaml", kustomization)]);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn what_is_remote_is_asked_for_all_at_once() {
    let base = "https://github.com/org/repo//base?ref=v1";
    let file = "https://host/a.yaml";
    let kustomization = format!("resources:\n- {base}\n- {file}\nnameSuffix: -x\n");
    let files = [("kustomization.yaml", &*kustomization)];
    let first = build(&tree(&files), &TreePath::root(), &BuildSettings::default());
    assert!(!first.has_errors());
    assert_eq!(first.value.missing.iter().collect::<Vec<_>>(), [base, file]);
    let remote =
        tree(&[("base/kustomization.yaml", "resources: [s.yaml]\n"), ("base/s.yaml", SERVICE)]);
    let single = tree(&[("a.yaml", USER)]);
    let remotes =
        BTreeMap::from([(base.to_owned(), Arc::new(remote)), (file.to_owned(), Arc::new(single))]);
    let settings = BuildSettings { remotes, ..BuildSettings::default() };
    let text = built(&files, &settings).unwrap();
    assert!(text.contains("name: web-x") && text.contains("name: user-x"), "{text}");
}

#[test]
fn a_kustomization_can_be_given_and_paths_can_lead_above_the_tree() {
    let given =
        weir_yaml::parse(b"resources: [a.yaml]\nnamespace: n\n", weir_model::Source::default())
            .unwrap();
    let files = tree(&[("kustomization.yaml", "garbage: true\n"), ("a.yaml", SERVICE)]);
    let built = build_with(&files, &TreePath::root(), &given[0], &BuildSettings::flux());
    assert_eq!(built.value.objects[0].namespace(), Some("n"));
    let files = tree(&[("a/kustomization.yaml", "resources: [../../../b]\n")]);
    let settings =
        BuildSettings { load_restrictor: LoadRestrictor::None, ..BuildSettings::default() };
    let built = build(&files, &TreePath::parse("a").unwrap(), &settings);
    assert_eq!(built.value.above, 2);
}

/// All that is wrong with a tree, as `place: the last part of the message`.
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let built = build(&tree(files), &TreePath::root(), &BuildSettings::default());
    built
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .map(|found| format!("{}: {}", found.at, found.message.rsplit(": ").next().unwrap()))
        .collect()
}

#[test]
fn every_mistake_of_a_tree_is_found_in_one_run() {
    let files = [
        (
            "kustomization.yaml",
            "namePrefixx: a\nresources: [missing.yaml, a, b, broken.yaml]\ncomponents: [c]\nconfigMapGenerator:\n\
             - name: x\n  files: [none.txt]\n- name: [z]\npatches:\n- path: none.yaml\n- patch: '{'\n",
        ),
        ("broken.yaml", "a: [\n---\nkind: X\n---\nb: {\n"),
        (
            "a/kustomization.yaml",
            "resources: [web.yaml]\npatches:\n- target: {kind: Service}\n  patch: |-\n    - op: remove\n      path: /spec/none\n\
             - patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: other}\nreplicas:\n- {name: z, count: 3}\n",
        ),
        ("a/web.yaml", SERVICE),
        ("b/kustomization.yaml", "resources: [../d]\n"),
        ("c/kustomization.yaml", "kind: Component\nresources: [none.yaml]\nimagess: []\n"),
    ];
    let found = mistakes(&files);
    let places: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = [
        "kustomization.yaml:7",
        "kustomization.yaml:1",
        "kustomization.yaml:2",
        "a/web.yaml:1",
        "a/kustomization.yaml:8",
        "a/kustomization.yaml:12",
        "b/kustomization.yaml:1",
        "broken.yaml:1",
        "broken.yaml:5",
        "kustomization.yaml:6",
        "c/kustomization.yaml:3",
        "c/kustomization.yaml:2",
        "kustomization.yaml:9",
        "kustomization.yaml:10",
    ];
    assert_eq!(places, expected, "{found:#?}");
}

#[test]
fn what_follows_from_a_mistake_is_not_reported() {
    let kustomization = "resources: [none.yaml, web.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Pod\n    metadata: {name: of-none}\n\
         configMapGenerator:\n- {name: of-none, behavior: merge}\nvars:\n- {name: X, objref: {kind: Pod, name: of-none}}\n";
    let found = mistakes(&[("kustomization.yaml", kustomization), ("web.yaml", SERVICE)]);
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn bad_yaml_is_shown_with_its_line() {
    let patch = "patches:\n- target: {kind: Service}\n  patch: |-\n    - op: add\n      path: [\n";
    for (files, place, excerpt) in [
        (vec![("kustomization.yaml", "resources: [\n")], "kustomization.yaml:1:13", "resources: ["),
        (
            vec![
                ("kustomization.yaml", "resources: [a.yaml]\n"),
                ("a.yaml", "a: b\n---\nc: d: e\n"),
            ],
            "a.yaml:3:5",
            "c: d: e",
        ),
        (vec![("kustomization.yaml", patch)], "kustomization.yaml:5:10", "  path: ["),
        (
            vec![
                (
                    "kustomization.yaml",
                    "patchesJson6902: [{target: {name: a, kind: Pod}, path: p}]\n",
                ),
                ("p", "[{\"op\":\n x}]"),
            ],
            "p:2:2",
            " x}]",
        ),
    ] {
        let built = build(&tree(&files), &TreePath::root(), &BuildSettings::default());
        let found = built.diagnostics.iter().find(|found| found.is_error()).unwrap();
        let column = found.column.unwrap_or_default();
        assert_eq!(format!("{}:{column}", found.at), place, "{found:#?}");
        assert_eq!(found.excerpt.as_deref(), Some(excerpt), "{found:#?}");
    }
}

#[test]
fn an_error_shows_the_settings_of_a_patch() {
    let message =
        error(&[("kustomization.yaml", "patches: [{patch: ' ', target: {name: metadata}}]\n")]);
    assert!(message.contains("patch: ' '\ntarget:\n  name: metadata"), "{message}");
}

#[test]
fn every_bad_source_of_a_generator_is_named() {
    let kustomization = "configMapGenerator:\n- name: a\n  files: [a, b=, c=d]\n  envs: [e]\n  literals: [f, g=h, g=i]\n";
    let found = mistakes(&[("kustomization.yaml", kustomization)]);
    assert_eq!(found.len(), 6, "{found:#?}");
}
