//! Reads the enumerations of `k8s.io/api`: types marked `+enum`, their values, and the fields that have them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Enumerations whose fields the API server does not hold to their values.
const OPEN: &[&str] = &[
    "certificates.v1.KeyUsage",
    "core.v1.ConditionStatus",
    "core.v1.ResourceName",
    "core.v1.Signal",
];

/// The enumerations of one version of the API.
#[derive(Default)]
pub(crate) struct Enums {
    /// The values by the name of the type, such as `core.v1.PullPolicy`.
    values: BTreeMap<String, BTreeSet<String>>,
    /// The Go type by the name of a struct and of its field in JSON.
    fields: BTreeMap<(String, String), String>,
}

impl Enums {
    /// Reads all packages two folders below this one.
    pub(crate) fn read(api: &Path) -> Result<Self, String> {
        let mut enums = Self::default();
        for group in folders(api)? {
            for version in folders(&group)? {
                let name = |path: &Path| {
                    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
                };
                let package = format!("{}.{}", name(&group), name(&version));
                for file in files(&version)? {
                    let text = std::fs::read_to_string(&file)
                        .map_err(|error| format!("could not read `{}`: {error}", file.display()))?;
                    enums.add(&package, &text);
                }
            }
        }
        Ok(enums)
    }

    /// Returns the enumeration of a field, by its name and with its values.
    pub(crate) fn of_field(&self, of: &str, field: &str) -> Option<(String, &BTreeSet<String>)> {
        let package = of.rsplit_once('.')?.0;
        let go = self.fields.get(&(of.to_owned(), field.to_owned()))?;
        let candidates = match go.split_once('.') {
            None => vec![format!("{package}.{go}")],
            Some((_, name)) => vec![format!("core.v1.{name}"), format!("meta.v1.{name}")],
        };
        let name = candidates.into_iter().find(|name| self.values.contains_key(name))?;
        let values = self.values.get(&name).filter(|_| !OPEN.contains(&name.as_str()))?;
        Some((name, values))
    }

    fn add(&mut self, package: &str, text: &str) {
        let mut is_marked = false;
        let mut of = String::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["//", "+enum", ..] => is_marked = true,
                ["type", name, "string", ..] => {
                    if is_marked {
                        self.values.entry(format!("{package}.{name}")).or_default();
                    }
                    is_marked = false;
                }
                ["type", name, "struct", ..] => of = format!("{package}.{name}"),
                ["}"] => of.clear(),
                [_, kind, "=", value, ..] | ["const", _, kind, "=", value, ..]
                    if value.starts_with('"') =>
                {
                    if let Some(values) = self.values.get_mut(&format!("{package}.{kind}")) {
                        values.insert(value.trim_matches('"').to_owned());
                    }
                }
                [_, kind, tag, ..] if !of.is_empty() && tag.starts_with("`json:\"") => {
                    let json = tag.trim_start_matches("`json:\"");
                    let name = json.split([',', '"']).next().unwrap_or_default();
                    let kind = kind.trim_start_matches(['*', '[', ']']);
                    self.fields.insert((of.clone(), name.to_owned()), kind.to_owned());
                }
                _ => {}
            }
        }
        // An enumeration whose values are written in another way says nothing.
        self.values.retain(|_, values| !values.is_empty());
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("could not read `{}`: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        paths.push(entry.map_err(|error| failed(&error))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn folders(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// The files of a package with its types; `types.go` is read first, as it marks them.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let is_types = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.ends_with(".go") && name.contains("types") && !name.contains("generated")
    };
    Ok(entries(folder)?.into_iter().filter(is_types).collect())
}
