//! The head of a manifest: what Helm reads of every document, and refuses in Go's words.

use std::collections::BTreeMap;

use weir_model::{Data, Map, SmolStr, Source, Value};

use crate::HelmVersion;
use crate::chart::{go_kind, scalar_text};
use crate::values::conversion;

/// The head of a manifest.
pub(crate) struct Head {
    /// The whole document.
    pub(crate) value: Value,
    /// `kind`.
    pub(crate) kind: SmolStr,
    /// `metadata.annotations`.
    pub(crate) annotations: BTreeMap<SmolStr, SmolStr>,
}

/// Reads a document. The error is Helm's text without the template's name.
pub(crate) fn read(helm: HelmVersion, text: &str, source: Source) -> Result<Head, String> {
    // In a release every manifest ends with a newline, and a block scalar at its end keeps that.
    let ended = format!("{text}\n");
    let value = weir_yaml::read_value(ended.as_bytes(), source)
        // Helm looks at the text alone, which may move an error at its end by a line.
        .or_else(|_| weir_yaml::read_value(text.as_bytes(), source))
        .map_err(|error| conversion(&error))?;
    let (kind, annotations) = match &value.data {
        Data::Map(map) => fields(map)?,
        Data::Null => Default::default(),
        _ => {
            let package = match helm {
                HelmVersion::V3 => "releaseutil",
                HelmVersion::V4 => "util",
            };
            return Err(wrong(&value, &format!("Go value of type {package}.SimpleHead")));
        }
    };
    Ok(Head { value, kind, annotations })
}

fn fields(map: &Map) -> Result<(SmolStr, BTreeMap<SmolStr, SmolStr>), String> {
    let mut kind = SmolStr::default();
    let mut annotations = BTreeMap::new();
    // Go takes a key in any case, and of several the last.
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        if key.eq_ignore_ascii_case("kind") {
            kind = text(value, "SimpleHead.kind")?;
        } else if key.eq_ignore_ascii_case("apiVersion") {
            text(value, "SimpleHead.apiVersion")?;
        } else if key.eq_ignore_ascii_case("metadata") {
            let Some(metadata) = value.as_map() else {
                let place = format!("Go struct field SimpleHead.metadata of type {METADATA}");
                return Err(wrong(value, &place));
            };
            for (key, value) in metadata.iter().filter(|(_, value)| !value.is_null()) {
                if key.eq_ignore_ascii_case("name") {
                    text(value, ".metadata.name")?;
                } else if key.eq_ignore_ascii_case("annotations") {
                    let place = ".metadata.annotations";
                    let Some(all) = value.as_map() else {
                        return Err(wrong(
                            value,
                            &format!("Go struct field {place} of type map[string]string"),
                        ));
                    };
                    for (key, value) in all.iter() {
                        let value =
                            if value.is_null() { SmolStr::default() } else { text(value, place)? };
                        annotations.insert(key.clone(), value);
                    }
                }
            }
        }
    }
    Ok((kind, annotations))
}

const METADATA: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";

fn text(value: &Value, place: &str) -> Result<SmolStr, String> {
    scalar_text(value)
        .ok_or_else(|| wrong(value, &format!("Go struct field {place} of type string")))
}

fn wrong(value: &Value, place: &str) -> String {
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into {place}",
        go_kind(value)
    )
}
