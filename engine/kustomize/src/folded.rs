//! Folded scalars on their way out: kustomize writes each object with the styles that it was read with and reads it
//! again, and yaml.v3 does not always read from a folded scalar what it wrote into it.

use weir_model::Source;
use weir_yaml::{Content, Node, Pair, ScalarTag, Style};

/// Gives every folded scalar the text that is read back after it was written.
pub(crate) fn settle(node: &mut Node) {
    match &mut node.content {
        Content::Mapping(pairs) => pairs.iter_mut().for_each(|pair| settle(&mut pair.value)),
        Content::Sequence(items) => items.iter_mut().for_each(settle),
        Content::Scalar(text, ScalarTag::Str)
            if node.style == Style::Folded && text.contains('\n') =>
        {
            let scalar = Node { extras: None, ..node.clone() };
            let pair = Pair { key: Node::string("text"), value: scalar };
            let written = weir_yaml::emit(&Node::mapping(vec![pair]));
            let read = weir_yaml::parse(written.as_bytes(), Source::default()).unwrap_or_default();
            let again = read.first().and_then(|document| document.get("text")?.text());
            if let Some(again) = again {
                node.content = Content::Scalar(again.into(), ScalarTag::Str);
            }
        }
        Content::Scalar(..) | Content::Alias(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_before_an_indented_one_gains_an_empty_line() {
        let mut nodes = weir_yaml::parse(
            b"a: >-\n  [\n    x\n  ]\nb: |-\n  [\n    x\n  ]\n",
            Source::default(),
        )
        .unwrap();
        settle(&mut nodes[0]);
        assert_eq!(nodes[0].get("a").and_then(Node::text), Some("[\n\n  x\n]"));
        assert_eq!(nodes[0].get("b").and_then(Node::text), Some("[\n  x\n]"));
    }
}
