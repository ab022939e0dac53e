//! Inputs that ask for more work or memory than a build may use. The bounds are small here, so that the tests are fast:
//! what counts is that each kind of work is counted.

use weir_model::{Limits, TreePath};

use super::tests::tree;
use crate::{BuildSettings, build};

/// Enough for anything that a person writes, and little enough to be used up at once.
const SMALL: Limits = Limits { steps: 40_000, bytes: 1 << 20, depth: 20 };

fn pods(count: usize, more: &str) -> String {
    (0..count)
        .map(|number| {
            format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}}}\n{more}")
        })
        .collect()
}

fn config_map(keys: usize) -> String {
    let data: String = (0..keys).map(|key| format!("  k{key}: v\n")).collect();
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{data}")
}

fn repeated(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// Builds with small bounds: the first error, with its place.
fn refusal(files: &[(&str, &str)], limits: Limits) -> Option<String> {
    let settings = BuildSettings { limits, ..BuildSettings::default() };
    let built = build(&tree(files), &TreePath::root(), &settings);
    let error = built.diagnostics.iter().find(|found| found.is_error())?;
    assert!(built.value.objects.is_empty());
    Some(format!("{}: {}", error.at, error.message))
}

/// A hostile tree: what it does, the kustomization beside `resources: [a.yaml]`, `a.yaml`, and which bound ends it.
fn hostile() -> Vec<(&'static str, String, String, &'static str)> {
    let long = "x".repeat(100_000);
    let doubled = repeated(40, |n| format!("    - {{op: copy, from: /spec, path: /spec/a{n}}}\n"));
    let (steps, bytes) = ("look at fields more than", "take more than 1 MiB");
    vec![
        (
            "many merges into a large object",
            format!(
                "patches:\n{}",
                repeated(20, |n| format!("- patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{x{n}: y}}}}'\n"))
            ),
            config_map(2_000),
            steps,
        ),
        (
            "many JSON patches of a large object",
            format!(
                "patches:\n{}",
                repeated(20, |n| format!("- target: {{kind: ConfigMap}}\n  patch: '[{{\"op\": \"add\", \"path\": \"/data/x{n}\", \"value\": \"y\"}}]'\n"))
            ),
            config_map(2_000),
            steps,
        ),
        (
            "a JSON patch that doubles an object",
            format!("patches:\n- target: {{kind: Pod}}\n  patch: |-\n{doubled}"),
            pods(1, "spec: {a: b}\n"),
            "makes more than 1000000 fields",
        ),
        (
            "many images in many objects",
            format!("images:\n{}", repeated(100, |n| format!("- {{name: i{n}, newTag: v}}\n"))),
            pods(100, "spec: {containers: [{image: i}]}\n"),
            steps,
        ),
        ("a long prefix", format!("namePrefix: {long}\n"), pods(100, ""), bytes),
        ("a long suffix", format!("nameSuffix: {long}\n"), pods(100, ""), bytes),
        ("a long namespace", format!("namespace: {long}\n"), pods(100, ""), bytes),
        ("a long label", format!("labels: [{{pairs: {{a: {long}}}}}]\n"), pods(100, ""), bytes),
        ("a long annotation", format!("commonAnnotations: {{a: {long}}}\n"), pods(100, ""), bytes),
        (
            "many labels",
            format!("commonLabels:\n{}", repeated(1_000, |n| format!("  k{n}: v\n"))),
            pods(1, ""),
            steps,
        ),
        ("many documents", String::new(), pods(2_000, ""), bytes),
        (
            "a document with many fields",
            String::new(),
            pods(1, &format!("x: [{}]\n", "a,".repeat(50_000))),
            bytes,
        ),
        (
            "deep documents, which are printed with much indent",
            String::new(),
            pods(20, &format!("x: {}{}\n", "[a,".repeat(150), "]".repeat(150))),
            bytes,
        ),
        (
            "aliases of a long text",
            String::new(),
            pods(1, &format!("x: &x {long}\ny: [{}]\n", "*x,".repeat(50))),
            bytes,
        ),
        (
            "a replacement that doubles an object",
            format!(
                "replacements:\n{}",
                repeated(40, |n| format!("- source: {{kind: Pod, name: p0, fieldPath: spec}}\n  targets: [{{select: {{kind: Pod}}, fieldPaths: [spec.a{n}], options: {{create: true}}}}]\n"))
            ),
            pods(1, "spec: {a: b}\n"),
            bytes,
        ),
        (
            "a replacement that doubles a text",
            format!(
                "replacements:\n{}",
                repeated(40, |_| "- source: {kind: Pod, name: p0, fieldPath: spec.a}\n  targets: [{select: {kind: Pod}, fieldPaths: [spec.a], options: {delimiter: /, index: 9}}]\n".to_owned())
            ),
            pods(1, "spec: {a: bbbbbbbbbbbbbbbb}\n"),
            bytes,
        ),
        (
            "many replacements in many objects",
            format!(
                "replacements:\n{}",
                repeated(200, |n| format!("- sourceValue: x\n  targets: [{{select: {{kind: Pod}}, fieldPaths: [metadata.annotations.a{n}], options: {{create: true}}}}]\n"))
            ),
            pods(100, ""),
            steps,
        ),
        (
            "many selectors",
            format!(
                "patches:\n{}",
                repeated(500, |n| format!("- target: {{labelSelector: a=b{n}}}\n  patch: '[{{\"op\": \"remove\", \"path\": \"/x\"}}]'\n"))
            ),
            pods(100, ""),
            steps,
        ),
        (
            "a var with a long value that stands in many places",
            "vars: [{name: V, objref: {apiVersion: v1, kind: Pod, name: p0}, fieldref: {fieldPath: spec.x}}]\n".into(),
            format!("{}{}", pods(1, &format!("spec: {{x: {long}}}\n")), pods(20, "spec: {containers: [{args: [$(V)$(V)]}]}\n").replace("name: p", "name: q")),
            bytes,
        ),
        (
            "many validators",
            format!(
                "validators:\n{}",
                repeated(300, |n| format!("- '{{apiVersion: builtin, kind: NamespaceTransformer, metadata: {{name: a{n}}}}}'\n"))
            ),
            pods(100, ""),
            steps,
        ),
    ]
}

#[test]
fn work_and_memory_are_bounded() {
    for (what, kustomization, resources, bound) in hostile() {
        let kustomization = format!("resources: [a.yaml]\n{kustomization}");
        let files = [("kustomization.yaml", &*kustomization), ("a.yaml", &*resources)];
        let refused = refusal(&files, SMALL).unwrap_or_else(|| panic!("{what} is not refused"));
        assert!(refused.contains(bound), "{what}: {refused}");
        assert!(
            refused.starts_with("kustomization.yaml") || refused.starts_with("a.yaml"),
            "{what}: {refused}"
        );
    }
}

#[test]
fn files_of_generators_are_bounded() {
    let file = "x".repeat(100_000);
    for kind in ["configMapGenerator", "secretGenerator"] {
        let generators = repeated(20, |n| format!("- {{name: a{n}, files: [f]}}\n"));
        let kustomization = format!("{kind}:\n{generators}");
        let files = [("kustomization.yaml", &*kustomization), ("f", &*file)];
        assert!(refusal(&files, SMALL).unwrap().contains("take more than 1 MiB"));
    }
}

#[test]
fn what_definitions_and_configurations_say_is_bounded() {
    // Each definition refers to the next one twice.
    let definitions: Vec<String> = (0..30)
        .map(|n| {
            let next = format!("{{\"$ref\": \"D{}\"}}", n + 1);
            format!("\"D{n}\": {{\"Schema\": {{\"properties\": {{\"kind\": {{}}, \"apiVersion\": {{}}, \"metadata\": {{}}, \"a\": {next}, \"b\": {next}}}}}}}")
        })
        .collect();
    let definitions = format!("{{{}}}", definitions.join(","));
    let crds = [("kustomization.yaml", "crds: [crd.json]\n"), ("crd.json", &*definitions)];
    assert!(refusal(&crds, SMALL).unwrap().contains("look at fields more than"));
    let fields: String = (0..6_000).map(|n| format!("- {{path: metadata/a{n}}}\n")).collect();
    let fields = format!("commonAnnotations:\n{fields}");
    let configured = [("kustomization.yaml", "configurations: [c.yaml]\n"), ("c.yaml", &*fields)];
    assert!(refusal(&configured, SMALL).unwrap().contains("look at fields more than"));
}

#[test]
fn bases_that_double_are_bounded() {
    let mut files = vec![("kustomization.yaml".to_owned(), "resources: [l0a, l0b]\n".to_owned())];
    for level in 0..15 {
        for side in ["a", "b"] {
            let next = level + 1;
            let text = format!("resources: [../l{next}a, ../l{next}b]\nnamePrefix: {side}-\n");
            files.push((format!("l{level}{side}/kustomization.yaml"), text));
        }
    }
    for side in ["a", "b"] {
        files.push((format!("l15{side}/kustomization.yaml"), "namePrefix: x-\n".into()));
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(refusal(&files, SMALL).unwrap().contains("look at fields more than"));
}

#[test]
fn lists_merged_by_two_keys_are_bounded() {
    let ports = |protocol: &str| {
        let ports = repeated(4_000, |n| format!("{{port: {n}, {protocol}}}, "));
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{ports: [{ports}]}}\n"
        )
    };
    let (service, patch) = (ports("protocol: TCP"), ports("name: a"));
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
        ("a.yaml", &*service),
        ("p.yaml", &*patch),
    ];
    let refused = refusal(&files, crate::budget::LIMITS).unwrap();
    assert!(refused.contains("too long to be merged"), "{refused}");
}

#[test]
fn a_common_tree_is_far_from_the_bounds() {
    let kustomization = "resources: [a.yaml]\nnamePrefix: a-\nnamespace: b\ncommonLabels: {a: b}\nimages: [{name: i, newTag: v}]\n";
    let resources = pods(20, "spec: {containers: [{name: a, image: i}]}\n");
    let files = [("kustomization.yaml", kustomization), ("a.yaml", &*resources)];
    assert_eq!(refusal(&files, SMALL), None);
}
