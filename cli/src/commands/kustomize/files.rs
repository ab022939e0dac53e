//! Where the objects go with `--output`: into one file, or a file each in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use weir_kustomize::schema::Schema;
use weir_kustomize::to_text;
use weir_model::{Manifest, Value};

use crate::CommandError;

/// Writes the objects to a file, or into a folder that is there, a file each, named as kustomize names them.
///
/// Refuses an object whose name would lead out of the folder.
pub(super) fn write(path: &Path, objects: &[Manifest]) -> Result<(), CommandError> {
    if !path.is_dir() {
        return write_one(path, objects);
    }
    let schema = Schema::builtin();
    let namespaces: BTreeSet<&str> =
        objects.iter().filter_map(|object| namespace(object, &schema)).collect();
    for object in objects {
        let mut name = file_name(object);
        if let Some(namespace) = namespace(object, &schema).filter(|_| namespaces.len() > 1) {
            name = format!("{}_{name}", namespace.to_lowercase());
        }
        if name.contains(['/', '\\', '\0']) {
            return Err(CommandError::new(format!("could not write the object as `{name}`"))
                .cause("its name has a character that no file name may have"));
        }
        write_one(&path.join(name), std::slice::from_ref(object))?;
    }
    Ok(())
}

fn write_one(path: &Path, objects: &[Manifest]) -> Result<(), CommandError> {
    fs::write(path, to_text(objects)).map_err(|error| {
        CommandError::new(format!("could not write `{}`", path.display())).cause(error)
    })
}

fn text<'a>(object: &'a Manifest, keys: &[&str]) -> &'a str {
    object.value().pointer(keys).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the namespace of an object; none for one of the cluster.
fn namespace<'a>(object: &'a Manifest, schema: &Schema) -> Option<&'a str> {
    if schema.is_cluster_scoped(text(object, &["apiVersion"]), text(object, &["kind"])) {
        return None;
    }
    let namespace = text(object, &["metadata", "namespace"]);
    Some(if namespace.is_empty() { "default" } else { namespace })
}

fn file_name(object: &Manifest) -> String {
    let (group, version) = text(object, &["apiVersion"])
        .split_once('/')
        .unwrap_or(("", text(object, &["apiVersion"])));
    let parts: Vec<&str> = [group, version, text(object, &["kind"])]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    format!("{}_{}.yaml", parts.join("_"), text(object, &["metadata", "name"])).to_lowercase()
}
