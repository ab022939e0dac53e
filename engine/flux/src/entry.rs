//! Which folders of a repository a cluster may sync from.

use std::collections::BTreeSet;

use weir_model::{Source, Tree, TreePath, Value};

const API_GROUP: &str = "kustomize.toolkit.fluxcd.io/";

/// Returns the folders that may be entries, in order: those that hold a Flux `Kustomization` and are not themselves
/// below the `spec.path` of a Kustomization elsewhere.
///
/// What `flux bootstrap` writes into `flux-system/` counts for the folder above it, which is what it syncs.
pub fn entry_candidates(tree: &Tree) -> Vec<TreePath> {
    let mut holders: BTreeSet<TreePath> = BTreeSet::new();
    // Each path with the folder of the Kustomization that names it.
    let mut synced: Vec<(TreePath, TreePath)> = Vec::new();
    for (path, blob) in tree.files() {
        if !(path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml")) {
            continue;
        }
        let Some(text) = blob.text().filter(|text| text.contains(API_GROUP)) else { continue };
        let Some(folder) = path.parent() else { continue };
        // A file that is no YAML, such as a template, holds no Kustomization.
        let documents = weir_yaml::read_values(text.as_bytes(), Source::named(path.as_str()))
            .unwrap_or_default();
        for document in documents.iter().filter(|document| is_kustomization(document)) {
            let holder = match folder.name() {
                "flux-system" => folder.parent().unwrap_or_default(),
                _ => folder.clone(),
            };
            let spec_path =
                document.pointer(&["spec", "path"]).and_then(Value::as_str).unwrap_or("./");
            if let Ok(spec_path) = TreePath::parse_within(spec_path) {
                synced.push((spec_path, holder.clone()));
            }
            holders.insert(holder);
        }
    }
    let within_another = |folder: &TreePath| {
        synced.iter().any(|(path, holder)| folder.is_within(path) && !holder.is_within(path))
    };
    let tops: Vec<TreePath> =
        holders.iter().filter(|folder| !within_another(folder)).cloned().collect();
    // Where clusters have a folder for them all, what else looks like an entry is a template for one.
    let in_clusters = |path: &TreePath| path.parts().any(|part| part == "clusters");
    let clusters_only = tops.iter().any(in_clusters);
    // Of folders inside each other only the outermost is an entry.
    tops.iter()
        .filter(|folder| !clusters_only || in_clusters(folder))
        .filter(|folder| !tops.iter().any(|other| other != *folder && folder.is_within(other)))
        .cloned()
        .collect()
}

fn is_kustomization(document: &Value) -> bool {
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    text("kind") == "Kustomization" && text("apiVersion").starts_with(API_GROUP)
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder};

    use super::*;

    fn candidates(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = TreeBuilder::default();
        for (path, spec_path) in files {
            let text = format!(
                "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: x\n\
                 spec:\n  path: {spec_path}\n"
            );
            tree.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        entry_candidates(&tree.finish()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_entry_is_what_no_other_kustomization_reaches() {
        for (files, expected) in [
            // As `flux bootstrap` leaves it: the folder above `flux-system` syncs itself.
            (
                vec![
                    ("clusters/prod/flux-system/gotk-sync.yaml", "./clusters/prod"),
                    ("clusters/prod/apps.yaml", "./apps"),
                ],
                vec!["clusters/prod"],
            ),
            // An entry that leads to a tree of further Kustomizations.
            (
                vec![("flux/cluster/ks.yaml", "./apps"), ("apps/web/ks.yaml", "./apps/web/app")],
                vec!["flux/cluster"],
            ),
            // Two clusters of one fleet.
            (
                vec![("clusters/a/x.yaml", "./apps"), ("clusters/b/x.yaml", "./apps")],
                vec!["clusters/a", "clusters/b"],
            ),
        ] {
            assert_eq!(candidates(&files), expected);
        }
    }
}
