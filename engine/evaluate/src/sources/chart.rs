//! Charts: by name from a `HelmRepository`, by path from another source, or as a source of their own.

use weir_flux::kinds::{HelmChart, HelmRelease, HelmRepository, Reference, ReleaseChart};
use weir_flux::names::SOURCE_GROUP;
use weir_model::{Diagnostic, DigestBuilder, ObjectId, Origin, SmolStr, Tree, TreePath};

use super::{SourceTree, checked, fetched, object, resolve as resolve_any};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::{Demand, HelmChartDemand};

/// The files of a chart with how they are to be read.
#[derive(Clone, Debug)]
pub(crate) struct ChartSource {
    /// The source; its tree has `Chart.yaml` in its root, or in the only folder that has one.
    pub(crate) source: SourceTree,
    /// Where the source is named.
    pub(crate) at: Origin,
    /// The chart's name, or its path in the source.
    pub(crate) path: String,
    /// Files of the chart that replace its `values.yaml`.
    pub(crate) values_files: Vec<SmolStr>,
    /// Whether values files that are not there are skipped.
    pub(crate) ignore_missing_values_files: bool,
    /// Whether the version follows the source's revision, for a chart that is packed from files.
    pub(crate) follows_revision: bool,
}

/// Finds the chart of a release.
pub(crate) fn chart_of(
    context: Context<'_>,
    referrer: &str,
    release: &HelmRelease,
    own_namespace: &str,
) -> Result<ChartSource, Blocked> {
    match &release.chart {
        ReleaseChart::Template(chart) => {
            from_spec(context, referrer, chart, chart.source.namespace_or(own_namespace), 0)
        }
        ReleaseChart::Reference(reference) if reference.kind == "HelmChart" => {
            let namespace = reference.namespace_or(own_namespace);
            let id = ObjectId::new(SOURCE_GROUP, "HelmChart", Some(namespace), &reference.name);
            let placed = object(context, referrer, &id, reference)?;
            let chart = checked(HelmChart::read(&placed.manifest))?;
            from_spec(context, &id.to_string(), &chart, namespace, 0)
        }
        ReleaseChart::Reference(reference) => {
            let source = resolve_any(context, referrer, reference, own_namespace, 0)?;
            Ok(plain(source, String::new(), reference))
        }
        ReleaseChart::Missing => {
            let message = format!("`{referrer}` names no chart");
            Err(Blocked::broken(vec![Diagnostic::error("flux-chart-missing", message)]))
        }
    }
}

/// Finds the files of a `HelmChart`, for those who use one as a source.
pub(super) fn as_source(
    context: Context<'_>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
    depth: u32,
) -> Result<SourceTree, Blocked> {
    let placed = object(context, referrer, id, reference)?;
    let chart = checked(HelmChart::read(&placed.manifest))?;
    let namespace = id.namespace.as_deref().unwrap_or_default();
    Ok(from_spec(context, &id.to_string(), &chart, namespace, depth + 1)?.source)
}

fn from_spec(
    context: Context<'_>,
    referrer: &str,
    chart: &HelmChart,
    namespace: &str,
    depth: u32,
) -> Result<ChartSource, Blocked> {
    let source = if chart.source.kind == "HelmRepository" {
        let id = ObjectId::new(SOURCE_GROUP, "HelmRepository", Some(namespace), &chart.source.name);
        let placed = object(context, referrer, &id, &chart.source)?;
        let repository = checked(HelmRepository::read(&placed.manifest))?;
        let demand = Demand::HelmChart(HelmChartDemand {
            repository: repository.url.to_string(),
            chart: chart.chart.to_string(),
            version: chart.version.to_string(),
            insecure: repository.insecure,
        });
        fetched(context, &id, demand)?
    } else {
        let source = resolve_any(context, referrer, &chart.source, namespace, depth)?;
        let path = TreePath::parse(&chart.chart).map_err(|error| {
            no_chart(referrer, &source.id, &error.to_string(), chart.source.origin)
        })?;
        // A chart of the repository itself; its parent folders do not belong to it.
        let mut key = DigestBuilder::new("subtree");
        key.digest(source.files.digest()).text(path.as_str());
        let files =
            source.files.derive(context.memo, key.finish(), move |tree| Ok(tree.subtree(&path)))?;
        let files = files
            .map_err(|problem| no_chart(referrer, &source.id, &problem, chart.source.origin))?;
        SourceTree { files, ..source }
    };
    let found = plain(source, chart.chart.to_string(), &chart.source);
    Ok(ChartSource {
        values_files: chart.values_files.clone(),
        ignore_missing_values_files: chart.ignore_missing_values_files,
        follows_revision: chart.follows_revision && chart.source.kind != "HelmRepository",
        ..found
    })
}

fn plain(source: SourceTree, path: String, reference: &Reference) -> ChartSource {
    ChartSource {
        source,
        at: reference.origin,
        path,
        values_files: Vec::new(),
        ignore_missing_values_files: false,
        follows_revision: false,
    }
}

/// Says that a source holds no chart.
pub(crate) fn no_chart(referrer: &str, id: &ObjectId, problem: &str, at: Origin) -> Blocked {
    let message = format!("`{referrer}` takes its chart from `{id}`, which gives none");
    let diagnostic = Diagnostic::error("flux-chart-missing", message).at(at);
    Blocked::broken(vec![diagnostic.cause(problem)])
}

/// Returns the folder of a chart: the root, or the only folder in it, as archives have it.
pub(crate) fn chart_root(tree: &Tree) -> Result<Tree, String> {
    let holds =
        |folder: &TreePath| folder.join("Chart.yaml").is_ok_and(|path| tree.file(&path).is_some());
    if holds(&TreePath::root()) {
        return Ok(tree.clone());
    }
    let folders = tree.list(&TreePath::root()).into_iter().filter(|(_, is_folder)| *is_folder);
    let mut charts = folders.filter_map(|(name, _)| TreePath::parse(&name).ok()).filter(holds);
    let folder = charts.next().ok_or("it holds no `Chart.yaml`")?;
    Ok(tree.subtree(&folder))
}
