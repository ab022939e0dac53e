use weir_model::{Blob, TreeBuilder};

use super::*;
use crate::values;

fn found(helm: HelmVersion, files: &[(&str, &str)], given: &str) -> Vec<String> {
    let mut builder = TreeBuilder::default();
    for (path, text) in files {
        builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
    }
    let given = values::read(given.as_bytes(), "mine.yaml", helm).unwrap();
    let facts = Facts { helm, ..Facts::default() };
    lint(&builder.finish(), "web", &given, "default", &facts)
        .into_iter()
        .map(|finding| {
            let word = match finding.severity {
                Severity::Error => "E",
                Severity::Warning => "W",
                Severity::Info => "I",
            };
            format!("{word} {}:{} {}", finding.path, finding.line, finding.message)
        })
        .collect()
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\nicon: https://example.org/a.png\n";

#[test]
fn values_that_nothing_reads_are_told() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ .Values.image.tag | quote }}\n{{- with .Values.whole }}\n  b: {{ toJson . | quote }}\n{{- end }}\n";
    let defaults = "image:\n  tag: x\n  pull: y\nwhole: {x: 1}\nlone: 1\nglobal: {a: 1}\n";
    let files = [("Chart.yaml", CHART), ("values.yaml", defaults), ("templates/a.yaml", template)];
    assert_eq!(
        found(HelmVersion::V4, &files, "imgae: {tag: 1}\nimage: {tag: 1}\nwhole: [a]\n"),
        [
            "W mine.yaml:1 no template reads `imgae`",
            "I values.yaml:3 no template reads `image.pull`",
            "I values.yaml:5 no template reads `lone`",
            "W mine.yaml:2 `image.tag` is a number, and its default is a text",
            "W mine.yaml:3 `whole` is a list, and its default is a map",
        ]
    );
}

#[test]
fn charts_are_judged_in_helms_words() {
    for (files, expected) in [
        (
            vec![("Chart.yaml", "apiVersion: v3\nname: web\nversion: 1.0\nappVersion: 2\n")],
            vec![
                "E Chart.yaml:0 apiVersion 'v3' is not valid. The value must be either \"v1\" or \"v2\"",
                "E Chart.yaml:0 version should be of type string but it's of type float64",
                "E Chart.yaml:0 appVersion should be of type string but it's of type float64",
                "I Chart.yaml:0 icon is recommended",
                "I values.yaml:0 file does not exist",
            ],
        ),
        (
            vec![
                ("Chart.yaml", CHART),
                ("values.yaml", ""),
                (
                    "templates/a.yaml",
                    "\n  kind: Deployment\n  apiVersion: extensions/v1beta1\n  metadata: {name: A_b}\n",
                ),
                ("templates/b.json", "{{ .Release.Time }}"),
            ],
            vec![
                "W templates/a.yaml:0 document starts with an illegal indent: \"  kind: Deployment\", which may cause parsing problems",
                "W templates/a.yaml:0 object name does not conform to Kubernetes naming requirements: \"A_b\": metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                "W templates/a.yaml:0 extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment",
                "E templates/a.yaml:0 a Deployment must contain matchLabels or matchExpressions, and \"A_b\" does not",
                "E templates/b.json:0 file extension '.json' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
                "E templates/b.json:0 .Release.Time has been removed in v3, please replace with the `now` function in your templates",
            ],
        ),
    ] {
        assert_eq!(found(HelmVersion::V3, &files, ""), expected);
    }
}

#[test]
fn helm_4_refuses_fields_that_no_chart_has_and_looks_at_crds_last() {
    let chart = "apiVersion: v2\nname: web\nversion: v1.0.0\nengine: gotpl\nmaintainers: [{name: a, Email: a@b.c, phone: 1}]\n";
    let files = [
        ("Chart.yaml", chart),
        ("values.yaml", "- 1\n"),
        ("templates/a.yaml", "metadata: {name: a}\n--- # fine\nmetadata: {name: 5}\n---x\nb: 2\n"),
        ("crds/a.yaml", "kind: X\napiVersion: apiextensions.k8s.io/v1\n"),
    ];
    let loaded = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type";
    assert_eq!(
        found(HelmVersion::V4, &files, ""),
        [
            "W Chart.yaml:0 failed to strictly parse chart metadata file\n\terror unmarshaling JSON: while decoding JSON: json: unknown field \"engine\"".to_owned(),
            "I Chart.yaml:0 icon is recommended".to_owned(),
            "W Chart.yaml:0 version 'v1.0.0' is not a valid SemVerV2".to_owned(),
            format!("E values.yaml:0 unable to parse YAML: {loaded} common.Values"),
            format!("E templates/:0 cannot load values.yaml: cannot unmarshal yaml document: {loaded} map[string]interface {{}}"),
            format!("E :0 unable to load chart\n\tcannot load values.yaml: cannot unmarshal yaml document: {loaded} map[string]interface {{}}"),
            format!("E crds/:0 cannot load values.yaml: cannot unmarshal yaml document: {loaded} map[string]interface {{}}"),
        ]
    );
    let rest: Vec<(&str, &str)> =
        files.iter().copied().filter(|(path, _)| *path != "values.yaml").collect();
    assert_eq!(
        found(HelmVersion::V4, &rest, "")[3..],
        [
            "I values.yaml:0 file does not exist",
            "E templates/a.yaml:0 unable to parse YAML: invalid Yaml document separator: x",
            "E crds/a.yaml:0 object kind is not 'CustomResourceDefinition'",
        ]
    );
}

#[test]
fn types_are_named_as_each_helm_names_them() {
    let files = [("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: x\n")];
    for (helm, package) in [(HelmVersion::V3, "chart"), (HelmVersion::V4, "v2")] {
        let all = found(helm, &files, "");
        let expected = format!("Metadata.dependencies of type []*{package}.Dependency");
        assert!(all[0].ends_with(&expected), "{}", all[0]);
    }
}
