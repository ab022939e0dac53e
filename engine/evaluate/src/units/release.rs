//! Rendering a HelmRelease: the chart, then post-renderers, common metadata and owner labels.

use std::sync::Arc;

use weir_flux::kinds::{CrdPolicy, HelmRelease, PostRenderStrategy};
use weir_flux::names::{HELM_NAME, HELM_NAMESPACE};
use weir_flux::{data, taint};
use weir_helm::{Chart, Facts, HelmVersion, KubeVersion, Release, Rendered, Trace, values};
use weir_kustomize::Edit;
use weir_model::{
    Blob, Data, Diagnostic, Digest, DigestBuilder, Manifest, Map, ObjectId, Origin, SmolStr, Tree,
    TreeBuilder, TreePath, Value, Warned,
};
use weir_plan::{PlanObject, UnitId};

use super::lookups::{Lookups, Objects};
use super::mark_copies;
use super::numbering::Numbering;
use super::post_render::post_render;
use super::values::ReleaseValues;
use crate::blocked::Blocked;
use crate::context::Context;
use crate::files::Files;
use crate::memo::value_digest;
use crate::rendering::{Made, Rendering};
use crate::sources::{ChartSource, chart_root, no_chart};
use crate::{ClusterFacts, Demand, Memo};

/// A HelmRelease with its inputs.
pub(crate) struct ReleaseTask {
    pub(super) id: UnitId,
    /// Where the object is written.
    pub(super) at: Origin,
    pub(crate) release: HelmRelease,
    pub(crate) chart: ChartFiles,
    pub(crate) values: ReleaseValues,
    pub(super) facts: Arc<ClusterFacts>,
    pub(super) lookups: Lookups,
}

/// The files of a chart with how they are to be read.
#[derive(Clone, Debug)]
pub(crate) struct ChartFiles {
    /// The files; `Chart.yaml` is in their root, or in the only folder that has one.
    pub(super) files: Files,
    /// The source that they are of.
    pub(super) source: ObjectId,
    /// What is added to the version of the chart.
    pub(crate) numbering: Numbering,
    /// Where the source is named.
    pub(super) at: Origin,
    /// Files of the chart that replace its `values.yaml`.
    pub(super) values_files: Vec<SmolStr>,
    /// Whether values files that are not there are skipped.
    pub(super) ignore_missing_values_files: bool,
}

impl From<&ChartSource> for ChartFiles {
    fn from(chart: &ChartSource) -> Self {
        Self {
            files: chart.source.files.clone(),
            source: chart.source.id.clone(),
            numbering: Numbering::of(chart),
            at: chart.at,
            values_files: chart.values_files.clone(),
            ignore_missing_values_files: chart.ignore_missing_values_files,
        }
    }
}

/// Tells whether a chart's templates may make Flux objects; then a release must be rendered to know all units.
pub(super) fn makes_flux_objects(context: Context<'_>, task: &ReleaseTask) -> bool {
    let memo = context.memo;
    // A chart that cannot be looked into must be asked for.
    task.chart.files.may_hold("toolkit.fluxcd.io/", &memo.makes_flux_objects, memo)
}

/// Renders a HelmRelease. With values from secrets the chart is rendered twice, to see where they go; with random values
/// it is, too.
pub(super) fn render(task: &ReleaseTask, memo: &Memo) -> Made {
    let rendering = match load(task, memo) {
        Ok(chart) => rendered(task, &chart),
        Err(blocked) => blocked.into(),
    };
    Made { rendering, details: details(task), from_secrets: task.values.decoys.is_some() }
}

/// Names the values on top, so that someone sees which of them is another.
fn details(task: &ReleaseTask) -> Vec<(String, Digest)> {
    let values = task.values.merged.as_map().filter(|_| task.values.decoys.is_none());
    let values = values.into_iter().flat_map(Map::iter);
    values.map(|(key, value)| (format!("value {key}"), value_digest(value))).collect()
}

fn rendered(task: &ReleaseTask, loaded: &Chart) -> Rendering {
    let found = &task.lookups.objects;
    let render = |values: &Value, objects: &Objects, seed: [u8; 32]| {
        chart(task, loaded, values, objects, seed)
    };
    let Warned { value: Charted { mut manifests, generated, unknown }, mut diagnostics } =
        render(&task.values.merged, found, SEEDS[0]);
    for diagnostic in &mut diagnostics {
        hide(diagnostic, &task.values);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Blocked::broken(diagnostics).into();
    }
    let other = generated.then(|| render(&task.values.merged, found, SEEDS[1]).value.manifests);
    if let Some(decoys) = &task.values.decoys {
        let objects = task.lookups.decoys.as_ref().unwrap_or(found);
        mark_secrets(&mut manifests, &render(decoys, objects, SEEDS[0]));
    }
    let mut objects = Vec::with_capacity(manifests.len());
    for (index, mut manifest) in mark_copies(manifests).into_iter().enumerate() {
        let mut generated = Vec::new();
        if let Some(other) = other.as_ref().and_then(|other| other.get(index)) {
            differences(manifest.value(), other.value(), &mut String::new(), &mut generated);
        }
        task.release.common_metadata.apply(&mut manifest);
        manifest.set_label(HELM_NAME, &task.id.name);
        manifest.set_label(HELM_NAMESPACE, &task.id.namespace);
        let manifest = Arc::new(data::mark_secret(manifest));
        objects.push(PlanObject::with_generated(manifest, generated));
    }
    let demands = unknown.into_iter().map(Demand::Object).collect();
    Rendering { demands, ..Rendering::of(objects, diagnostics) }
}

/// Reads the chart, unless another release of it is being rendered.
pub(crate) fn load(task: &ReleaseTask, memo: &Memo) -> Result<Arc<Chart>, Blocked> {
    memo.charts.get_or_make(&chart_key(task), || {
        let ChartFiles { files, source, at, .. } = &task.chart;
        let tree = chart_root(&*files.open(memo)?)
            .map_err(|problem| no_chart(&task.id.to_string(), source, &problem, *at))?;
        let tree = with_values_files(task, tree.into())
            .map_err(|diagnostic| Blocked::broken(vec![*diagnostic]))?;
        let Warned { value, mut diagnostics } = Chart::load_as(&tree, HelmVersion::V4);
        value.map(Arc::new).ok_or_else(|| {
            let message = format!("`{}`: the chart cannot be loaded", task.id);
            diagnostics.push(Diagnostic::error("flux-chart", message).at(task.at));
            Blocked::broken(diagnostics)
        })
    })
}

/// Returns the key of all that [`load`] makes a chart of.
pub(super) fn chart_key(task: &ReleaseTask) -> Digest {
    // The others are for messages; a chart that cannot be read is not shared.
    let ChartFiles {
        files,
        values_files,
        ignore_missing_values_files,
        source: _,
        numbering: _,
        at: _,
    } = &task.chart;
    let mut key = DigestBuilder::new("chart");
    key.digest(files.digest()).number(u64::from(*ignore_missing_values_files));
    for file in values_files {
        key.text(file);
    }
    key.finish()
}

/// Puts the values files that a chart is packed with in the place of its `values.yaml`.
fn with_values_files(task: &ReleaseTask, tree: Arc<Tree>) -> Result<Arc<Tree>, Box<Diagnostic>> {
    if task.chart.values_files.is_empty() {
        return Ok(tree);
    }
    let failed = |name: &str, problem: &str| {
        let message = format!("`{}` cannot use the values file `{name}` of its chart", task.id);
        Box::new(Diagnostic::error("flux-values-files", message).at(task.at).cause(problem))
    };
    let mut merged = values::empty();
    for name in &task.chart.values_files {
        let path = TreePath::parse(name).map_err(|error| failed(name, &error.to_string()))?;
        let Some(blob) = tree.file(&path) else {
            if task.chart.ignore_missing_values_files {
                continue;
            }
            return Err(failed(name, "it does not exist"));
        };
        let file = values::read(blob.bytes(), name, HelmVersion::V4)
            .map_err(|problem| failed(name, &problem))?;
        merged = values::merge(&merged, &file);
    }
    let mut changed = TreeBuilder::default();
    for (path, blob) in tree.files() {
        changed.insert(path.clone(), blob.clone());
    }
    if let Ok(path) = TreePath::parse("values.yaml") {
        changed.insert(path, Blob::new(weir_yaml::to_yaml(&merged).into_bytes()));
    }
    Ok(Arc::new(changed.finish()))
}

/// Lists the places, as JSON pointers, at which two values differ.
fn differences(value: &Value, other: &Value, place: &mut String, found: &mut Vec<String>) {
    if value.data == other.data {
        return;
    }
    let length = place.len();
    match (&value.data, &other.data) {
        (Data::Map(map), Data::Map(others)) => {
            for (key, value) in map.iter() {
                place.push('/');
                place.push_str(&key.replace('~', "~0").replace('/', "~1"));
                match others.get(key) {
                    Some(other) => differences(value, other, place, found),
                    None => found.push(place.clone()),
                }
                place.truncate(length);
            }
        }
        (Data::List(items), Data::List(others)) if items.len() == others.len() => {
            for (index, (item, other)) in items.iter().zip(others.iter()).enumerate() {
                place.push_str(&format!("/{index}"));
                differences(item, other, place, found);
                place.truncate(length);
            }
        }
        _ => found.push(place.clone()),
    }
}

/// What a chart gave with some values.
#[derive(Default)]
struct Charted {
    manifests: Vec<Manifest>,
    /// Whether another seed gives other values.
    generated: bool,
    /// The objects that were looked up and that nobody knows.
    unknown: Vec<ObjectId>,
}

/// The seed of random values and of another rendering that shows where they went.
const SEEDS: [[u8; 32]; 2] = [[0; 32], [1; 32]];

/// Renders the chart with some values, and runs the post-renderers.
fn chart(
    task: &ReleaseTask,
    chart: &Chart,
    values: &Value,
    objects: &Objects,
    seed: [u8; 32],
) -> Warned<Charted> {
    let (release, facts) = circumstances(task, seed);
    let facts = Facts { objects: Arc::clone(objects), ..facts };
    let Warned { value, mut diagnostics } = weir_helm::render(chart, values, &release, &facts);
    let Some(rendered) = value else {
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let message = format!("`{}`: the chart could not be rendered", task.id);
            diagnostics.push(Diagnostic::error("flux-helm", message).at(task.at));
        }
        return Warned { value: Charted::default(), diagnostics };
    };
    let manifests = post_rendered(task, &rendered, false, &mut diagnostics);
    let manifests = manifests.into_iter().map(|traced| traced.manifest).collect();
    let charted = Charted { manifests, generated: rendered.generated, unknown: rendered.unknown };
    Warned { value: charted, diagnostics }
}

/// An object of a release with what its post-renderers changed.
pub(crate) struct Traced {
    pub(crate) manifest: Manifest,
    /// As the chart gave it, when something was changed.
    pub(crate) rendered: Option<Value>,
    pub(crate) edits: Vec<Edit>,
}

/// Renders a release with a trace: its objects before Flux's own labels, their origins as lines of what templates wrote.
pub(crate) fn traced(task: &ReleaseTask, chart: &Chart) -> Option<(Vec<Traced>, Trace)> {
    let (release, facts) = circumstances(task, SEEDS[0]);
    let (rendered, trace) =
        weir_helm::render_traced(chart, &task.values.merged, &release, &facts).value?;
    Some((post_rendered(task, &rendered, true, &mut Vec::new()), trace))
}

/// Says for which release and in which cluster a chart is rendered.
pub(crate) fn circumstances(task: &ReleaseTask, seed: [u8; 32]) -> (Release, Facts) {
    let name = task.release.release(&task.id.name);
    let release = Release::new(name, task.release.namespace(&task.id.namespace));
    let facts = Facts {
        kube_version: KubeVersion::parse(&task.facts.kube_version).unwrap_or_default(),
        // What the helm-controller of Flux 2.9 links.
        helm: HelmVersion::V4,
        entropy: seed,
        objects: Arc::clone(&task.lookups.objects),
        validate_schema: !task.release.disable_schema_validation,
        ..Facts::default()
    };
    let known = task.facts.api_versions.iter();
    let facts = if task.facts.is_complete {
        Facts { api_versions: known.cloned().collect(), ..facts }
    } else {
        facts.with_api_versions(known.map(String::as_str))
    };
    (release, facts)
}

/// Takes the objects out of a rendering, and runs the post-renderers over them.
fn post_rendered(
    task: &ReleaseTask,
    rendered: &Rendered,
    trace: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Traced> {
    let mut crds = Vec::new();
    if task.release.install_crds != CrdPolicy::Skip {
        for crd in &rendered.crds {
            match &*crd.values() {
                Ok(values) => {
                    for value in values {
                        take(value.clone(), &crd.path, &mut crds, diagnostics);
                    }
                }
                Err(error) => diagnostics.push(error.clone().into()),
            }
        }
    }
    let mut own = Vec::new();
    for manifest in &rendered.manifests {
        take(manifest.value.clone(), &manifest.path, &mut own, diagnostics);
    }
    let mut hooks = Vec::new();
    if !task.release.disable_hooks {
        for hook in &rendered.hooks {
            take(hook.manifest.value.clone(), &hook.manifest.path, &mut hooks, diagnostics);
        }
    }
    let hooks_apart = if task.release.post_render_strategy != PostRenderStrategy::NoHooks {
        own.append(&mut hooks);
        Vec::new()
    } else {
        hooks
    };
    let unchanged = |manifest| Traced { manifest, rendered: None, edits: Vec::new() };
    let mut own: Vec<Traced> = own.into_iter().map(unchanged).collect();
    for renderer in &task.release.post_renderers {
        let done = post_render(&task.id, own, renderer, trace);
        diagnostics.extend(done.diagnostics);
        own = done.value;
    }
    let (crds, hooks) = (crds.into_iter().map(unchanged), hooks_apart.into_iter().map(unchanged));
    crds.chain(own).chain(hooks).collect()
}

/// Takes up a document: its object, or those of a list. Documents without content are left out.
pub(super) fn take(
    value: Value,
    path: &str,
    into: &mut Vec<Manifest>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let is_empty = value.as_map().is_some_and(Map::is_empty);
    if value.is_null() || is_empty {
        return;
    }
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind.ends_with("List")
        && let Some(items) = value.get("items").and_then(Value::as_list)
    {
        for item in items {
            object(item.clone(), path, into, diagnostics);
        }
        return;
    }
    object(value, path, into, diagnostics);
}

fn object(value: Value, path: &str, into: &mut Vec<Manifest>, diagnostics: &mut Vec<Diagnostic>) {
    let at = if value.origin.is_known() { value.origin } else { Origin::file(path) };
    match Manifest::new(value) {
        Ok(manifest) => into.push(manifest),
        Err(error) => {
            let message = format!("could not read a manifest of `{path}`: {error}");
            diagnostics.push(Diagnostic::error("helm-manifest", message).at(at));
        }
    }
}

/// Marks what differs between two renderings; everything, when they do not have the same objects.
fn mark_secrets(manifests: &mut [Manifest], other: &Warned<Charted>) {
    let others = &other.value.manifests;
    let same_objects = !other.has_errors()
        && manifests.len() == others.len()
        && manifests.iter().zip(others).all(|(a, b)| a.kind() == b.kind());
    for (index, manifest) in manifests.iter_mut().enumerate() {
        let mut value = manifest.value().clone();
        match others.get(index).filter(|_| same_objects) {
            Some(other) => taint::mark_differences(&mut value, other.value()),
            None => taint::mark_all(&mut value),
        }
        if let Ok(marked) = Manifest::new(value) {
            *manifest = marked;
        }
    }
}

/// Takes the release's secrets out of a diagnostic.
pub(super) fn hide(diagnostic: &mut Diagnostic, values: &ReleaseValues) {
    if values.secrets.is_empty() {
        return;
    }
    diagnostic.excerpt = None;
    let texts = std::iter::once(&mut diagnostic.message)
        .chain(&mut diagnostic.causes)
        .chain(&mut diagnostic.hints);
    for text in texts {
        *text = taint::hide(std::mem::take(text), values.secrets.iter().map(String::as_str));
    }
}
