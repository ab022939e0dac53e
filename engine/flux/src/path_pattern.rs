//! `pathPattern` of an ArtifactGenerator: one set of artifacts for each folder that matches.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{SmolStr, Tree, TreePath};

use crate::kinds::{ArtifactGenerator, CopyOperation, GeneratedArtifact};

/// Returns the alias of the source that a generator's pattern looks at; nothing without a pattern.
pub fn pattern_alias(generator: &ArtifactGenerator) -> Option<&str> {
    let pattern = generator.path_pattern.as_deref()?;
    pattern.strip_prefix('@')?.split_once('/').map(|(alias, _)| alias)
}

/// Returns the artifacts of a generator with a pattern, for the folders of the source that its alias names.
///
/// Captures stand in lower case in names and as they are in paths. Fails when the pattern or a template cannot be read,
/// and when two folders give one name.
pub fn expand(
    generator: &ArtifactGenerator,
    tree: &Tree,
) -> Result<Vec<GeneratedArtifact>, String> {
    let pattern = generator.path_pattern.as_deref().unwrap_or_default();
    let (_, pattern) =
        pattern.split_once('/').ok_or("the path pattern must be `@alias/pattern`")?;
    let parts = pattern.split('/').map(pieces).collect::<Result<Vec<_>, _>>()?;
    let mut artifacts = Vec::new();
    let mut seen: BTreeMap<SmolStr, TreePath> = BTreeMap::new();
    for folder in folders(tree) {
        let Some(captures) = captures(&parts, &folder) else { continue };
        let lower: BTreeMap<String, String> =
            captures.iter().map(|(name, text)| (name.clone(), text.to_lowercase())).collect();
        for artifact in &generator.artifacts {
            let name = fill(&artifact.name, &lower)?;
            if let Some(other) = seen.insert(name.clone(), folder.clone()) {
                return Err(format!("`{other}` and `{folder}` both give the artifact `{name}`"));
            }
            let copy = artifact.copy.iter().map(|operation| {
                Ok(CopyOperation {
                    from: fill(&operation.from, &captures)?,
                    to: fill(&operation.to, &captures)?,
                    ..operation.clone()
                })
            });
            let copy = copy.collect::<Result<_, String>>()?;
            artifacts.push(GeneratedArtifact { name, copy, ..artifact.clone() });
        }
    }
    Ok(artifacts)
}

/// Lists all folders of a tree, at any depth.
fn folders(tree: &Tree) -> BTreeSet<TreePath> {
    let mut folders = BTreeSet::new();
    for (path, _) in tree.files() {
        let mut above = path.parent();
        while let Some(folder) = above.filter(|folder| !folder.is_root()) {
            above = folder.parent();
            if !folders.insert(folder) {
                break;
            }
        }
    }
    folders
}

/// A piece of a part of a pattern.
enum Piece {
    Text(String),
    Capture(String),
}

fn pieces(part: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = part;
    while let Some(start) = rest.find(['{', '}']) {
        let (text, from) = rest.split_at(start);
        let (name, after) = from
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .ok_or_else(|| format!("`{part}` has a brace without its other"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("`{name}` is no name for a capture"));
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.push(Piece::Capture(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn captures(parts: &[Vec<Piece>], folder: &TreePath) -> Option<BTreeMap<String, String>> {
    let names: Vec<&str> = folder.parts().collect();
    if names.len() != parts.len() {
        return None;
    }
    let mut captures = BTreeMap::new();
    let all = parts.iter().zip(names).all(|(pieces, name)| matches(pieces, name, &mut captures));
    all.then_some(captures)
}

/// Matches the pieces of a part against a name; each capture takes as much as it can, at least one character.
fn matches(pieces: &[Piece], name: &str, captures: &mut BTreeMap<String, String>) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return name.is_empty() };
    match piece {
        Piece::Text(text) => {
            name.strip_prefix(text.as_str()).is_some_and(|name| matches(rest, name, captures))
        }
        Piece::Capture(capture) => {
            let ends: Vec<usize> = name.char_indices().map(|(i, c)| i + c.len_utf8()).collect();
            ends.into_iter().rev().any(|end| {
                let found = matches(rest, &name[end..], captures);
                if found {
                    captures.insert(capture.clone(), name[..end].to_owned());
                }
                found
            })
        }
    }
}

fn fill(template: &str, captures: &BTreeMap<String, String>) -> Result<SmolStr, String> {
    let mut text = String::new();
    for piece in pieces(template)? {
        match piece {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::Capture(name) => text.push_str(
                captures
                    .get(&name)
                    .ok_or_else(|| format!("`{{{name}}}` is not captured by the path pattern"))?,
            ),
        }
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder};

    use super::*;

    #[test]
    fn each_folder_that_matches_gives_an_artifact() {
        let mut tree = TreeBuilder::default();
        for path in ["apps/Web/x.yaml", "apps/db/deep/y.yaml", "other/z.yaml"] {
            tree.insert(TreePath::parse(path).unwrap(), Blob::new(b"".as_slice()));
        }
        let generator = ArtifactGenerator {
            path_pattern: Some("@repo/apps/{app}".into()),
            artifacts: vec![GeneratedArtifact {
                name: "app-{app}".into(),
                revision: None,
                copy: vec![CopyOperation {
                    from: "@repo/apps/{app}/**".into(),
                    to: "@artifact/".into(),
                    exclude: Vec::new(),
                    strategy: Default::default(),
                }],
                origin: Default::default(),
            }],
            ..ArtifactGenerator::default()
        };
        let found = expand(&generator, &tree.finish()).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|artifact| format!("{} {}", artifact.name, artifact.copy[0].from))
            .collect();
        assert_eq!(shown, ["app-web @repo/apps/Web/**", "app-db @repo/apps/db/**"]);
        assert_eq!(pattern_alias(&generator), Some("repo"));
    }
}
