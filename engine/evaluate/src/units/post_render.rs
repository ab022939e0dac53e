//! Post-renderers: kustomize over what a chart gave.

use weir_flux::generate::{image_value, patch_value};
use weir_flux::kinds::PostRenderer;
use weir_flux::taint;
use weir_kustomize::{BuildSettings, build_with};
use weir_model::{Blob, Diagnostic, Manifest, Map, TreeBuilder, TreePath, Value, Warned};
use weir_plan::UnitId;

/// The only file of the tree that is built.
const FILE: &str = "objects.yaml";

/// Runs one post-renderer over objects. Origins and marks are carried over to objects that keep their place.
pub(super) fn post_render(
    id: &UnitId,
    objects: Vec<Manifest>,
    renderer: &PostRenderer,
) -> Warned<Vec<Manifest>> {
    if objects.is_empty() {
        return Warned::clean(objects);
    }
    let Ok(path) = TreePath::parse(FILE) else { return Warned::clean(objects) };
    let mut tree = TreeBuilder::default();
    tree.insert(path, Blob::new(weir_kustomize::to_text(&objects).into_bytes()));
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
    let built = build_with(&tree.finish(), &TreePath::root(), &node, &BuildSettings::flux());
    let mut diagnostics = built.diagnostics;
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.is_error()) {
        let problem = std::mem::take(&mut diagnostic.message);
        diagnostic.message = format!("could not run a post-renderer of `{id}`");
        diagnostic.causes.insert(0, problem);
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Warned { value: Vec::new(), diagnostics };
    }
    let mut value = built.value.objects;
    for (manifest, original) in value.iter_mut().zip(&objects) {
        if manifest.id() != original.id() {
            continue;
        }
        let mut changed = manifest.value().clone();
        taint::copy_marks(&mut changed, original.value());
        if let Ok(marked) = Manifest::new(changed) {
            *manifest = marked;
        }
    }
    Warned { value, diagnostics }
}
