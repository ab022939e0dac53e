//! Symbolic links, resolved inside the tree they lie in.
//!
//! No link is ever followed on the disk: a link is a text, and it is resolved over the paths of the tree alone. So a
//! link cannot lead out of the tree, and the same repository gives the same tree from a folder and from Git's objects.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{Blob, Diagnostic, Origin, TreePath};

use crate::limits;

/// The most links that one path may pass through, as in Linux.
const HOPS: usize = 40;

/// How often links to folders that hold links to folders are followed.
const ROUNDS: usize = 8;

/// Puts what each link leads to in its place: a file, or all files of a folder.
///
/// A link that leads out of the tree, to nothing, or in a circle is reported and left out.
pub(crate) fn resolve(
    files: &mut BTreeMap<TreePath, Blob>,
    links: &BTreeMap<TreePath, Vec<u8>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut folders: Vec<(&TreePath, TreePath)> = Vec::new();
    let mut known: BTreeSet<TreePath> = BTreeSet::new();
    if !links.is_empty() {
        for path in files.keys() {
            let mut folder = path.parent();
            while let Some(parent) = folder {
                if !known.insert(parent.clone()) {
                    break;
                }
                folder = parent.parent();
            }
        }
    }
    for link in links.keys() {
        let shown = |code, why: String| {
            Diagnostic::warning(code, format!("symbolic link is left out: {why}"))
                .at(Origin::file(link.as_str()))
        };
        match follow(link, links) {
            Err(End::Outside(target)) => diagnostics.push(
                shown("symlink-outside", format!("`{target}` leads out of the repository"))
                    .hint("copy the files into the repository"),
            ),
            Err(End::Circle) => {
                diagnostics.push(shown("symlink-circle", "it leads back to itself".to_owned()));
            }
            Ok(target) => {
                if let Some(blob) = files.get(&target).cloned() {
                    files.insert(link.clone(), blob);
                } else if target.is_root() || link.is_within(&target) {
                    diagnostics
                        .push(shown("symlink-circle", format!("`{target}` holds the link itself")));
                } else if known.contains(&target)
                    || links.keys().any(|other| other.is_within(&target))
                {
                    folders.push((link, target));
                } else {
                    diagnostics
                        .push(shown("symlink-broken", format!("there is nothing at `{target}`")));
                }
            }
        }
    }
    for _ in 0..ROUNDS {
        let mut added = false;
        for (link, target) in &folders {
            let inside: Vec<_> = files
                .range(target.clone()..)
                .take_while(|(path, _)| path.as_str().starts_with(target.as_str()))
                .filter(|(path, _)| path.is_within(target))
                .filter_map(|(path, blob)| {
                    let below = path.relative_to(target)?;
                    let path = link.join(below.as_str()).ok()?;
                    Some((path, blob.clone()))
                })
                .filter(|(path, _)| {
                    path.as_str().len() <= limits::PATH_BYTES && !files.contains_key(path)
                })
                .collect();
            if files.len() + inside.len() > limits::TREE_FILES {
                diagnostics.push(
                    Diagnostic::warning(
                        "symlink-circle",
                        "symbolic links to folders multiply the files beyond all bounds",
                    )
                    .at(Origin::file(link.as_str())),
                );
                return;
            }
            added |= !inside.is_empty();
            files.extend(inside);
        }
        if !added {
            break;
        }
    }
}

/// Why a link leads nowhere.
enum End {
    Outside(String),
    Circle,
}

/// Follows a link, and the links on its way, to a path that is not a link.
fn follow(link: &TreePath, links: &BTreeMap<TreePath, Vec<u8>>) -> Result<TreePath, End> {
    let mut at = link.parent().unwrap_or_default();
    let mut hops = 0;
    // The parts still to go, the next one last.
    let mut rest: Vec<String> = parts(links.get(link).map_or(&[][..], Vec::as_slice))?;
    while let Some(part) = rest.pop() {
        if part == ".." {
            at = at.parent().ok_or_else(|| End::Outside(text(links, link)))?;
            continue;
        }
        let next = at.join(&part).map_err(|_| End::Outside(text(links, link)))?;
        match links.get(&next) {
            Some(target) => {
                hops += 1;
                if hops > HOPS {
                    return Err(End::Circle);
                }
                rest.extend(parts(target)?);
            }
            None => at = next,
        }
    }
    Ok(at)
}

fn text(links: &BTreeMap<TreePath, Vec<u8>>, link: &TreePath) -> String {
    links.get(link).map(|target| target.escape_ascii().to_string()).unwrap_or_default()
}

/// Splits a link's text into parts, the first one last.
fn parts(target: &[u8]) -> Result<Vec<String>, End> {
    match std::str::from_utf8(target) {
        Ok(text) if !text.starts_with('/') && text.len() <= limits::PATH_BYTES => Ok(text
            .split('/')
            .rev()
            .filter(|part| !matches!(*part, "" | "."))
            .map(str::to_owned)
            .collect()),
        _ => Err(End::Outside(target.get(..256).unwrap_or(target).escape_ascii().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[&str], links: &[(&str, &str)]) -> (Vec<String>, Vec<&'static str>) {
        let path = |text: &str| TreePath::parse(text).unwrap();
        let mut files = files.iter().map(|file| (path(file), Blob::new(file.as_bytes()))).collect();
        let links = links.iter().map(|(link, to)| (path(link), to.as_bytes().to_vec())).collect();
        let mut diagnostics = Vec::new();
        resolve(&mut files, &links, &mut diagnostics);
        let files =
            files.iter().map(|(path, blob)| format!("{path}={}", blob.text().unwrap())).collect();
        (files, diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn links_to_files_and_folders_are_followed_inside_the_tree() {
        let (files, codes) = check(
            &["base/a", "base/sub/b"],
            &[("apps/x", "../base"), ("apps/y", "x/sub/b"), ("base/sub/c", "../a")],
        );
        assert_eq!(
            files,
            [
                "apps/x/a=base/a",
                "apps/x/sub/b=base/sub/b",
                "apps/x/sub/c=base/a",
                "apps/y=base/sub/b",
                "base/a=base/a",
                "base/sub/b=base/sub/b",
                "base/sub/c=base/a"
            ]
        );
        assert!(codes.is_empty());
    }

    #[test]
    fn links_that_lead_away_are_left_out() {
        for (link, to, code) in [
            ("a", "/etc/passwd", "symlink-outside"),
            ("a/b", "../../x", "symlink-outside"),
            ("a", "a", "symlink-circle"),
            ("a/b", "..", "symlink-circle"),
            ("a", "missing", "symlink-broken"),
        ] {
            let (files, codes) = check(&["z/f"], &[(link, to)]);
            assert_eq!((files.len(), codes), (1, vec![code]), "{link} -> {to}");
        }
    }

    #[test]
    fn links_that_multiply_end() {
        let links: Vec<(String, String)> = (0..12)
            .flat_map(|i| (0..8).map(move |j| (format!("d{i}/l{j}"), format!("../d{}", i + 1))))
            .collect();
        let links: Vec<(&str, &str)> =
            links.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let (files, _) = check(&["d12/f"], &links);
        assert!(files.len() <= limits::TREE_FILES);
    }
}
