//! What functions give within a template, as both Helms print it.

use std::collections::BTreeMap;

use weir_model::{Blob, Tree, TreePath};

use super::*;
use crate::{Chart, Facts, Release, render_templates, values};

#[test]
fn helm_4_has_more_functions() {
    for name in ["toYaml", "regexMatch", "genCA", "mergeOverwrite"] {
        assert!(table(HelmVersion::V3).get(name).is_some(), "{name}");
    }
    assert!(table(HelmVersion::V3).get("mustToToml").is_none());
    assert!(table(HelmVersion::V4).get("mustToToml").is_some());
}

#[test]
fn templates_print_what_helm_prints() {
    const CASES: &[(&str, &str)] = &[
        ("{{ toPrettyJson .Values }}", "{\n  \"a\": {\n    \"b\": 1\n  }\n}"),
        (
            "{{ toPrettyJson (list .Values) }}",
            "[\n  {\n    \"a\": {\n      \"b\": 1\n    }\n  }\n]",
        ),
        // An empty document is an empty map or list, but JSON's null is none.
        ("{{ fromYaml \"\" | toYaml }} {{ fromYaml \"# a\" | toJson }}", "{} {}"),
        ("{{ fromYamlArray \"~\" | toJson }}", "[]"),
        ("{{ fromJson \"null\" | toJson }} {{ fromJsonArray \"null\" | toJson }}", "null null"),
    ];
    for (template, wanted) in CASES {
        for helm in [HelmVersion::V3, HelmVersion::V4] {
            assert_eq!(rendered(template, helm).as_deref(), Ok(*wanted), "{template}");
        }
    }
}

fn rendered(template: &str, helm: HelmVersion) -> Result<String, String> {
    let file = |path: &str, text: &str| {
        (TreePath::parse(path).unwrap(), Blob::new(text.as_bytes().to_vec()))
    };
    let files = BTreeMap::from([
        file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        file("templates/t.yaml", template),
    ]);
    let chart = Chart::load_as(&Tree::from_files(files), helm).value.unwrap();
    let given = values::read(b"a: {b: 1}", "values.yaml", helm)?;
    let facts = Facts { helm, ..Facts::default() };
    let rendered = render_templates(&chart, &given, &Release::new("r", "ns"), &facts)?;
    Ok(rendered.into_iter().map(|(_, text)| text).collect())
}

#[test]
fn structs_and_values_show_as_gos() {
    for (helm, version, values) in [
        (HelmVersion::V3, "{v1.36.1 1 36}", "chartutil.Values"),
        (HelmVersion::V4, "{v1.36.1 v1.36.1 1 36}", "common.Values"),
    ] {
        let shown = |template: &str| rendered(template, helm).unwrap();
        assert_eq!(shown("{{ .Capabilities.KubeVersion }}"), "v1.36.1");
        assert_eq!(shown("{{ .Capabilities.KubeVersion.String }}"), "v1.36.1");
        assert_eq!(shown("{{ toString .Capabilities.KubeVersion }}"), version);
        assert_eq!(shown("{{ list .Capabilities.KubeVersion }}"), format!("[{version}]"));
        assert_eq!(shown("{{ typeOf . }} {{ typeOf .Values }}"), format!("{values} {values}"));
        let error = rendered("{{ .Capabilities.KubeVersion.normalizedVersion }}", helm);
        assert!(error.is_err(), "{error:?}");
    }
}
