//! Gives the engine a name that changes with its own source, so that a memo never answers for another engine.
//!
//! The version number does not do: two builds between releases share it. What counts is every file of the crates
//! that an evaluation runs, and the versions of the packages they use.
#![expect(clippy::disallowed_methods, reason = "a build script reads the source it names")]
#![expect(clippy::unwrap_used, reason = "a build that cannot read its source must stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let engine = here.parent().unwrap();
    let mut files = BTreeMap::new();
    for name in crates(engine) {
        println!("cargo::rerun-if-changed={}", engine.join(&name).display());
        collect(&engine.join(name), engine, &mut files);
    }
    let lock = engine.parent().unwrap().join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    files.insert("Cargo.lock".to_owned(), fs::read(lock).unwrap_or_default());

    let mut hash = Hash::default();
    for (path, bytes) in files {
        hash.add(path.as_bytes());
        hash.add(&bytes);
    }
    println!("cargo::rustc-env=WEIR_ENGINE={:032x}", hash.0);
}

/// Lists the folders of this crate and of all crates of the engine that it uses, as their manifests say.
fn crates(engine: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec!["evaluate".to_owned()];
    while let Some(name) = open.pop() {
        let manifest = fs::read_to_string(engine.join(&name).join("Cargo.toml")).unwrap();
        let used = manifest.lines().filter_map(|line| line.strip_prefix("weir-"));
        open.extend(used.filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::to_owned));
        open.retain(|name| !found.contains(name));
        found.insert(name);
    }
    found
}

fn collect(folder: &Path, engine: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "tests" && name != "target" {
                collect(&path, engine, files);
            }
        } else {
            let relative = path.strip_prefix(engine).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(relative, fs::read(&path).unwrap());
        }
    }
}

/// FNV-1a of 128 bits, each part preceded by its length. Nobody attacks a build with its own source.
struct Hash(u128);

impl Default for Hash {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}
