//! What does a review of each commit of a real repository show, and is that all of it?
//!
//! Reads the repositories of `../shared/conformance` (or `WEIR_CONFORMANCE`) that have a history, and walks through their
//! commits from the oldest on. Each commit is built as a whole with `weir build`, and what differs from the build before
//! it is compared with what `weir diff` says: an object that differs and is not in the diff, or the other way round, is
//! printed and counted as a miss; a unit that could not be rendered on a side is not compared. Then it counts the changed
//! lines of the builds (raw), the lines that `weir diff` shows and those of flate, and takes the time of both, once each
//! has seen the commit. Ends with an error when there was a miss.
//!
//! `WEIR` and `FLATE` name the programs; `REPOSITORY` picks one repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use similar::{ChangeTag, TextDiff};
use weir_benches::named;
use weir_benches::registries::Registries;
use weir_benches::repository::{copy, git, recorded};
use weir_model::{Source, Value};

/// A repository, the folder of it that is the source, and the folder that Flux syncs from.
const REPOSITORIES: &[(&str, &str, &str)] = &[
    ("bjw-s-labs-home-ops", "", "kubernetes/flux/cluster"),
    ("budimanjojo-home-cluster", "", "cluster/base"),
    ("equinor-radix-flux", "", "clusters/development"),
    ("onedr0p-home-ops", "", "kubernetes/flux/cluster"),
    ("xunholy-k8s-gitops", "kubernetes", "clusters/cluster-00"),
];

fn main() -> ExitCode {
    let Some(repositories) = recorded("repos") else {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
        return ExitCode::SUCCESS;
    };
    let scratch = std::env::temp_dir().join(format!("weir-history-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).ok();
    let mut missed = 0;
    match Registries::serve(&scratch) {
        Some(registries) => {
            println!(
                "repository                  commits  changed  units    misses      raw    shown     ms  max ms |   flate  max ms    ms"
            );
            for &(name, source, entry) in REPOSITORIES {
                if std::env::var("REPOSITORY").is_ok_and(|wanted| wanted != name) {
                    continue;
                }
                let root = scratch.join(name);
                let walk =
                    Walk { root: &root, source, entry, scratch: &scratch, registries: &registries };
                match walk.run(&repositories.join(name)) {
                    Some(table) => {
                        missed += table.iter().map(|commit| commit.misses.len()).sum::<usize>();
                        report(name, &table);
                    }
                    None => println!(
                        "{name:<27} skipped: git could not make a repository of its history"
                    ),
                }
            }
        }
        None => println!("skipped: python3 with openssl could not stand in for the registries"),
    }
    std::fs::remove_dir_all(&scratch).ok();
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a commit changes.
#[derive(Default)]
struct Seen {
    name: String,
    /// Objects that differ between the two builds.
    changed: usize,
    /// Units that could not be compared.
    unknown: usize,
    misses: Vec<String>,
    raw: usize,
    shown: usize,
    took: Duration,
    /// What flate printed, and how long it took.
    flate: Option<(usize, Duration)>,
}

fn report(name: &str, commits: &[Seen]) {
    let sum = |of: fn(&Seen) -> usize| commits.iter().map(of).sum::<usize>();
    let median = |mut times: Vec<Duration>| {
        times.sort();
        (
            times.get(times.len() / 2).copied().unwrap_or_default().as_millis(),
            times.last().copied().unwrap_or_default().as_millis(),
        )
    };
    let (middle, most) = median(commits.iter().map(|commit| commit.took).collect());
    let flate: Vec<_> = commits.iter().filter_map(|commit| commit.flate).collect();
    let (flate_middle, flate_most) = median(flate.iter().map(|(_, took)| *took).collect());
    let lines: usize = flate.iter().map(|(lines, _)| lines).sum();
    println!(
        "{name:<27} {:>7} {:>8} {:>6} {:>9} {:>8} {:>8} {middle:>6} {most:>7} | {lines:>7} {flate_most:>7} {flate_middle:>5}",
        commits.len(),
        sum(|commit| commit.changed),
        sum(|commit| commit.unknown),
        sum(|commit| commit.misses.len()),
        sum(|commit| commit.raw),
        sum(|commit| commit.shown),
    );
    for commit in commits {
        for miss in &commit.misses {
            println!("  {}: {miss}", commit.name);
        }
    }
    if std::env::var_os("EACH").is_some() {
        for commit in commits {
            let flate =
                commit.flate.map(|(lines, took)| format!("{lines} in {} ms", took.as_millis()));
            println!(
                "  {:<28} {:>4} objects {:>6} raw {:>5} shown {:>4} ms, flate {}",
                commit.name,
                commit.changed,
                commit.raw,
                commit.shown,
                commit.took.as_millis(),
                flate.unwrap_or_default()
            );
        }
    }
}

struct Walk<'all> {
    root: &'all Path,
    source: &'all str,
    entry: &'all str,
    scratch: &'all Path,
    registries: &'all Registries,
}

impl Walk<'_> {
    fn run(&self, recorded: &Path) -> Option<Vec<Seen>> {
        let patches = patches(&recorded.join("history"))?;
        copy(&recorded.join("tree"), self.root)?;
        git(self.root, &["init", "-q"])?;
        for patch in &patches {
            git(self.root, &["apply", "-R", "--whitespace=nowarn", &patch.display().to_string()])?;
        }
        self.commit("the oldest")?;
        let mut before = self.build()?;
        let mut seen = Vec::new();
        for patch in patches.iter().rev() {
            git(self.root, &["apply", "--whitespace=nowarn", &patch.display().to_string()])?;
            let name = patch.file_stem()?.to_string_lossy().into_owned();
            self.commit(&name)?;
            let after = self.build()?;
            let mut commit = self.compare(&before, &after)?;
            commit.name = name;
            seen.push(commit);
            before = after;
        }
        Some(seen)
    }

    fn commit(&self, name: &str) -> Option<()> {
        git(self.root, &["add", "-A"])?;
        git(self.root, &["commit", "-q", "--allow-empty", "-m", name])
    }

    fn compare(&self, before: &Build, after: &Build) -> Option<Seen> {
        let (json, _) = self.weir(&["diff", "--from=HEAD~1", "-o", "json"])?;
        let said = said(&json)?;
        let (text, took) = self.weir(&["diff", "--from=HEAD~1"])?;
        let mut seen = Seen { shown: lines(&text), took, ..Seen::default() };
        let differing = differing(before, after);
        let compared = |object: &&Name| !said.unknown.contains(&object.unit);
        seen.unknown = said.unknown.len();
        seen.changed = differing.len();
        seen.raw = differing.values().sum();
        for object in differing.keys().filter(compared).filter(|name| !said.objects.contains(name))
        {
            seen.misses.push(format!("{object} differs and is not shown"));
        }
        for object in
            said.objects.iter().filter(compared).filter(|name| !differing.contains_key(name))
        {
            seen.misses.push(format!("{object} is shown and does not differ"));
        }
        self.flate();
        seen.flate = self.flate();
        Some(seen)
    }

    /// Builds the working tree.
    fn build(&self) -> Option<Build> {
        let (text, _) = self.weir(&["build"])?;
        let mut build = Build::new();
        let (mut unit, mut body) = (String::new(), String::new());
        // The line with the unit stands before the line that begins its first object.
        for line in text.lines().chain(["---"]) {
            let next = line.strip_prefix("# unit: ");
            if next.is_some() || line == "---" {
                if !body.is_empty() {
                    build.entry(unit.clone()).or_default().insert(std::mem::take(&mut body));
                }
                unit = next.map_or(unit, str::to_owned);
            } else {
                body.push_str(line);
                body.push('\n');
            }
        }
        Some(build)
    }

    fn weir(&self, verb: &[&str]) -> Option<(String, Duration)> {
        let mut weir = Command::new(named("WEIR", "target/release/weir"));
        weir.args(verb)
            .arg(format!("--path={}", self.entry))
            .arg(format!("--cache-dir={}", self.scratch.join("weir").display()))
            .arg(self.root.join(self.source));
        self.timed(weir)
    }

    fn flate(&self) -> Option<(usize, Duration)> {
        let mut flate = Command::new(named("FLATE", "flate"));
        flate
            .args(["diff", "all", "--base=HEAD~1"])
            .arg(format!("--path={}", self.root.join(self.source).join(self.entry).display()))
            .arg(format!("--cache-dir={}", self.scratch.join("flate").display()))
            .current_dir(self.root);
        let (text, took) = self.timed(flate)?;
        Some((lines(&text), took))
    }

    fn timed(&self, mut command: Command) -> Option<(String, Duration)> {
        let start = Instant::now();
        let output =
            command.envs(self.registries.environment()).stderr(Stdio::null()).output().ok()?;
        Some((String::from_utf8(output.stdout).ok()?, start.elapsed()))
    }
}

/// The patches of a history, the newest first.
fn patches(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut patches: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    patches.sort();
    Some(patches)
}

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.is_empty()).count()
}

/// The texts of the objects of each unit.
type Build = BTreeMap<String, BTreeSet<String>>;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    unit: String,
    kind: String,
    namespace: String,
    name: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{} of {}", self.kind, self.namespace, self.name, self.unit)
    }
}

/// Finds the objects that differ between two builds, and how many lines of each do.
fn differing(before: &Build, after: &Build) -> BTreeMap<Name, usize> {
    let one_side = |build: &Build, other: &Build| -> BTreeMap<Name, String> {
        let none = BTreeSet::new();
        build
            .iter()
            .flat_map(|(unit, texts)| {
                let others = other.get(unit).unwrap_or(&none);
                texts.difference(others).filter_map(|text| Some((name(unit, text)?, text.clone())))
            })
            .collect()
    };
    let (old, new) = (one_side(before, after), one_side(after, before));
    let names: BTreeSet<&Name> = old.keys().chain(new.keys()).collect();
    let text = |side: &BTreeMap<Name, String>, name| side.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| (name.clone(), changed_lines(&text(&old, name), &text(&new, name))))
        .collect()
}

fn changed_lines(old: &str, new: &str) -> usize {
    let diff = TextDiff::from_lines(old, new);
    diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).count()
}

fn name(unit: &str, text: &str) -> Option<Name> {
    let object = weir_yaml::read_value(text.as_bytes(), Source::default()).ok()?;
    let metadata = object.get("metadata")?;
    Some(Name {
        unit: unit.to_owned(),
        kind: string(&object, "kind"),
        namespace: string(metadata, "namespace"),
        name: string(metadata, "name"),
    })
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a diff says.
struct Said {
    objects: BTreeSet<Name>,
    /// Units that could not be rendered on a side.
    unknown: BTreeSet<String>,
}

fn said(json: &str) -> Option<Said> {
    let value = weir_yaml::read_value(json.as_bytes(), Source::default()).ok()?;
    let mut said = Said { objects: BTreeSet::new(), unknown: BTreeSet::new() };
    for unit in value.get("units")?.as_list()? {
        let [kind, namespace, name] = ["kind", "namespace", "name"].map(|key| string(unit, key));
        let id = format!("{kind}/{namespace}/{name}");
        if string(unit, "state") == "unknown" {
            said.unknown.insert(id);
            continue;
        }
        for object in unit.get("objects")?.as_list()? {
            let named = Name {
                unit: id.clone(),
                kind: string(object, "kind"),
                namespace: string(object, "namespace"),
                name: string(object, "name"),
            };
            match object.get("fromUnit").and_then(Value::as_str) {
                // A move is the object gone from one unit, and come in the other; a rename likewise.
                Some(from) => {
                    let old = object.get("from").and_then(Value::as_str).map(str::to_owned);
                    said.objects.insert(moved(&named, from, old.as_deref()));
                    said.objects.insert(named);
                }
                None => drop(said.objects.insert(named)),
            }
        }
    }
    Some(said)
}

/// The name that a moved or renamed object had before: `from` is written as `Kind/namespace/name`.
fn moved(now: &Name, unit: &str, from: Option<&str>) -> Name {
    let mut before = Name { unit: unit.to_owned(), ..now.clone() };
    if let Some(from) = from {
        let parts: Vec<&str> = from.split('/').collect();
        if let Some(name) = parts.last() {
            (*name).clone_into(&mut before.name);
        }
        before.namespace = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default().concat();
    }
    before
}
