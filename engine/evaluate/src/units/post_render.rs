//! Post-renderers: kustomize over what a chart gave.

use weir_flux::generate::{image_value, patch_value};
use weir_flux::kinds::PostRenderer;
use weir_flux::taint;
use weir_kustomize::{BuildSettings, build_with};
use weir_model::{Blob, Diagnostic, Manifest, Map, TreeBuilder, TreePath, Value, Warned};
use weir_plan::UnitId;

use super::release::Traced;

/// The only file of the tree that is built.
const FILE: &str = "objects.yaml";

/// Runs one post-renderer over objects. Origins and marks are carried over to objects that keep their place; with `trace`
/// it is noted what changed them.
pub(super) fn post_render(
    id: &UnitId,
    objects: Vec<Traced>,
    renderer: &PostRenderer,
    trace: bool,
) -> Warned<Vec<Traced>> {
    if objects.is_empty() {
        return Warned::clean(objects);
    }
    let Ok(path) = TreePath::parse(FILE) else { return Warned::clean(objects) };
    let mut tree = TreeBuilder::default();
    let given: Vec<Manifest> = objects.iter().map(|object| object.manifest.clone()).collect();
    tree.insert(path, Blob::new(weir_kustomize::to_text(&given).into_bytes()));
    let mut file: Map = [
        ("apiVersion".into(), Value::from("kustomize.config.k8s.io/v1beta1")),
        ("kind".into(), Value::from("Kustomization")),
        ("resources".into(), Value::list(vec![FILE.into()])),
    ]
    .into_iter()
    .collect();
    if !renderer.patches.is_empty() {
        file.insert("patches", Value::list(renderer.patches.iter().map(patch_value).collect()));
    }
    if !renderer.images.is_empty() {
        file.insert("images", Value::list(renderer.images.iter().map(image_value).collect()));
    }
    let node = weir_yaml::from_value(&Value::map(file));
    let settings = BuildSettings { trace, ..BuildSettings::flux() };
    let built = build_with(&tree.finish(), &TreePath::root(), &node, &settings);
    let mut diagnostics = built.diagnostics;
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.is_error()) {
        let problem = std::mem::take(&mut diagnostic.message);
        diagnostic.message = format!("could not run a post-renderer of `{id}`");
        diagnostic.causes.insert(0, problem);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Warned { value: Vec::new(), diagnostics };
    }
    let mut edits = built.value.edits.into_iter();
    let mut originals = objects.into_iter();
    let changed = built.value.objects.into_iter().map(|manifest| {
        let mut edits = edits.next().unwrap_or_default();
        let original = originals.next().filter(|original| original.manifest.id() == manifest.id());
        let Some(original) = original else {
            return Traced { manifest, rendered: None, edits };
        };
        let mut changed = manifest.value().clone();
        taint::copy_marks(&mut changed, original.manifest.value());
        edits.splice(0..0, original.edits);
        let rendered = original.rendered.unwrap_or_else(|| original.manifest.value().clone());
        let manifest = Manifest::new(changed).unwrap_or(manifest);
        Traced { manifest, rendered: Some(rendered), edits }
    });
    let value = changed.collect();
    Warned { value, diagnostics }
}
