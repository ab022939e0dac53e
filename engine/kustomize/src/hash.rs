//! The name suffix of ConfigMaps and Secrets: ten letters from a digest of their content.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use weir_model::{Data, Map, Value};
use weir_yaml::{Content, Node, Style, YamlError};

/// Returns the suffix of an object.
///
/// Of a ConfigMap and a Secret only the kind, the type and the data count, of other kinds the whole object with its
/// places in the text.
pub fn suffix(object: &Node) -> Result<String, YamlError> {
    let kind = object.get("kind").and_then(Node::text).unwrap_or_default();
    let encoded = match kind {
        "ConfigMap" => of_fields(object, kind, &["data"], "binaryData")?,
        "Secret" => of_fields(object, kind, &["type", "data"], "stringData")?,
        _ => {
            let mut json = String::new();
            write_node(object, &mut json);
            json
        }
    };
    Ok(letters(&encoded))
}

fn of_fields(
    object: &Node,
    kind: &str,
    always: &[&str],
    when_there: &str,
) -> Result<String, YamlError> {
    // The name was meant to count, but is looked for where it never is.
    let mut fields = Map::from_iter([("kind".into(), kind.into()), ("name".into(), "".into())]);
    for key in always {
        fields.insert(*key, field(object, key)?);
    }
    let optional = field(object, when_there)?;
    if optional.as_str().is_none() {
        fields.insert(when_there, optional);
    }
    Ok(weir_yaml::json::write(&Value::map(fields)))
}

/// Returns a field as it counts: a scalar as its text, nothing as an empty text.
fn field(object: &Node, key: &str) -> Result<Value, YamlError> {
    let Some(node) = object.get(key) else { return Ok("".into()) };
    if let Some(text) = node.text() {
        return Ok(text.into());
    }
    let value = weir_yaml::to_value(node)?;
    Ok(if matches!(value.data, Data::Map(_)) { value } else { Value::null() })
}

/// Takes ten letters of a digest, with those replaced that could make words.
fn letters(encoded: &str) -> String {
    let digest = Sha256::digest(encoded.as_bytes());
    let mut hex = String::new();
    for byte in digest.iter().take(5) {
        let _ = write!(hex, "{byte:02x}");
    }
    let replace = |letter| match letter {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(replace).collect()
}

/// Writes a node as Go writes the structure that yaml.v3 keeps it in.
fn write_node(node: &Node, json: &mut String) {
    let (kind, tag, text) = match &node.content {
        Content::Sequence(_) => (2, "!!seq", ""),
        Content::Mapping(_) => (4, "!!map", ""),
        Content::Scalar(text, tag) => (8, tag.name(), text.as_str()),
        Content::Alias(name) => (16, "", name.as_str()),
    };
    let extras = node.extras.as_deref().cloned().unwrap_or_default();
    let tag = if extras.tag.is_empty() { tag } else { extras.tag.as_str() };
    let quote = |text: &str| weir_yaml::json::write(&text.into());
    let style = match node.style {
        Style::Default => 0,
        Style::DoubleQuoted => 2,
        Style::SingleQuoted => 4,
        Style::Literal => 8,
        Style::Folded => 16,
        Style::Flow => 32,
    };
    let _ = write!(
        json,
        "{{\"Kind\":{kind},\"Style\":{style},\"Tag\":{},\"Value\":{},\"Anchor\":{},\"Alias\":null,\"Content\":",
        quote(tag),
        quote(text),
        quote(&extras.anchor),
    );
    let children: Vec<&Node> = match &node.content {
        Content::Sequence(items) => items.iter().collect(),
        Content::Mapping(pairs) => pairs.iter().flat_map(|pair| [&pair.key, &pair.value]).collect(),
        Content::Scalar(..) | Content::Alias(_) => Vec::new(),
    };
    if children.is_empty() {
        json.push_str("null");
    } else {
        for (at, child) in children.into_iter().enumerate() {
            json.push(if at == 0 { '[' } else { ',' });
            write_node(child, json);
        }
        json.push(']');
    }
    let _ = write!(
        json,
        ",\"HeadComment\":{},\"LineComment\":{},\"FootComment\":{},\"Line\":{},\"Column\":{}}}",
        quote(&extras.comments.head),
        quote(&extras.comments.line),
        quote(&extras.comments.foot),
        node.origin.line,
        node.column,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_make_no_words() {
        assert_eq!(letters(r#"{"data":"","kind":"ConfigMap","name":""}"#), "6ct58987ht");
    }
}
