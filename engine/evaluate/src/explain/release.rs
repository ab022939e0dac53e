//! A HelmRelease, rendered with a trace.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use weir_helm::Chart;
use weir_model::{Origin, Source, TreePath};
use weir_plan::SourceRef;

use super::{Explainer, ObjectTrace, Place, UnitTrace, Within};
use crate::Memo;
use crate::units::release::{ReleaseTask, Traced, load, traced};

/// Renders a HelmRelease again; nothing when it cannot be rendered.
pub(super) fn trace(task: &ReleaseTask, memo: &Memo) -> Option<UnitTrace> {
    let chart = load(task, memo).ok()?;
    let (manifests, trace) = traced(task, &chart)?;
    let mut objects = BTreeMap::new();
    for Traced { manifest, rendered, edits } in manifests {
        let plain = manifest.value().clone();
        objects
            .insert(manifest.id(), ObjectTrace { plain, rendered, edits, hidden: OnceCell::new() });
    }
    Some(UnitTrace { objects, templates: Some(trace), chart: Some(chart) })
}

/// Says what a file of a release is of. A chart names its files after itself; one that lies in the repository is found
/// there.
pub(super) fn place(
    explainer: &Explainer<'_>,
    chart: &Chart,
    source: &SourceRef,
    place: Place,
) -> Place {
    let name = place.origin.source.name();
    let Some(below) = name.strip_prefix(chart.name()).and_then(|rest| rest.strip_prefix('/'))
    else {
        // The values of a chart below are named after it alone.
        let is_below = name.split_once('/').is_some_and(|(first, below)| {
            below == "values.yaml" && chart.dependencies().iter().any(|chart| chart.name() == first)
        });
        return if is_below { Place { within: version(chart), ..place } } else { place };
    };
    let root = &explainer.snapshot.root;
    let is_file =
        |path: &str| TreePath::parse(path).is_ok_and(|path| root.tree.file(&path).is_some());
    if source.revision == root.revision.0 {
        let own = format!("{}/{below}", source.path.trim_matches('/'));
        let own = own.trim_start_matches("./");
        if is_file(own) {
            let origin = Origin::new(Source::named(own), place.origin.line);
            return Place { origin, within: Within::Repository };
        }
    }
    // A file of the repository may have the same name as one of the chart.
    let is_of_chart = ["values.yaml", "Chart.yaml"].contains(&below)
        || ["templates/", "crds/", "charts/"].iter().any(|folder| below.starts_with(folder));
    if is_of_chart || !is_file(&name) { Place { within: version(chart), ..place } } else { place }
}

fn version(chart: &Chart) -> Within {
    Within::Chart(format!("{} {}", chart.name(), chart.version()))
}
