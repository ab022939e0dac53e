//! The digests by which helm-controller knows a revision again.

use sha2::{Digest as _, Sha256};
use weir_model::Value;

use super::{Record, RecordedHook, write};
use crate::HelmVersion;

/// Returns `status.history[].digest` of a record: any change to it, but for the results of tests, gives another.
///
/// `oci_digest` is the digest of the artifact that the chart came from, when helm-controller noted one.
pub fn digest(record: &Record, oci_digest: Option<&str>) -> String {
    // What the controller reads passes through Helm 4's types, whoever wrote it.
    let form = HelmVersion::V4;
    let mut text = String::with_capacity(record.manifest.len() + 4096);
    write::object(&mut text, |fields| {
        fields.with("name", |out| weir_yaml::json::write_text(out, &record.name));
        fields.with("version", |out| out.push_str(&record.version.to_string()));
        fields.with("info", |out| write::info(out, &record.info, form));
        fields.with("chartMetadata", |out| write::metadata(out, &record.chart.metadata));
        if write::is_empty(&record.config) {
            fields.value("config", &Value::null());
        } else {
            fields.value("config", &record.config);
        }
        fields.with("manifest", |out| weir_yaml::json::write_text(out, &record.manifest));
        let hooks: Vec<&RecordedHook> =
            record.hooks.iter().filter(|hook| !hook.is_test()).collect();
        fields.with("hooks", |out| match hooks.is_empty() {
            true => out.push_str("null"),
            false => write::hooks(out, hooks, form),
        });
        fields.with("namespace", |out| weir_yaml::json::write_text(out, &record.namespace));
        fields.text("ociDigest", oci_digest.unwrap_or_default());
    });
    text.push('\n');
    sha256(text.as_bytes())
}

/// Returns `status.history[].configDigest` of the values that were given; none at all have the digest of nothing.
pub fn config_digest(values: &Value) -> String {
    if write::is_empty(values) {
        return sha256(b"");
    }
    sha256(weir_yaml::to_yaml_by_bytes(values).as_bytes())
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
