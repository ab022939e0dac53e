//! The records of releases that Helm and helm-controller left in a real cluster: each is read and written again, and its
//! digests are those that the controller noted.
//!
//! They lie in `../shared/conformance/apply`, or where `WEIR_CONFORMANCE` says; without them the tests say that they are
//! skipped, and pass.

#![expect(clippy::disallowed_methods, reason = "the recorded files are read from the disk")]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test counts, and stops at what is broken"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir_golang::time::Time;
use weir_helm::record::{self, Info, Record, RecordedChart};
use weir_helm::{Chart, Facts, HelmVersion, Release};
use weir_model::{Blob, Source, TreeBuilder, TreePath, Value};

/// How many recorded releases are written as they were.
const RECORDS: usize = 206;

/// How many snapshots of histories have the digest that was noted.
const DIGESTS: usize = 236;

/// Returns the folder of the scenarios, or says that the tests are skipped.
fn scenarios() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let mut folders =
        [named, Some(beside)].into_iter().flatten().map(|folder| folder.join("apply"));
    let found = folders.find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
    }
    found
}

/// Returns the files of all recorded steps whose names end so, in the order of scenarios and steps.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let list = |folder: PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort_by_key(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name.strip_prefix("step").and_then(|step| step.parse::<u32>().ok()), name)
        });
        paths
    };
    let steps = list(folder.to_owned()).into_iter().flat_map(|one| list(one.join("recorded")));
    let files = steps.flat_map(|step| list(step.join("helm")));
    files.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// Reads what a Secret holds, without the Secret's own base 64.
fn stored(path: &Path) -> Vec<u8> {
    weir_model::decode_base64(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn decoded(path: &Path) -> Record {
    record::decode(&stored(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn unpacked(stored: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let packed = weir_model::decode_base64(std::str::from_utf8(stored).unwrap()).unwrap();
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut json).unwrap();
    json
}

#[test]
fn recorded_releases_are_written_as_they_were() {
    let Some(folder) = scenarios() else { return };
    let (mut right, mut same_bytes) = (0, 0);
    for path in files(&folder, ".release.b64") {
        let record = decoded(&path);
        let stored = stored(&path);
        let written = record::encode(&record);
        let (was, is) = (unpacked(&stored), record::json(&record, record.form).into_bytes());
        if record.form == HelmVersion::V4 {
            assert_eq!(unpacked(written.as_bytes()), is);
        }
        if was == is {
            right += 1;
        } else {
            let at = was.iter().zip(&is).position(|(a, b)| a != b).unwrap_or_default();
            let around = |text: &[u8]| {
                let part = text.get(at.saturating_sub(80)..(at + 80).min(text.len()));
                String::from_utf8_lossy(part.unwrap_or_default()).into_owned()
            };
            println!("{}:\n  was {}\n  is  {}", path.display(), around(&was), around(&is));
        }
        same_bytes += usize::from(stored == written.as_bytes());
        assert_eq!(
            weir_model::decode_base64(&written).unwrap().get(..10),
            weir_model::decode_base64(std::str::from_utf8(&stored).unwrap()).unwrap().get(..10),
            "the header of gzip"
        );
    }
    println!(
        "records: {right} of the same JSON (at least {RECORDS} must), {same_bytes} of the same bytes"
    );
    assert!(
        right >= RECORDS,
        "{right} records are written as they were, but {RECORDS} were before"
    );
}

#[test]
fn digests_are_those_that_the_controller_noted() {
    let Some(folder) = scenarios() else { return };
    let mut steps: BTreeMap<(PathBuf, u32), Vec<PathBuf>> = BTreeMap::new();
    for path in files(&folder, "") {
        let mut above = path.ancestors().skip(2);
        let step = above.next().and_then(Path::file_name).unwrap().to_string_lossy();
        let step = step.strip_prefix("step").unwrap().parse().unwrap();
        steps.entry((above.next().unwrap().to_owned(), step)).or_default().push(path);
    }
    let mut records: BTreeMap<(PathBuf, String, String, i64), Record> = BTreeMap::new();
    let (mut right, mut missing) = (0, 0);
    for ((scenario, _), paths) in steps {
        let (histories, stored): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| path.to_string_lossy().ends_with(".history.json"));
        for path in stored.iter().filter(|path| path.extension().is_some_and(|it| it == "b64")) {
            let record = decoded(path);
            let Record { name, namespace, version, .. } = &record;
            let key = (scenario.clone(), namespace.clone(), name.clone(), *version);
            records.insert(key, record);
        }
        for path in histories {
            let history = weir_yaml::json::read(&std::fs::read(&path).unwrap(), Source::default());
            let history = history.unwrap();
            for snapshot in history.get("history").and_then(Value::as_list).unwrap_or_default() {
                let text = |key| snapshot.get(key).and_then(Value::as_str).unwrap_or_default();
                let version = snapshot.get("version").and_then(Value::as_int).unwrap();
                let key =
                    (scenario.clone(), text("namespace").into(), text("name").into(), version);
                let Some(record) = records.get(&key) else {
                    missing += 1;
                    continue;
                };
                let digest = record::digest(record, Some(text("ociDigest")));
                let config = record::config_digest(&record.config);
                if digest == text("digest") && config == text("configDigest") {
                    right += 1;
                } else {
                    println!("{}: another digest of {record:?}", path.display());
                }
            }
        }
    }
    println!(
        "snapshots: {right} digests of records and of values equal, {missing} without a record"
    );
    assert!(right >= DIGESTS, "{right} digests are equal, but {DIGESTS} were before");
}

/// How many revisions that Helm itself made are rendered as they were recorded.
const RENDERED: usize = 50;

#[test]
fn rendering_gives_what_was_recorded() {
    let Some(folder) = scenarios() else { return };
    let (mut right, mut all) = (0, 0);
    for path in files(&folder, ".release.b64") {
        let recorded = decoded(&path);
        // helm-controller changes what is rendered, and a roll-back renders nothing.
        let is_changed = recorded.manifest.contains("helm.toolkit.fluxcd.io/name");
        if is_changed || recorded.info.description.starts_with("Rollback") {
            continue;
        }
        all += 1;
        // One Helm may have written the record again that another had made.
        let made = [HelmVersion::V3, HelmVersion::V4].map(|helm| made(&recorded, helm));
        if made.iter().any(Result::is_ok) {
            right += 1;
        } else {
            println!("{}: {made:?}", path.display());
        }
    }
    println!("revisions: {right} of {all} are rendered as they were recorded");
    assert!(right >= RENDERED, "{right} are rendered as recorded, but {RENDERED} were before");
}

/// Renders a revision anew from the chart that is recorded, and compares. The error names the first part that differs.
fn made(recorded: &Record, helm: HelmVersion) -> Result<(), String> {
    let chart = chart_of(recorded, helm);
    let facts = Facts { helm, ..Facts::default() };
    let mut release = Release::new(&*recorded.name, &*recorded.namespace);
    // An installation is rendered as revision 1, even where it takes the place of an uninstalled release.
    release.is_upgrade = recorded.info.first_deployed != recorded.info.last_deployed;
    if release.is_upgrade {
        release.revision = recorded.version;
    }
    let rendered = weir_helm::render(&chart, &recorded.config, &release, &facts);
    let rendered = rendered.value.ok_or_else(|| format!("{:?}", rendered.diagnostics))?;
    let method = recorded.apply_method.unwrap_or(record::ApplyMethod::Client);
    let made = record::Installation {
        chart: RecordedChart::of(&chart, &recorded.config, &facts)?,
        config: recorded.config.clone(),
        manifest: record::manifest(&rendered.manifests),
        hooks: rendered.hooks.iter().map(record::RecordedHook::of).collect(),
        notes: rendered.notes,
    };
    let made = Record::install(&*recorded.name, &*recorded.namespace, made, method, &Time::zero());
    // What a rendering does not decide is taken over: times, how it went on, and that hooks were run.
    let mut made = Record {
        info: Info { notes: made.info.notes, ..recorded.info.clone() },
        version: recorded.version,
        apply_method: recorded.apply_method,
        ..made
    };
    for (hook, was) in made.hooks.iter_mut().zip(&recorded.hooks) {
        hook.last_run = was.last_run.clone();
        if hook.delete_policies.is_empty() && hook.last_run.started_at.is_some() {
            hook.delete_policies.clone_from(&was.delete_policies);
        }
    }
    let mut recorded = recorded.clone();
    let chart = Arc::make_mut(&mut recorded.chart);
    chart.modified = None;
    let files = chart.templates.iter_mut().chain(&mut chart.files).flatten();
    files.for_each(|file| file.modified = None);
    let (is, was) =
        [&made, &recorded].map(|it| record::json(it, HelmVersion::V4).into_bytes()).into();
    if is == was {
        return Ok(());
    }
    let at = is.iter().zip(&was).position(|(a, b)| a != b).unwrap_or_default();
    let around = |text: &[u8]| {
        let part = text.get(at.saturating_sub(60)..(at + 60).min(text.len()));
        String::from_utf8_lossy(part.unwrap_or_default()).into_owned()
    };
    Err(format!("is {} was {}", around(&is), around(&was)))
}

/// Makes the chart again of what is recorded of it.
fn chart_of(recorded: &Record, helm: HelmVersion) -> Chart {
    let json: serde_json::Value =
        serde_json::from_str(&record::json(recorded, HelmVersion::V4)).unwrap();
    let mut tree = TreeBuilder::default();
    let mut add = |name: &str, content: &[u8]| {
        tree.insert(TreePath::parse(name).unwrap(), Blob::new(content));
    };
    add("Chart.yaml", json["chart"]["metadata"].to_string().as_bytes());
    add("values.yaml", json["chart"]["values"].to_string().as_bytes());
    let RecordedChart { templates, files, .. } = &*recorded.chart;
    for file in templates.iter().chain(files).flatten() {
        let content = weir_model::decode_base64(file.data.as_deref().unwrap_or_default()).unwrap();
        add(&file.name, &content);
    }
    Chart::load_as(&tree.finish(), helm).value.unwrap()
}

#[test]
fn a_record_of_helm_3_is_superseded_in_the_form_of_helm_4() {
    let Some(folder) = scenarios() else { return };
    let mut known: BTreeMap<String, Record> = BTreeMap::new();
    let mut count = 0;
    for path in files(&folder, ".release.b64") {
        let record = decoded(&path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(mut before) = known.insert(name, record.clone())
            && (before.form, record.form) == (HelmVersion::V3, HelmVersion::V4)
            && record.info.status == record::Status::Superseded
        {
            before.superseded();
            let [is, was] = [&before, &record].map(|it| record::json(it, HelmVersion::V4));
            assert_eq!(is, was, "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "no such record");
}
