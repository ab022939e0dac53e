//! Rendering a HelmRelease: the chart, then post-renderers, common metadata and owner labels.

use weir_flux::kinds::HelmRelease;
use weir_flux::names::{HELM_NAME, HELM_NAMESPACE};
use weir_flux::{data, taint};
use weir_model::{Diagnostic, Manifest, Origin, Value, Warned};
use weir_plan::{PlanObject, UnitId};

use super::post_render::post_render;
use super::values::ReleaseValues;
use crate::ClusterFacts;
use crate::blocked::Blocked;
use crate::context::Context;
use crate::rendering::Rendering;
use crate::sources::ChartSource;

/// A HelmRelease with its inputs.
pub(crate) struct ReleaseTask {
    pub(super) id: UnitId,
    /// Where the object is written.
    pub(super) at: Origin,
    pub(super) release: HelmRelease,
    pub(super) chart: ChartSource,
    pub(super) values: ReleaseValues,
    pub(super) facts: ClusterFacts,
}

/// Tells whether a chart's templates may make Flux objects; then a release must be rendered to know all units.
pub(super) fn makes_flux_objects(context: Context<'_>, task: &ReleaseTask) -> bool {
    const SIGN: &[u8] = b"toolkit.fluxcd.io/";
    let tree = &task.chart.source.tree;
    let found = context.memo.makes_flux_objects.get_or_make(*tree.digest(), || {
        tree.files().any(|(_, blob)| blob.bytes().windows(SIGN.len()).any(|window| window == SIGN))
    });
    *found
}

/// Renders a HelmRelease. With values from secrets the chart is rendered twice, to see where they go.
pub(super) fn render(task: &ReleaseTask) -> Rendering {
    let Warned { value: mut manifests, mut diagnostics } = chart(task, &task.values.merged);
    for diagnostic in &mut diagnostics {
        hide(diagnostic, &task.values);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Blocked::broken(diagnostics).into();
    }
    if let Some(decoys) = &task.values.decoys {
        mark_secrets(&mut manifests, &chart(task, decoys));
    }
    let mut objects = Vec::with_capacity(manifests.len());
    for mut manifest in manifests {
        task.release.common_metadata.apply(&mut manifest);
        manifest.set_label(HELM_NAME, &task.id.name);
        manifest.set_label(HELM_NAMESPACE, &task.id.namespace);
        objects.push(PlanObject::new(std::sync::Arc::new(data::mark_secret(manifest))));
    }
    Rendering::of(objects, diagnostics)
}

/// Renders the chart with some values, and runs the post-renderers.
fn chart(task: &ReleaseTask, values: &Value) -> Warned<Vec<Manifest>> {
    let rendered = helm(task, values);
    if rendered.has_errors() || task.release.post_renderers.is_empty() {
        return rendered;
    }
    let Warned { value: mut manifests, mut diagnostics } = rendered;
    for renderer in &task.release.post_renderers {
        let done = post_render(&task.id, manifests, renderer);
        diagnostics.extend(done.diagnostics);
        manifests = done.value;
    }
    Warned { value: manifests, diagnostics }
}

fn helm(task: &ReleaseTask, _values: &Value) -> Warned<Vec<Manifest>> {
    let message = format!(
        "`{}`: charts cannot be rendered yet (release `{}` in `{}`, Kubernetes {})",
        task.id,
        task.release.release(&task.id.name),
        task.release.namespace(&task.id.namespace),
        task.facts.kube_version
    );
    let diagnostic = Diagnostic::error("flux-helm", message).at(task.at);
    Warned { value: Vec::new(), diagnostics: vec![diagnostic] }
}

/// Marks what differs between two renderings; everything, when they do not have the same objects.
fn mark_secrets(manifests: &mut [Manifest], other: &Warned<Vec<Manifest>>) {
    let same_objects = !other.has_errors()
        && manifests.len() == other.value.len()
        && manifests.iter().zip(&other.value).all(|(a, b)| a.kind() == b.kind());
    for (index, manifest) in manifests.iter_mut().enumerate() {
        let mut value = manifest.value().clone();
        match other.value.get(index).filter(|_| same_objects) {
            Some(other) => taint::mark_differences(&mut value, other.value()),
            None => taint::mark_all(&mut value),
        }
        if let Ok(marked) = Manifest::new(value) {
            *manifest = marked;
        }
    }
}

/// Takes the release's secrets out of a diagnostic.
fn hide(diagnostic: &mut Diagnostic, values: &ReleaseValues) {
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
