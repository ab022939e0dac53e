//! Any text, run as the template of a chart with all of Helm's functions and small limits: it renders, or there is an error.

use weir_helm::{Chart, Facts, HelmVersion, Release, render, values};
use weir_model::{Blob, Limits, TreeBuilder, TreePath};

/// Renders the data.
pub fn run(data: &[u8]) {
    let mut tree = TreeBuilder::default();
    for (path, content) in [
        ("Chart.yaml", &b"apiVersion: v2\nname: fuzz\nversion: 1.0.0\n"[..]),
        ("values.yaml", b"a: 1\nb: {c: [x, 2.5, null], d: \"{{ .Values.a }}\"}\n"),
        ("templates/fuzz.yaml", data),
    ] {
        if let Ok(path) = TreePath::parse(path) {
            tree.insert(path, Blob::new(content));
        }
    }
    let Some(chart) = Chart::load(&tree.finish()).value else { return };
    let limits = Limits { steps: 20_000, bytes: 1 << 20, depth: 200 };
    for helm in [HelmVersion::V3, HelmVersion::V4] {
        let facts = Facts { helm, limits, ..Facts::default() };
        let release = Release::new("fuzz", "default");
        if let Some(rendered) = render(&chart, &values::empty(), &release, &facts).value {
            rendered.objects();
        }
    }
}
