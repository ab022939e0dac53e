//! The kustomization file that kustomize-controller builds: the folder's own, or a generated one, with the fields of the
//! Flux object laid over it.

use weir_model::{Diagnostic, Map, Origin, SmolStr, Source, Tree, TreePath, Value};

use crate::kinds::{Image, Kustomization, Patch};

/// The names a kustomization file may have, in the order in which they are tried.
const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The fields of kustomize's own type; others are lost on the way through it, as upstream.
const FIELDS: [&str; 34] = [
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "images",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
    "imageTags",
];

/// Returns the kustomization that is to be built for a folder of a tree.
///
/// Without a kustomization file one is generated: it lists all YAML files below the folder, and folders that have a
/// kustomization file of their own instead of what is in them. Fails when the file is no YAML map, or when a component
/// is not a local relative path.
pub fn kustomization_for(
    tree: &Tree,
    folder: &TreePath,
    spec: &Kustomization,
) -> Result<Value, Box<Diagnostic>> {
    let mut file = match existing(tree, folder)? {
        Some(map) => map,
        None => generated(tree, folder),
    };
    for (field, text) in [
        ("namespace", &spec.target_namespace),
        ("namePrefix", &spec.name_prefix),
        ("nameSuffix", &spec.name_suffix),
    ] {
        if let Some(text) = text {
            file.insert(field, Value::string(text.clone()));
        }
    }
    append(&mut file, "patches", spec.patches.iter().map(patch_value).collect());
    let mut components = Vec::new();
    for component in &spec.components {
        if !is_local(component) {
            let message = format!("component path `{component}` must be local and relative");
            let diagnostic = Diagnostic::error("flux-component", message);
            return Err(Box::new(diagnostic.hint("vendor the component into the repository")));
        }
        let exists = folder.join(component).is_ok_and(|path| tree.is_folder(&path));
        if exists || !spec.ignore_missing_components {
            components.push(Value::string(component.clone()));
        }
    }
    append(&mut file, "components", components);
    merge_images(&mut file, &spec.images);
    if !spec.build_metadata.is_empty() {
        let items = spec.build_metadata.iter().cloned().map(Value::string).collect();
        file.insert("buildMetadata", Value::list(items));
    }
    Ok(Value::map(file))
}

/// Returns the kustomization file of a folder, when there is one.
pub fn kustomization_file(tree: &Tree, folder: &TreePath) -> Option<TreePath> {
    FILES.iter().filter_map(|name| folder.join(name).ok()).find(|path| tree.file(path).is_some())
}

fn existing(tree: &Tree, folder: &TreePath) -> Result<Option<Map>, Box<Diagnostic>> {
    let Some(path) = kustomization_file(tree, folder) else { return Ok(None) };
    let Some(blob) = tree.file(&path) else { return Ok(None) };
    let source = Source::named(path.as_str());
    let value = weir_yaml::read_value(blob.bytes(), source)
        .map_err(|error| Box::new(Diagnostic::from(error)))?;
    let mut map = match value.as_map() {
        Some(map) => map.clone(),
        None if value.is_null() => Map::new(),
        None => {
            let message = format!("kustomization file is a {}, not a map", value.kind());
            let at = Origin::new(source, value.origin.line);
            return Err(Box::new(Diagnostic::error("flux-kustomization-file", message).at(at)));
        }
    };
    map.retain(|key, value| FIELDS.contains(&key.as_str()) && !value.is_null());
    for (field, text) in
        [("apiVersion", "kustomize.config.k8s.io/v1beta1"), ("kind", "Kustomization")]
    {
        if !map.contains_key(field) {
            map.insert(field, Value::from(text));
        }
    }
    let empty = map.get("resources").and_then(Value::as_list).is_none_or(<[Value]>::is_empty);
    if empty {
        // Otherwise kustomize would refuse a file that gives nothing.
        map.insert("buildMetadata", Value::list(vec!["originAnnotations".into()]));
    }
    Ok(Some(map))
}

fn generated(tree: &Tree, folder: &TreePath) -> Map {
    let mut resources = Vec::new();
    collect(tree, folder, ".", &mut resources);
    let mut map: Map = [
        ("apiVersion".into(), Value::from("kustomize.config.k8s.io/v1beta1")),
        ("kind".into(), Value::from("Kustomization")),
    ]
    .into_iter()
    .collect();
    if resources.is_empty() {
        // Otherwise kustomize would refuse a file that gives nothing.
        map.insert("namespace", Value::from("_placeholder"));
    } else {
        map.insert("resources", Value::list(resources));
    }
    map
}

/// Lists the YAML files below a folder. A tree's paths bound the depth.
fn collect(tree: &Tree, folder: &TreePath, shown: &str, resources: &mut Vec<Value>) {
    for (name, is_folder) in tree.list(folder) {
        let Ok(path) = folder.join(&name) else { continue };
        let shown = format!("{shown}/{name}");
        if is_folder && kustomization_file(tree, &path).is_none() {
            collect(tree, &path, &shown, resources);
        } else if is_folder || name.ends_with(".yaml") || name.ends_with(".yml") {
            resources.push(Value::string(shown));
        }
    }
}

fn append(file: &mut Map, field: &str, items: Vec<Value>) {
    if items.is_empty() {
        return;
    }
    let list = file.entry(field);
    match list.as_list_mut() {
        Some(list) => list.extend(items),
        None => *list = Value::list(items),
    }
}

/// Writes a patch as kustomize reads it.
pub fn patch_value(patch: &Patch) -> Value {
    let text = Value::string(patch.patch.clone()).at(patch.origin);
    let mut map: Map = [("patch".into(), text)].into_iter().collect();
    if let Some(target) = &patch.target {
        let target: Map = target
            .fields
            .iter()
            .map(|(name, text)| (SmolStr::new(name), Value::string(text.clone())))
            .collect();
        map.insert("target", Value::map(target));
    }
    Value::map(map)
}

/// Writes an image as kustomize reads it.
pub fn image_value(image: &Image) -> Value {
    let fields = [
        ("name", Some(&image.name)),
        ("newName", image.new_name.as_ref()),
        ("newTag", image.new_tag.as_ref()),
        ("digest", image.digest.as_ref()),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(key, text)| Some((key.into(), Value::string(text?.clone()))));
    Value::map(fields.collect())
}

/// Merges images by name; tag and digest are one: setting either drops both of the file's.
fn merge_images(file: &mut Map, images: &[Image]) {
    let mut added = Vec::new();
    for wanted in images {
        let found = file.get_mut("images").and_then(Value::as_list_mut).and_then(|list| {
            list.iter_mut()
                .find(|item| item.get("name").and_then(Value::as_str) == Some(&wanted.name))
        });
        let Some(map) = found.and_then(Value::as_map_mut) else {
            added.push(image_value(wanted));
            continue;
        };
        if let Some(name) = &wanted.new_name {
            map.insert("newName", Value::string(name.clone()));
        }
        if wanted.new_tag.is_some() || wanted.digest.is_some() {
            for (field, text) in [("newTag", &wanted.new_tag), ("digest", &wanted.digest)] {
                match text {
                    Some(text) => map.insert(field, Value::string(text.clone())),
                    None => map.remove(field),
                };
            }
        }
    }
    append(file, "images", added);
}

/// Tells whether a path is neither a URL nor absolute.
fn is_local(path: &str) -> bool {
    const REMOTE: [&str; 8] =
        ["git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/"];
    let lower = path.to_lowercase();
    let remote =
        REMOTE.iter().any(|prefix| prefix.len() < lower.len() && lower.starts_with(prefix));
    !remote && !path.starts_with('/') && !lower.starts_with("file:///")
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder};

    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut builder = TreeBuilder::default();
        for path in paths {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(b"".as_slice()));
        }
        builder.finish()
    }

    #[test]
    fn folders_without_a_kustomization_list_their_yaml_files() {
        let tree = tree(&[
            "apps/a.yaml",
            "apps/b/c.yml",
            "apps/b/note.md",
            "apps/d/kustomization.yaml",
            "apps/d/e.yaml",
        ]);
        let apps = TreePath::parse("apps").unwrap();
        let file = kustomization_for(&tree, &apps, &Kustomization::default()).unwrap();
        let resources = file.get("resources").and_then(Value::as_list).unwrap();
        let resources: Vec<_> = resources.iter().filter_map(Value::as_str).collect();
        assert_eq!(resources, ["./a.yaml", "./b/c.yml", "./d"]);
    }

    #[test]
    fn a_folder_with_nothing_gets_a_placeholder() {
        let file =
            kustomization_for(&tree(&["x/y.md"]), &TreePath::root(), &Kustomization::default());
        assert_eq!(file.unwrap().get("namespace").and_then(Value::as_str), Some("_placeholder"));
    }

    #[test]
    fn images_merge_by_name_and_a_tag_drops_a_digest() {
        let item = Map::from_iter([
            ("name".into(), Value::from("web")),
            ("newName".into(), Value::from("mirror/web")),
            ("digest".into(), Value::from("sha256:1")),
        ]);
        let mut file = Map::from_iter([("images".into(), Value::list(vec![item.into()]))]);
        let wanted =
            Image { name: "web".into(), new_name: None, new_tag: Some("2".into()), digest: None };
        merge_images(&mut file, &[wanted]);
        assert_eq!(
            format!("{:?}", file.get("images").unwrap()),
            r#"[{"name": "web", "newName": "mirror/web", "newTag": "2"}]"#
        );
    }
}
