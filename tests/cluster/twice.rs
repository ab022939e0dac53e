//! Whole repositories, applied twice: the second time nothing is written, as the API server's own log says.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::api::{Api, documents};
use crate::audit::{Audit, Call};
use crate::repository::{Repository, config_maps, outcomes};
use crate::scenarios::conformance;
use crate::server::{Server, fresh_server};

/// How many requests an apply may send that changes nothing of a thousand objects.
const REQUESTS: usize = 30;

/// A repository that is applied, as it is.
struct Whole<'a> {
    api: &'a Api,
    root: PathBuf,
    entry: &'static str,
    cache: tempfile::TempDir,
}

impl Whole<'_> {
    /// Applies, and returns the report.
    fn apply(&self) -> Json {
        let root = self.root.to_str().expect("a plain path");
        let cache = self.cache.path().to_str().expect("a plain path");
        let arguments = ["apply", root, "--path", self.entry, "--yes", "-o", "json", "--offline"];
        let output =
            self.api.weir(self.cache.path(), &[&arguments[..], &["--cache-dir", cache]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|_| {
            panic!("no report: {text}{}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Serves the kinds that the failures of a report name: those which operators bring that nobody installs here.
    fn define_what_lacks(&self, report: &Json) -> bool {
        let mut lacks = false;
        for object in objects(report).filter(|object| object["outcome"] == "failed") {
            let why = object["why"].as_str().unwrap_or_default();
            let Some((kind, version)) = why
                .split_once("no matches for kind \"")
                .and_then(|(_, rest)| rest.trim_end_matches('"').split_once("\" in version \""))
            else {
                continue;
            };
            let (group, version) = version.split_once('/').expect("a group and a version");
            // A kind that is served in other versions only is not made up.
            if self.api.resources().preferred(group, kind).is_none() {
                let scope = if object["namespace"].is_string() { "Namespaced" } else { "Cluster" };
                self.api.define(group, version, kind, scope);
                lacks = true;
            }
        }
        lacks
    }
}

fn objects(report: &Json) -> impl Iterator<Item = &Json> {
    let units = report["units"].as_array().expect("units");
    units.iter().flat_map(|unit| unit["objects"].as_array().expect("objects"))
}

/// Applies until nothing more can be done, and then once more. Returns how many objects are as wanted, and what weir asked the
/// last time.
fn twice(server: &Server, whole: &Whole<'_>) -> (usize, Vec<Call>) {
    let begin = Audit::begin(server).expect("a fresh server has a log");
    let mut report = whole.apply();
    // Kinds that operators bring; then units that depend on objects of the cluster, which are there now.
    for _ in 0..8 {
        let is_done = !whole.define_what_lacks(&report)
            && objects(&report).all(|object| object["outcome"] != "created");
        if is_done {
            break;
        }
        report = whole.apply();
    }
    let written = begin.calls(whole.api).iter().filter(|call| call.is_write()).count();
    let again = Audit::begin(server).expect("a fresh server has a log");
    let report = whole.apply();
    let count = objects(&report).filter(|object| object["outcome"] == "unchanged").count();
    let failed = objects(&report).filter(|object| object["outcome"] == "failed").count();
    println!("{count} objects as wanted, {failed} refused, {written} writes before");
    (count, again.calls(whole.api))
}

fn assert_no_writes(name: &str, calls: &[Call]) {
    // What is refused is told anew with every apply.
    let is_event = |call: &&Call| call.uri.contains("/events?");
    let writes: Vec<&Call> =
        calls.iter().filter(|call| call.is_write() && !is_event(call)).collect();
    assert!(writes.is_empty(), "{name}: {writes:#?}");
    let dry = calls.iter().filter(|call| call.uri.contains("dryRun=All")).count();
    println!("{name}: {} requests, {dry} of them dry runs, no write", calls.len());
}

#[test]
fn repositories_that_are_applied_twice_are_written_once() {
    let Some(server) = fresh_server() else { return };
    let api = Api::new(&server);
    api.apply(
        &documents("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}")[0],
        "user",
    );
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/fleet/after");
    let mut all = vec![("the fixture fleet", fixtures, "clusters/prod", 15)];
    if let Some(folder) = conformance() {
        let tree = |name: &str| folder.join("repos").join(name).join("tree");
        let files = std::fs::read_dir(folder.join("crds")).into_iter().flatten().flatten();
        let files = files.map(|file| file.path());
        for file in files.filter(|file| file.extension().is_some_and(|it| it == "yaml")) {
            let text = std::fs::read_to_string(file).expect("the file can be read");
            documents(&text).iter().for_each(|definition| api.apply(definition, "user"));
        }
        all.push(("helm-example", tree("flux2-kustomize-helm-example"), "clusters/production", 16));
        all.push(("radix", tree("equinor-radix-flux"), "clusters/development", 90));
    }
    for (name, root, entry, least) in all {
        let cache = tempfile::tempdir().expect("a scratch folder");
        let (count, calls) = twice(&server, &Whole { api: &api, root, entry, cache });
        assert!(count >= least, "{name}: only {count} objects");
        assert_no_writes(name, &calls);
    }
}

#[test]
fn a_thousand_objects_that_are_as_wanted_cost_few_requests_and_little_memory() {
    let Some(server) = fresh_server() else { return };
    let api = Api::new(&server);
    let repository = Repository::new(&api, "t-many");
    repository
        .write("app/maps.yaml", &config_maps("t-many", (0..1_000).map(|it| format!("c{it}"))));
    let begin = Audit::begin(&server).expect("a fresh server has a log");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    println!("1,000 new objects: {} requests", begin.calls(&api).len());
    let again = Audit::begin(&server).expect("a fresh server has a log");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        outcomes(&report, "app").iter().filter(|it| it.starts_with("unchanged ")).count(),
        1_000
    );
    let calls = again.calls(&api);
    assert_no_writes("1,000 unchanged objects", &calls);
    assert!(calls.len() <= REQUESTS, "{} requests: {calls:#?}", calls.len());
}
