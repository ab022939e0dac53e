use weir_golang::time::parse;
use weir_model::{Map, Source};
use weir_yaml::json;

use super::*;

fn time(seconds: i64) -> Time {
    Time::unix(seconds, 5_000_000)
}

fn made(manifest: &str) -> Installation {
    let config: Map = [("password".into(), Value::from("hunter2"))].into_iter().collect();
    Installation {
        config: Value::map(config),
        manifest: manifest.to_owned(),
        notes: "Hello <you>".to_owned(),
        ..Installation::default()
    }
}

fn installed() -> Record {
    let mut record =
        Record::install("web", "apps", made("kind: A\n"), ApplyMethod::Server, &time(0));
    record.deployed();
    record
}

fn read(json: &str) -> Result<Record, StorageError> {
    decode(crate::functions::encode_64(json.as_bytes()).as_bytes())
}

#[test]
fn the_json_is_that_of_helms_types() {
    let stored = encode(&installed());
    let again = decode(stored.as_bytes()).unwrap();
    assert_eq!(again, installed());
    assert_eq!(
        write::record(&again, HelmVersion::V4),
        r#"{"name":"web","info":{"first_deployed":"1970-01-01T00:00:00.005Z","last_deployed":"1970-01-01T00:00:00.005Z","description":"Install complete","status":"deployed","notes":"Hello \u003cyou\u003e"},"chart":{"metadata":{},"lock":null,"templates":null,"values":null,"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null},"config":{"password":"hunter2"},"manifest":"kind: A\n","version":1,"namespace":"apps","apply_method":"ssa"}"#
    );
    assert_eq!(
        write::record(&again, HelmVersion::V3),
        r#"{"name":"web","info":{"first_deployed":"1970-01-01T00:00:00.005Z","last_deployed":"1970-01-01T00:00:00.005Z","deleted":"","description":"Install complete","status":"deployed","notes":"Hello \u003cyou\u003e"},"chart":{"metadata":{},"lock":null,"templates":null,"values":null,"schema":null,"files":null},"config":{"password":"hunter2"},"manifest":"kind: A\n","version":1,"namespace":"apps"}"#
    );
}

#[test]
fn every_field_is_read_and_written() {
    let json = r#"{"name":"a","info":{"first_deployed":"2026-01-02T03:04:05.6+02:00","deleted":"2026-01-02T03:04:05Z","description":"d","status":"pending-rollback","rollback_revision":3},"chart":{"metadata":{"name":"c","home":"h","sources":["s"],"version":"1.0.0","description":"d","keywords":["k"],"maintainers":[{"name":"n","email":"e","url":"u"}],"icon":"i","apiVersion":"v2","condition":"x","tags":"t","appVersion":"9","deprecated":true,"annotations":{"a":"b"},"kubeVersion":"\u003e1","dependencies":[{"name":"d","version":"1","repository":"","condition":"c","tags":["t"],"enabled":true,"import-values":["x",{"child":"a","parent":"b"}],"alias":"z"}],"type":"application"},"lock":{"generated":"2026-01-02T03:04:05Z","digest":"sha256:1","dependencies":[{"name":"d","repository":"r"}]},"templates":[{"name":"templates/a","data":"YQ==","modtime":"2026-01-02T03:04:05Z"}],"values":{"big":1e+21,"n":1,"x":null},"schema":"e30=","schemamodtime":"2026-01-02T03:04:05Z","files":[{"name":"f","data":null}],"modtime":"2026-01-02T03:04:05Z"},"config":{"a":[1.5,true]},"manifest":"m","hooks":[{"name":"h","kind":"Job","path":"p","manifest":"m","events":["test"],"last_run":{"started_at":"2026-01-02T03:04:05Z","phase":"Running"},"weight":-1,"delete_policies":["hook-failed"],"output_log_policies":["hook-succeeded"]}],"version":7,"namespace":"n","apply_method":"csa"}"#;
    let record = read(json).unwrap();
    assert_eq!(write::record(&record, record.form), json);
    assert_eq!(
        record.info.first_deployed,
        parse("2006-01-02T15:04:05Z07:00", "2026-01-02T01:04:05.6Z").ok()
    );
    assert!(record.hooks[0].is_test());
}

#[test]
fn what_is_no_record_is_refused_without_being_quoted() {
    for text in [
        r#"{"name":"a","version":1,"config":"hunter2"}"#,
        r#"{"name":"a","version":1,"manifest":{"hunter2":1}}"#,
        r#"{"name":"a","version":1,"info":{"deleted":"hunter2"}}"#,
        r#"{"name":"a","version":1,"hooks":[{"weight":"hunter2"}]}"#,
        r#"{"name":"a","version":1,"chart":{"metadata":{"annotations":{"a":["hunter2"]}}}}"#,
        r#"{"name":"a","version":1} hunter2"#,
        r#"["hunter2"]"#,
        r#"{"name":"a","config":{"hunter2":1}}"#,
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("could not read a stored Helm release: it"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert_eq!(decode(b"?").unwrap_err(), StorageError::NoBase64);
    assert_eq!(decode(b"H4sI").unwrap_err(), StorageError::NoGzip);
}

#[test]
fn what_would_fill_the_memory_is_refused() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&[b' '; 1001]).unwrap();
    let packed = packer.finish().unwrap();
    assert_eq!(storage::unpack(&packed, 1000), Err(StorageError::TooLarge));
    assert_eq!(storage::unpack(&packed, 1001).unwrap().len(), 1001);
    let lists = [b"[".as_slice(), &b"[],".repeat(500_000)].concat();
    let stored = crate::functions::encode_64(&lists);
    assert_eq!(decode(stored.as_bytes()).unwrap_err(), StorageError::TooLarge);
}

#[test]
fn debugging_shows_no_contents() {
    let shown = format!("{:?} {:?}", installed(), made("hunter2"));
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("Record(apps/web.v1 deployed"), "{shown}");
}

#[test]
fn a_life_is_told_in_helms_words() {
    let first = installed();
    let mut second = first.upgrade(&first, made("kind: B\n"), ApplyMethod::Client, &time(9));
    let told = |record: &Record| {
        let Info { description, status, .. } = &record.info;
        format!("v{} {}: {description}", record.version, status.word())
    };
    assert_eq!(told(&second), "v2 pending-upgrade: Preparing upgrade");
    assert_eq!(second.info.first_deployed, Some(time(0)));
    let mut stale = second.clone();
    stale.unlocked();
    assert_eq!(told(&stale), "v2 failed: Release unlocked from stale 'pending-upgrade' state");
    second.failed("no");
    assert_eq!(told(&second), "v2 failed: Upgrade \"web\" failed: no");
    let mut third = second.roll_back(&first, ApplyMethod::Server, &time(10));
    assert_eq!(told(&third), "v3 pending-rollback: Rollback to 1");
    assert_eq!(third.manifest, first.manifest);
    third.deployed();
    assert_eq!(told(&third), "v3 deployed: Rollback to 1");
    third.uninstalling(&time(11));
    assert_eq!(told(&third), "v3 uninstalling: Deletion in progress (or silently failed)");
    third.uninstalled();
    assert_eq!(told(&third), "v3 uninstalled: Uninstallation complete");
    assert_eq!(third.info.deleted, Some(time(11)));
}

#[test]
fn secrets_are_named_and_labelled_as_helms() {
    let mut record = installed();
    record.labels = [("team", "x"), ("owner", "me"), ("createdAt", "1")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let labels: Vec<String> = labels(&record).iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(labels, ["name=web", "owner=helm", "status=deployed", "team=x", "version=1"]);
    assert_eq!(secret_name("web", 12), "sh.helm.release.v1.web.v12");
}

#[test]
fn values_are_digested_in_the_order_of_bytes() {
    let values = |text: &str| json::read(text.as_bytes(), Source::default()).unwrap();
    let ten_first = config_digest(&values(r#"{"a10":1,"a9":{"b":"1","a":2.0}}"#));
    assert_eq!(ten_first, super::digest::sha256(b"a10: 1\na9:\n  a: 2\n  b: \"1\"\n"));
    assert_eq!(config_digest(&Value::null()), super::digest::sha256(b""));
    assert_eq!(config_digest(&values("{}")), super::digest::sha256(b""));
}

#[test]
fn a_chart_is_recorded_as_it_was_decided() {
    let chart = |files: &[(&str, &str)]| {
        let mut tree = weir_model::TreeBuilder::default();
        for (path, text) in files {
            let path = weir_model::TreePath::parse(path).unwrap();
            tree.insert(path, weir_model::Blob::new(text.as_bytes()));
        }
        crate::Chart::load(&tree.finish()).value.unwrap()
    };
    let recorded = |chart: &crate::Chart| {
        let facts = crate::Facts::default();
        let chart = RecordedChart::of(chart, &crate::values::empty(), &facts).unwrap();
        let made = Installation { chart, ..Installation::default() };
        let record = Record::install("r", "n", made, ApplyMethod::Server, &time(0));
        let json = json::read(super::json(&record, HelmVersion::V4).as_bytes(), Source::default())
            .unwrap();
        json::write(json.get("chart").unwrap())
    };
    let needs = "apiVersion: v2
name: web
version: 1.0.0
dependencies:
- {name: a, version: '>=1', alias: one, condition: one.enabled, import-values: [data]}
- {name: b, version: '*', repository: https://example.test, condition: b.enabled}
";
    let lock = "dependencies:
- name: a
  repository: ''
  version: 1.2.0
digest: sha256:1
generated: '2026-01-02T03:04:05.6+02:00'
";
    let whole = chart(&[
        ("Chart.yaml", needs),
        ("Chart.lock", lock),
        ("values.yaml", "b: {enabled: false}\n"),
        ("values.schema.json", "{}\n"),
        ("README.md", "hi\n"),
        ("templates/_h.tpl", "{{/* none */}}\n"),
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.2.0\n"),
        ("charts/a/values.yaml", "enabled: true\nexports: {data: {port: 80}}\n"),
        ("charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.2.0\n"),
    ]);
    // Helm 4.3 recorded the same, with keys in the order of its types.
    assert_eq!(
        recorded(&whole),
        r#"{"files":[{"data":"aGkK","name":"README.md"}],"lock":{"dependencies":[{"name":"a","repository":"","version":"1.2.0"}],"digest":"sha256:1","generated":"2026-01-02T03:04:05.6+02:00"},"metadata":{"apiVersion":"v2","dependencies":[{"alias":"one","condition":"one.enabled","enabled":true,"import-values":[{"child":"exports.data","parent":"."}],"name":"one","repository":"","version":"\u003e=1"}],"name":"web","version":"1.0.0"},"schema":"e30K","schemamodtime":"0001-01-01T00:00:00Z","templates":[{"data":"e3svKiBub25lICovfX0K","name":"templates/_h.tpl"}],"values":{"b":{"enabled":false},"one":{"enabled":true,"exports":{"data":{"port":80}},"global":{}},"port":80}}"#
    );
    let bare = chart(&[("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")]);
    assert_eq!(
        recorded(&bare),
        r#"{"files":null,"lock":null,"metadata":{"apiVersion":"v2","name":"web","version":"1.0.0"},"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","templates":null,"values":null}"#
    );
}

#[test]
fn broken_records_end_in_errors() {
    let json = super::json(&installed(), HelmVersion::V4);
    for at in (0..json.len()).step_by(3) {
        let (before, after) = (json.get(..at).unwrap(), json.get(at + 1..).unwrap());
        // Some of them are records; all that counts is that there is an end.
        drop(read(before));
        for other in ["\"", "9", "{", "]", "null"] {
            drop(read(&format!("{before}{other}{after}")));
        }
    }
}
