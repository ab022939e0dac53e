//! Holds the code to ARCHITECTURE.md: who may depend on what, and that each crate is on the map.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Packages that no pure crate may reach, even through others.
const WORLD: &[&str] =
    &["tokio", "async-std", "gix", "reqwest", "hyper", "kube", "rustls", "mio", "ureq"];

/// Who alone may name a package among its own dependencies.
const OWNERS: &[(&str, &[&str])] = &[
    ("clap", &["weir-cli"]),
    ("gix", &["weir-io-source"]),
    ("reqwest", &["weir-io-source"]),
    ("rustls", &["weir-io-source"]),
    ("kube", &["weir-io-cluster"]),
    ("tokio", &["weir-io-source", "weir-io-cluster", "weir-io-apply"]),
    ("anstream", &["weir-cli", "weir-tests"]),
];

/// The crates in the order of the data's way: each may depend only on those before it.
const ORDER: &[&str] = &[
    "weir-model",
    "weir-golang",
    "weir-cel",
    "weir-yaml",
    "weir-gotmpl",
    "weir-kustomize",
    "weir-helm",
    "weir-flux",
    "weir-plan",
    "weir-evaluate",
    "weir-check",
    "weir-reconcile",
    "weir-io-source",
    "weir-io-cluster",
    "weir-io-apply",
    "weir-cli",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace")
}

/// The folder of each member with its package's name, in the order of Cargo.toml.
fn members() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("there is a Cargo.toml");
    let list = text
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("it has members");
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(|folder| {
            let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml"))
                .expect("a member's Cargo.toml");
            let name = manifest
                .lines()
                .find_map(|line| line.strip_prefix("name = "))
                .expect("a package's name");
            (folder.to_owned(), name.trim_matches('"').to_owned())
        })
        .collect()
}

/// The names in the `[dependencies]` of a manifest.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml"))
        .expect("a member's Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn pure_crates_reach_nothing_of_the_world() {
    for (folder, name) in members() {
        if !folder.starts_with("engine/") || folder.starts_with("engine/io/") {
            continue;
        }
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args([
                "tree",
                "--locked",
                "--edges",
                "normal,build",
                "--prefix",
                "none",
                "--package",
                &name,
            ])
            .output()
            .expect("cargo runs");
        assert!(
            output.status.success(),
            "cargo tree failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout);
        let reached: BTreeSet<&str> =
            text.lines().filter_map(|line| line.split(' ').next()).collect();
        for package in WORLD {
            assert!(
                !reached.contains(package),
                "`{folder}` reaches `{package}`: move what needs it to engine/io/"
            );
        }
    }
}

#[test]
fn packages_stay_with_their_owners() {
    let owners: BTreeMap<&str, &[&str]> = OWNERS.iter().copied().collect();
    for (folder, name) in members() {
        for dependency in dependencies(&folder) {
            if let Some(allowed) = owners.get(dependency.as_str()) {
                assert!(
                    allowed.contains(&name.as_str()),
                    "`{folder}` names `{dependency}`, which belongs to {allowed:?}"
                );
            }
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    let place = |name: &str| ORDER.iter().position(|other| *other == name);
    for (folder, name) in members() {
        let Some(own) = place(&name) else { continue };
        for dependency in
            dependencies(&folder).iter().filter(|dependency| dependency.starts_with("weir-"))
        {
            let other = place(dependency)
                .unwrap_or_else(|| panic!("`{dependency}` has no place in the order"));
            assert!(other < own, "`{folder}` depends on `{dependency}`, which comes after it");
        }
    }
}

#[test]
fn the_map_names_every_crate() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    for (folder, _) in members() {
        assert!(map.contains(&format!("`{folder}`")), "ARCHITECTURE.md does not name `{folder}`");
    }
}
