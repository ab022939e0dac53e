//! How a generated resource takes the place of one that is there: `behavior: replace` and `behavior: merge`.

use smol_str::SmolStr;
use weir_model::Origin;
use weir_yaml::Node;

use super::bookkeeping;
use super::resource::Resource;
use crate::error::{BuildError, Result};
use crate::generators::data;
use crate::generators::pairs::Pair;

/// Makes `made` the successor of `old`: the old name, labels, annotations and history, and when merging the old data
/// under the new.
pub(crate) fn take_over(made: &mut Resource, old: &Resource, merge: bool) -> Result<()> {
    let old_data = if merge { Some(data_of(made, old)?) } else { None };
    for field in ["labels", "annotations"] {
        let mut texts = old.texts(field);
        // What kustomize remembers is the old resource's.
        let mut own = made.texts(field);
        own.retain(|(key, _)| !bookkeeping::is_kept_inside(key));
        for (key, text) in own {
            match texts.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = text,
                None => texts.push((key, text)),
            }
        }
        made.set_texts(field, texts);
    }
    made.set_name(&old.name());
    made.set_namespace(&old.namespace());
    made.needs_hash &= old.needs_hash;
    made.previous.clone_from(&old.previous);
    made.prefixes.clone_from(&old.prefixes);
    made.suffixes.clone_from(&old.suffixes);
    made.behavior = old.behavior;
    made.vars.clone_from(&old.vars);
    made.transformations.clone_from(&old.transformations);
    made.history.clone_from(&old.history);
    let Some(mut merged) = old_data else { return Ok(()) };
    let mut binary = texts_of(&old.node, "binaryData");
    overlay(&mut merged, texts_of(&made.node, "data"));
    overlay(&mut binary, texts_of(&made.node, "binaryData"));
    made.node.remove("data");
    data::load_config_map(&mut made.node, &to_map(merged));
    // Data that is no text stands in binaryData already, which is written anew.
    made.node.remove("binaryData");
    data::load_binary(&mut made.node, &to_map(binary));
    if old.origin.is_some() {
        made.origin.clone_from(&old.origin);
    }
    Ok(())
}

/// An entry of the data: its key, its text, and where that is written.
type Text = (SmolStr, SmolStr, Origin);

fn to_map(texts: Vec<Text>) -> Vec<Pair> {
    let pair =
        |(key, text, at): Text| Pair { key: key.into(), bytes: text.as_bytes().to_vec(), at };
    let mut sorted: Vec<Pair> = texts.into_iter().map(pair).collect();
    sorted.sort_by(|a, b| (&a.key, &a.bytes).cmp(&(&b.key, &b.bytes)));
    sorted
}

fn overlay(below: &mut Vec<Text>, above: Vec<Text>) {
    for text in above {
        match below.iter_mut().find(|(old, ..)| *old == text.0) {
            Some(entry) => *entry = text,
            None => below.push(text),
        }
    }
}

/// Returns the old data; a Secret's `stringData` counts, encoded, as the API server would have it.
fn data_of(made: &Resource, old: &Resource) -> Result<Vec<Text>> {
    let mut texts = texts_of(&old.node, "data");
    let is_secret =
        made.kind() == "Secret" && made.node.get("apiVersion").and_then(Node::text) == Some("v1");
    if !is_secret {
        return Ok(texts);
    }
    for pair in old.node.get("stringData").and_then(Node::pairs).into_iter().flatten() {
        let key = SmolStr::new(pair.key.text().unwrap_or_default());
        let Some(text) = pair.value.text() else {
            return Err(BuildError::new(format!(
                "failed to normalize stringData: read stringData: stringData value for key {key:?} must be a scalar"
            ))
            .at(pair.value.origin));
        };
        let text = if pair.value.is_null() { "" } else { text };
        let encoded = data::base64(text.as_bytes()).into();
        overlay(&mut texts, vec![(key, encoded, pair.value.origin)]);
    }
    Ok(texts)
}

fn texts_of(node: &Node, field: &str) -> Vec<Text> {
    let text = |node: &Node| {
        SmolStr::new(if node.is_null() { "" } else { node.text().unwrap_or_default() })
    };
    node.get(field)
        .and_then(Node::pairs)
        .into_iter()
        .flatten()
        .map(|pair| (text(&pair.key), text(&pair.value), pair.value.origin))
        .collect()
}
