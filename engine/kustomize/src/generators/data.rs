//! The data of ConfigMaps and Secrets: text as it is, anything else in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use smol_str::SmolStr;
use weir_model::Origin;
use weir_yaml::{Node, ScalarTag, Style};

use super::pairs::Pair;

/// Writes entries, sorted by key, into `data`, or into `binaryData` when they are no text.
pub(crate) fn load_config_map(object: &mut Node, entries: &[Pair]) {
    let (mut texts, mut binary) = (Vec::new(), Vec::new());
    for Pair { key, bytes, at } in entries {
        match std::str::from_utf8(bytes) {
            Ok(text) => texts.push((key.as_str(), text.into(), *at)),
            Err(_) => binary.push((key.as_str(), base64(bytes).into(), *at)),
        }
    }
    put(object, "data", texts);
    put(object, "binaryData", binary);
}

/// Writes entries, which are base64 already, into `binaryData`.
pub(crate) fn load_binary(object: &mut Node, entries: &[Pair]) {
    let text = |bytes| String::from_utf8_lossy(bytes).into();
    put(
        object,
        "binaryData",
        entries.iter().map(|Pair { key, bytes, at }| (key.as_str(), text(bytes), *at)).collect(),
    );
}

/// Writes entries into a Secret's `data`, which is there even when it is empty.
pub(crate) fn load_secret(object: &mut Node, entries: &[Pair]) {
    if object.get("data").is_none() {
        object.set("data", Node::mapping(Vec::new()));
    }
    let text = |bytes: &[u8]| base64(bytes).into();
    put(
        object,
        "data",
        entries.iter().map(|Pair { key, bytes, at }| (key.as_str(), text(bytes), *at)).collect(),
    );
}

/// Puts entries, sorted by key, into a field; the later of two with one key stays.
fn put(object: &mut Node, field: &str, entries: Vec<(&str, SmolStr, Origin)>) {
    if entries.is_empty() {
        return;
    }
    let origin = object.origin;
    if object.get(field).is_none_or(Node::is_null) {
        object.set(field, Node { origin, ..Node::mapping(Vec::new()) });
    }
    let Some(map) = object.get_mut(field) else { return };
    let was_empty = map.pairs().is_none_or(Vec::is_empty);
    for (key, text, at) in entries {
        let style = if text.contains('\n') { Style::Literal } else { Style::Default };
        let origin = if at.is_known() { at } else { origin };
        let value = Node { style, origin, ..Node::scalar(text, ScalarTag::Str) };
        match map.pairs_mut() {
            // Keys may be many, and a look at all of them for each takes long.
            Some(pairs) if was_empty => {
                match pairs.last_mut().filter(|last| last.key.text() == Some(key)) {
                    Some(last) => last.value = value,
                    None => pairs.push(weir_yaml::Pair { key: Node::string(key), value }),
                }
            }
            _ => map.set(key, value),
        }
    }
}

/// Encodes bytes as kustomize does: standard base64, broken into lines of 70 when it is longer than one.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut broken = String::with_capacity(text.len() + text.len() / LINE + 1);
    for line in text.as_bytes().chunks(LINE) {
        broken.extend(line.iter().copied().map(char::from));
        broken.push('\n');
    }
    broken
}

/// Makes the object that a generator fills.
pub(crate) fn base(kind: &str, name: &str, namespace: &str, origin: Origin) -> Node {
    let text = |text: &str| Node { origin, ..Node::string(text) };
    let mut metadata = Node { origin, ..Node::mapping(Vec::new()) };
    metadata.set("name", text(name));
    if !namespace.is_empty() {
        metadata.set("namespace", text(namespace));
    }
    let mut object = Node { origin, ..Node::mapping(Vec::new()) };
    object.set("apiVersion", text("v1"));
    object.set("kind", text(kind));
    object.set("metadata", metadata);
    object
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_broken_as_kustomize_breaks_it() {
        for (bytes, expected) in [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v")]
        {
            assert_eq!(base64(bytes), expected);
        }
        assert_eq!(base64(&[b'a'; 51]).len(), 68);
        let long = base64(&[b'a'; 60]);
        assert_eq!(long.lines().map(str::len).collect::<Vec<_>>(), [70, 10]);
        assert!(long.ends_with('\n'));
    }
}
