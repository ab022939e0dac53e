//! What a ConfigMap or Secret holds.

use std::collections::BTreeMap;

use weir_model::{Manifest, SmolStr, Value, decode_base64};

use crate::{sops, taint};

/// The data of a ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectData {
    /// It can be read.
    Plain(BTreeMap<SmolStr, String>),
    /// It is encrypted, and the keys are not here.
    Encrypted,
}

/// Reads the data of a ConfigMap or Secret.
///
/// A Secret's `data` is decoded and its `stringData` laid over it, as the API server does. One encrypted entry makes the
/// whole object unreadable.
pub fn object_data(manifest: &Manifest) -> ObjectData {
    if sops::is_encrypted(manifest) {
        return ObjectData::Encrypted;
    }
    let is_secret = manifest.kind() == "Secret";
    let entries = |field: &str| {
        let map = manifest.value().get(field).and_then(Value::as_map);
        map.into_iter().flat_map(weir_model::Map::iter)
    };
    let mut plain = BTreeMap::new();
    for (key, value) in entries("data") {
        let text = value.as_str().unwrap_or_default();
        let decoded = if is_secret {
            decode_base64(text)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default()
        } else {
            text.to_owned()
        };
        plain.insert(key.clone(), decoded);
    }
    if is_secret {
        for (key, value) in entries("stringData") {
            plain.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
    }
    let encrypted = |text: &String| {
        text.starts_with("ENC[") || (is_secret && sops::is_encrypted_text(text.as_bytes()))
    };
    if plain.values().any(encrypted) { ObjectData::Encrypted } else { ObjectData::Plain(plain) }
}

/// Marks the data of a Secret as sensitive; other objects stay as they are.
pub fn mark_secret(manifest: Manifest) -> Manifest {
    if manifest.kind() != "Secret" || !manifest.group().is_empty() {
        return manifest;
    }
    let original = manifest.clone();
    let mut value = manifest.into_value();
    if let Some(map) = value.as_map_mut() {
        for field in ["data", "stringData"] {
            if let Some(entries) = map.get_mut(field) {
                taint::mark_all(entries);
            }
        }
    }
    Manifest::new(value).unwrap_or(original)
}
