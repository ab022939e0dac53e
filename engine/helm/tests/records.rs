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

use weir_helm::record::{self, Record};
use weir_model::{Source, Value};

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
        let (was, is) = (unpacked(&stored), unpacked(written.as_bytes()));
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
