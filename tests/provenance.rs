//! Of how many leaf fields of the real repositories it is known where they came from: at least 99 of 100.
//!
//! The repositories lie in `../shared/conformance` or where `WEIR_CONFORMANCE` says; without them the test says that it
//! is skipped and passes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use weir_evaluate::{
    Answer, ClusterFacts, Demand, Explainer, Link, Memo, OciReference, Snapshot, Unavailable,
};
use weir_io_source::archive::{Layout, unpack};
use weir_io_source::folder;
use weir_model::{Artifact, Revision};
use weir_plan::Body;

/// How many leaf fields of a thousand must resolve to a file, and to its line unless the whole file is meant.
const RESOLVED: usize = 990;

fn conformance() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let found =
        [named, Some(beside)].into_iter().flatten().find(|folder| folder.join("repos").is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
    }
    found
}

/// The charts that releases ask for.
struct Charts {
    folder: PathBuf,
    references: Vec<Value>,
}

impl Charts {
    fn read(folder: PathBuf) -> Self {
        let index = std::fs::read(folder.join("index.json")).expect("the charts have an index");
        let index: Value = serde_json::from_slice(&index).expect("the index is JSON");
        let references = index["references"].as_array().cloned().unwrap_or_default();
        Self { folder, references }
    }

    /// Finds the archive for a URL, and among several that of the version that is wanted.
    fn answer(&self, demand: &Demand) -> Result<Answer, Unavailable> {
        let (url, chart, version) = match demand {
            Demand::HelmChart(wanted) => {
                (wanted.repository.as_str(), wanted.chart.as_str(), wanted.version.clone())
            }
            Demand::Oci(wanted) => {
                let OciReference { tag, semver, .. } = &wanted.reference;
                let version = semver.clone().or_else(|| tag.clone()).unwrap_or_default();
                let name = wanted.url.rsplit('/').next().unwrap_or_default();
                (wanted.url.as_str(), name, version.to_string())
            }
            _ => ("", "", String::new()),
        };
        let fits = |reference: &&Value| {
            let known = reference["url"].as_str().unwrap_or_default();
            let is_here = known == url || known == format!("{url}/{chart}");
            let wanted = reference["wanted"].as_array().into_iter().flatten();
            is_here
                && reference["chart"].as_str() == Some(chart)
                && wanted.into_iter().any(|wanted| wanted.as_str() == Some(&version))
        };
        let found = self.references.iter().find(fits);
        let archive = found.and_then(|reference| reference["archive"].as_str());
        let Some(archive) = archive else {
            let message = "it is not among the charts of the set".to_owned();
            return Err(Unavailable { message, hints: Vec::new() });
        };
        let bytes = std::fs::read(self.folder.join("tgz").join(archive)).expect("an archive");
        let tree = unpack(&bytes, Layout::Chart).expect("a chart can be unpacked");
        let revision = Revision(version);
        Ok(Answer::Files(Artifact { revision, tree: Arc::new(tree) }))
    }
}

#[test]
fn nearly_every_field_of_the_real_repositories_is_explained() {
    let Some(folder) = conformance() else { return };
    let charts = Charts::read(folder.join("charts"));
    let mut repositories: Vec<PathBuf> = std::fs::read_dir(folder.join("repos"))
        .expect("the folder can be listed")
        .filter_map(|entry| Some(entry.ok()?.path().join("tree")))
        .filter(|tree| tree.is_dir())
        .collect();
    repositories.sort();
    let (mut all, mut known) = (0, 0);
    let mut unexplained = Vec::new();
    for tree in repositories {
        let root = folder::read(&tree).expect("the repository can be read").value;
        let revision = Revision("main@sha1:0000000000000000000000000000000000000000".into());
        let root = Artifact { revision, tree: root.into() };
        for entry in weir_flux::entry_candidates(&root.tree) {
            let mut snapshot = Snapshot {
                cluster: ClusterFacts { kube_version: "1.36.1".into(), ..ClusterFacts::default() }
                    .into(),
                ..Snapshot::new(root.clone(), entry.clone())
            };
            let memo = Memo::default();
            let evaluation = loop {
                let evaluation = weir_evaluate::evaluate(&snapshot, &memo);
                let missing = evaluation.missing.iter();
                let new: Vec<Demand> = missing
                    .filter(|demand| !snapshot.answers.contains_key(demand))
                    .cloned()
                    .collect();
                if new.is_empty() {
                    break evaluation;
                }
                for demand in new {
                    let answer = charts.answer(&demand);
                    snapshot.answers.insert(demand, answer);
                }
            };
            let explainer = Explainer::new(&snapshot, &memo);
            let (mut fields, mut resolved) = (0, 0);
            for unit in &evaluation.plan.units {
                let Body::Ready(objects) = &unit.body else { continue };
                for object in objects.iter() {
                    // The schemas of definitions are most of all fields, and all alike.
                    if object.id.kind == "CustomResourceDefinition" {
                        continue;
                    }
                    explainer.explain_all(&unit.id, object, &mut |path, _, links| {
                        fields += 1;
                        let is_entry = path.to_string().starts_with("data");
                        if links.iter().any(|link| has_place(link, is_entry)) {
                            resolved += 1;
                        } else if unexplained.len() < 20 {
                            unexplained.push(format!("{} {} {path}", unit.id, object.id));
                        }
                    });
                }
            }
            println!("{} {entry}: {resolved} of {fields}", tree.display());
            all += fields;
            known += resolved;
        }
    }
    println!("{known} of {all} leaf fields resolve\n{}", unexplained.join("\n"));
    assert!(all > 0 && known * 1000 >= all * RESOLVED, "{known} of {all} resolve");
}

/// Tells whether a way leads to a line; the entry of a ConfigMap may be a whole file.
fn has_place(link: &Link, is_entry: bool) -> bool {
    let is_line = |line| line > 0 || is_entry;
    link.place.as_ref().is_some_and(|place| place.origin.is_known() && is_line(place.origin.line))
        || link.causes.iter().any(|cause| has_place(cause, is_entry))
}
