//! The set `funcs`: a chart with one template, for the functions of Helm 3 and, as `funcs4`, of Helm 4.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_helm::{Chart, Facts, HelmVersion, KubeVersion, Release, render_templates, values};
use weir_model::{Blob, Tree, TreePath};

use super::text;

/// Answers a vector as Helm 3 does.
pub fn answer_as_helm_3(vector: &Value) -> Result<Value, String> {
    answer(vector, HelmVersion::V3)
}

/// Answers a vector as Helm 4 does.
pub fn answer_as_helm_4(vector: &Value) -> Result<Value, String> {
    answer(vector, HelmVersion::V4)
}

fn answer(vector: &Value, helm: HelmVersion) -> Result<Value, String> {
    let chart = Chart::load_as(&tree(vector), helm);
    let chart = chart.value.ok_or_else(|| format!("{:?}", chart.diagnostics))?;
    let (kube_version, type_name) = match helm {
        HelmVersion::V3 => ("v1.20.0", "chartutil.Values"),
        HelmVersion::V4 => ("v1.37.0", "common.Values"),
    };
    // The vectors were made with Go's `ReadValues`, which words its errors otherwise than `--values` does.
    let read = values::read(text(vector, "values").as_bytes(), "values.yaml", HelmVersion::V3);
    let mut given = read.map_err(|error| error.replace("map[string]interface {}", type_name))?;
    if let Some(set) = vector["set"].as_str() {
        values::set(&mut given, set, helm).map_err(|error| error.0)?;
    }
    if let Some(set) = vector["set_string"].as_str() {
        values::set_string(&mut given, set, helm).map_err(|error| error.0)?;
    }
    let facts = Facts {
        helm,
        kube_version: KubeVersion::parse(kube_version).unwrap_or_default(),
        strict: vector["strict"] == true,
        now: 1_800_000_000,
        entropy: [7; 32],
        ..Facts::default()
    };
    let rendered = render_templates(&chart, &given, &Release::new("rel", "ns"), &facts)?;
    let (_, output) =
        rendered.into_iter().find(|(path, _)| path == "c/templates/t.yaml").unwrap_or_default();
    Ok(output.into())
}

fn tree(vector: &Value) -> Tree {
    let metadata = "apiVersion: v2\nname: c\nversion: 1.2.3\nappVersion: 4.5.6\n";
    let mut files = BTreeMap::from([
        ("Chart.yaml".to_owned(), metadata.to_owned()),
        ("templates/t.yaml".to_owned(), text(vector, "template").to_owned()),
    ]);
    for (folder, field) in [("templates/", "templates"), ("", "files")] {
        for (name, content) in vector[field].as_object().into_iter().flatten() {
            files
                .insert(format!("{folder}{name}"), content.as_str().unwrap_or_default().to_owned());
        }
    }
    let blob = |(path, content): (String, String)| {
        let path = TreePath::parse(&path).expect("paths of vectors are inside");
        (path, Blob::new(content.into_bytes()))
    };
    Tree::from_files(files.into_iter().map(blob).collect())
}
