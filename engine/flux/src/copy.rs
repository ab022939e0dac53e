//! The copy operations that make artifacts out of sources, as source-watcher runs them.

use weir_model::{Blob, Meter, Source, Tree, TreePath, Value};

use crate::glob::{self, Dialect};
use crate::kinds::{CopyOperation, Strategy};

/// Runs copy operations in order and returns the files of the artifact.
///
/// `source` returns the tree of an alias. The first operation that fails ends it; the message names the operation.
pub fn copy(
    operations: &[CopyOperation],
    source: &dyn Fn(&str) -> Option<std::sync::Arc<Tree>>,
    meter: &mut Meter,
) -> Result<Tree, String> {
    let mut staging = Staging::default();
    for operation in operations {
        run(operation, source, &mut staging, meter).map_err(|problem| {
            format!("could not copy `{}` to `{}`: {problem}", operation.from, operation.to)
        })?;
    }
    Ok(Tree::from_files(staging.files))
}

#[derive(Default)]
struct Staging {
    files: std::collections::BTreeMap<TreePath, Blob>,
}

impl Staging {
    fn is_folder(&self, path: &TreePath) -> bool {
        self.files.keys().any(|file| file != path && file.is_within(path))
    }
}

fn run(
    operation: &CopyOperation,
    source: &dyn Fn(&str) -> Option<std::sync::Arc<Tree>>,
    staging: &mut Staging,
    meter: &mut Meter,
) -> Result<(), String> {
    let (alias, pattern) = operation
        .from
        .strip_prefix('@')
        .and_then(|rest| rest.split_once('/'))
        .ok_or("the origin must have the form `@alias/pattern`")?;
    let target = operation
        .to
        .strip_prefix("@artifact/")
        .ok_or("the destination must start with `@artifact/`")?;
    let tree = source(alias).ok_or_else(|| format!("there is no source `{alias}`"))?;
    let target = TreePath::parse(target).map_err(|error| error.to_string())?;
    if pattern.contains(['*', '?', '[', ']']) {
        return copy_matches(operation, &tree, pattern, &target, staging, meter);
    }
    let path = TreePath::parse(pattern).map_err(|error| error.to_string())?;
    if tree.is_folder(&path) {
        if operation.strategy == Strategy::Extract {
            return Err(format!("`{path}` is a folder, not an archive"));
        }
        // As `cp -r`: the folder itself, not only what is in it.
        let to = target.join(path.name()).map_err(|error| error.to_string())?;
        return copy_folder(operation, &tree, &path, &to, &path, staging, meter);
    }
    let blob = tree.file(&path).ok_or_else(|| format!("`{path}` does not exist"))?;
    if excluded(operation, &path, &TreePath::root()) {
        return Ok(());
    }
    if operation.strategy == Strategy::Extract {
        return extract(&path, blob, &target, staging, meter);
    }
    let into = operation.to.ends_with('/') || target.is_root() || staging.is_folder(&target);
    let to = if into { target.join(path.name()) } else { Ok(target) };
    place(operation, blob, to.map_err(|error| error.to_string())?, staging, meter)
}

fn copy_matches(
    operation: &CopyOperation,
    tree: &Tree,
    pattern: &str,
    target: &TreePath,
    staging: &mut Staging,
    meter: &mut Meter,
) -> Result<(), String> {
    let parts: Vec<&str> =
        pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let base: Vec<&str> =
        parts.iter().copied().take_while(|part| !part.contains(['*', '?', '[', ']'])).collect();
    let base = TreePath::parse(&base.join("/")).map_err(|error| error.to_string())?;
    let prefix = pattern.strip_suffix("/**").map(TreePath::parse).and_then(Result::ok);
    let mut matches = Vec::new();
    if operation.strategy == Strategy::Extract {
        // Only here `**` reaches into any depth, as upstream.
        let deep = |path: &TreePath| glob::matches_deep(pattern, path.as_str());
        matches.extend(tree.files().map(|(path, _)| path.clone()).filter(deep));
    } else {
        expand(tree, &TreePath::root(), &parts, &mut matches, meter)?;
    }
    if matches.is_empty() {
        return Err(format!("no files match `{pattern}`"));
    }
    matches.retain(|path| !excluded(operation, path, &base));
    if matches.is_empty() {
        return Err(format!("all files that match `{pattern}` are excluded"));
    }
    for path in matches {
        if operation.strategy == Strategy::Extract {
            // Among several files those that are no archives are skipped.
            if let Some(blob) = tree.file(&path).filter(|_| is_archive(&path)) {
                extract(&path, blob, target, staging, meter)?;
            }
            continue;
        }
        // Below `dir/**` paths are kept relative to `dir`, otherwise to the root of the source.
        let relative = prefix.as_ref().and_then(|prefix| path.relative_to(prefix));
        let relative = relative.unwrap_or_else(|| path.clone());
        let to = target.join(relative.as_str()).map_err(|error| error.to_string())?;
        match tree.file(&path) {
            Some(blob) => place(operation, blob, to, staging, meter)?,
            None => copy_folder(operation, tree, &path, &to, &base, staging, meter)?,
        }
    }
    Ok(())
}

/// Finds what a pattern matches, part by part; `**` is no more than `*` here, as upstream.
fn expand(
    tree: &Tree,
    folder: &TreePath,
    parts: &[&str],
    matches: &mut Vec<TreePath>,
    meter: &mut Meter,
) -> Result<(), String> {
    let Some((part, rest)) = parts.split_first() else {
        matches.push(folder.clone());
        return Ok(());
    };
    for (name, is_folder) in tree.list(folder) {
        meter.step(1).map_err(|error| error.to_string())?;
        let found = glob::matches(Dialect::Standard, part.as_bytes(), name.as_bytes())
            .map_err(|_| format!("`{part}` is no pattern"))?;
        if found
            && (is_folder || rest.is_empty())
            && let Ok(path) = folder.join(&name)
        {
            expand(tree, &path, rest, matches, meter)?;
        }
    }
    Ok(())
}

fn copy_folder(
    operation: &CopyOperation,
    tree: &Tree,
    from: &TreePath,
    to: &TreePath,
    base: &TreePath,
    staging: &mut Staging,
    meter: &mut Meter,
) -> Result<(), String> {
    for (path, blob) in tree.below(from) {
        // An excluded folder takes all that is in it along.
        let mut above = Some(path.clone());
        let mut skip = false;
        while let Some(part) = above.filter(|part| part != from && part.is_within(from)) {
            skip |= excluded(operation, &part, base);
            above = part.parent();
        }
        let Some(relative) = path.relative_to(from).filter(|_| !skip) else { continue };
        let to = to.join(relative.as_str()).map_err(|error| error.to_string())?;
        // Files of a folder always replace; only a file that is named itself is merged, as upstream.
        meter.step(1).map_err(|error| error.to_string())?;
        staging.files.insert(to, blob.clone());
    }
    Ok(())
}

fn place(
    operation: &CopyOperation,
    blob: &Blob,
    to: TreePath,
    staging: &mut Staging,
    meter: &mut Meter,
) -> Result<(), String> {
    meter.step(1).map_err(|error| error.to_string())?;
    let blob = match staging.files.get(&to) {
        Some(old) if operation.strategy == Strategy::Merge => {
            let merged = merge(yaml_map(old, &to)?, yaml_map(blob, &to)?, 0);
            Blob::new(weir_yaml::to_yaml(&merged).into_bytes())
        }
        _ => blob.clone(),
    };
    staging.files.insert(to, blob);
    Ok(())
}

fn is_archive(path: &TreePath) -> bool {
    let name = path.name().to_lowercase();
    name.ends_with(".tar.gz") || name.ends_with(".tgz")
}

/// Unpacks a compressed tar; what is neither file nor folder in it is skipped.
fn extract(
    path: &TreePath,
    blob: &Blob,
    target: &TreePath,
    staging: &mut Staging,
    meter: &mut Meter,
) -> Result<(), String> {
    if !is_archive(path) {
        return Err(format!("`{path}` is no archive (`.tar.gz` or `.tgz`)"));
    }
    let failed = |error: &dyn std::fmt::Display| format!("`{path}` cannot be unpacked: {error}");
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(blob.bytes()));
    for entry in archive.entries().map_err(|error| failed(&error))? {
        let mut entry = entry.map_err(|error| failed(&error))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let to = target.join(&name).map_err(|error| failed(&error))?;
        let bytes = read_metered(&mut entry, meter).map_err(|error| failed(&error))?;
        staging.files.insert(to, Blob::new(bytes));
    }
    Ok(())
}

fn read_metered(reader: &mut impl std::io::Read, meter: &mut Meter) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 64 * 1024];
    loop {
        let count = reader.read(&mut chunk).map_err(|error| error.to_string())?;
        if count == 0 {
            return Ok(bytes);
        }
        meter.bytes(count).map_err(|error| error.to_string())?;
        bytes.extend_from_slice(&chunk[..count]);
    }
}

fn yaml_map(blob: &Blob, path: &TreePath) -> Result<Value, String> {
    let documents = weir_yaml::read_values(blob.bytes(), Source::named(path.as_str()))
        .map_err(|error| error.to_string())?;
    Ok(documents
        .into_iter()
        .fold(Value::map(weir_model::Map::new()), |all, next| merge(all, next, 0)))
}

/// Lays one value over another: maps are merged, everything else is replaced.
fn merge(mut base: Value, over: Value, depth: u32) -> Value {
    let (Some(map), Some(entries)) = (base.as_map_mut(), over.as_map()) else { return over };
    for (key, value) in entries.iter() {
        let merged = match map.get(key) {
            Some(old) if depth < 500 => merge(old.clone(), value.clone(), depth + 1),
            _ => value.clone(),
        };
        map.insert(key.clone(), merged);
    }
    base
}

/// Tells whether a path is left out: by its whole path, by its path below the folder that is copied, or by its name when
/// the pattern has no slash.
fn excluded(operation: &CopyOperation, path: &TreePath, base: &TreePath) -> bool {
    let relative = path.relative_to(base).filter(|relative| !relative.is_root());
    operation.exclude.iter().any(|pattern| {
        glob::matches_deep(pattern, path.as_str())
            || (!pattern.contains('/') && glob::matches_deep(pattern, path.name()))
            || relative.as_ref().is_some_and(|path| glob::matches_deep(pattern, path.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_model::TreeBuilder;

    use super::*;

    fn copied(from: &str, to: &str, exclude: &[&str]) -> Result<Vec<String>, String> {
        let mut builder = TreeBuilder::default();
        for path in ["apps/a.yaml", "apps/web/b.yaml", "apps/web/c.md", "root.yaml"] {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(b"x: 1".as_slice()));
        }
        let tree = Arc::new(builder.finish());
        let operation = CopyOperation {
            from: from.into(),
            to: to.into(),
            exclude: exclude.iter().map(|text| (*text).into()).collect(),
            strategy: Strategy::Overwrite,
        };
        let source = |alias: &str| (alias == "repo").then(|| Arc::clone(&tree));
        let files = copy(&[operation], &source, &mut Meter::default())?;
        Ok(files.files().map(|(path, _)| path.to_string()).collect())
    }

    #[test]
    fn paths_are_copied_as_cp_does() {
        for (from, to, exclude, wanted) in [
            ("@repo/apps/**", "@artifact/", &[][..], &["a.yaml", "web/b.yaml", "web/c.md"][..]),
            (
                "@repo/apps/",
                "@artifact/x/",
                &[],
                &["x/apps/a.yaml", "x/apps/web/b.yaml", "x/apps/web/c.md"],
            ),
            ("@repo/apps/*.yaml", "@artifact/y", &[], &["y/apps/a.yaml"]),
            ("@repo/apps/a.yaml", "@artifact/z.yaml", &[], &["z.yaml"]),
            ("@repo/apps/a.yaml", "@artifact/z/", &[], &["z/a.yaml"]),
            ("@repo/apps/**", "@artifact/", &["*.md"], &["a.yaml", "web/b.yaml"]),
            ("@repo/apps/**", "@artifact/", &["web/**"], &["a.yaml"]),
        ] {
            assert_eq!(copied(from, to, exclude).unwrap(), wanted, "{from} to {to}");
        }
        assert!(copied("@repo/nothing/*", "@artifact/", &[]).is_err());
        assert!(copied("@other/a", "@artifact/", &[]).is_err());
    }
}
