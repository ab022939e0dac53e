//! What can be told of SOPS files without their keys.

use weir_model::{Data, Manifest, Value};

/// The signs by which Flux knows an encrypted file, one per format: JSON, YAML, dotenv, INI.
const MARKERS: [&[u8]; 4] = [b"\"mac\": \"ENC[", b"mac: ENC[", b"sops_mac=ENC[", b"[sops]"];

/// Tells whether a file's content is encrypted by SOPS, in any of its formats.
pub fn is_encrypted_text(content: &[u8]) -> bool {
    MARKERS.iter().any(|marker| content.windows(marker.len()).any(|window| window == *marker))
}

/// Tells whether an object is encrypted by SOPS: it has a `sops` field with a `mac`.
pub fn is_encrypted(manifest: &Manifest) -> bool {
    manifest.value().pointer(&["sops", "mac"]).is_some()
}

/// Takes the `sops` field off an encrypted object and marks its encrypted texts as sensitive; they stay as they are.
pub fn without_metadata(manifest: Manifest) -> Manifest {
    let original = manifest.clone();
    let mut value = manifest.into_value();
    if let Some(map) = value.as_map_mut() {
        map.remove("sops");
    }
    mark_encrypted(&mut value);
    Manifest::new(value).unwrap_or(original)
}

fn mark_encrypted(value: &mut Value) {
    match &mut value.data {
        Data::Map(map) => {
            for (_, value) in std::sync::Arc::make_mut(map).iter_mut() {
                mark_encrypted(value);
            }
        }
        Data::List(items) => {
            for item in std::sync::Arc::make_mut(items).iter_mut() {
                mark_encrypted(item);
            }
        }
        Data::String(text) if text.starts_with("ENC[") => value.sensitive = true,
        _ => {}
    }
}
