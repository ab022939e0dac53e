//! From values to nodes, as yaml.v3 encodes Go's own data.

use smol_str::{SmolStr, format_smolstr};
use weir_model::{Data, Value};

use crate::dialect::Dialect;
use crate::emit;
use crate::natural;
use crate::node::{Node, Pair, ScalarTag, Style};
use crate::number;
use crate::scan::ScalarStyle;

/// Turns a value into a node: keys in Go's natural order, quotes where text would be read as something else.
pub(crate) fn from_value(value: &Value) -> Node {
    let mut node = match &value.data {
        Data::Null => Node::null(),
        Data::Bool(value) => Node::scalar(if *value { "true" } else { "false" }, ScalarTag::Bool),
        Data::Int(value) => Node::scalar(format_smolstr!("{value}"), ScalarTag::Int),
        Data::Uint(value) => Node::scalar(format_smolstr!("{value}"), ScalarTag::Int),
        Data::Float(value) => {
            let text: SmolStr = number::yaml_float(*value).into();
            let tag = crate::resolve::plain(&text, Dialect::V3).tag();
            Node::scalar(text, tag)
        }
        Data::String(text) => string(text),
        Data::List(items) => Node::sequence(items.iter().map(from_value).collect()),
        Data::Map(map) => {
            let mut entries: Vec<(&SmolStr, &Value)> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| natural::compare(a, b, Dialect::V3));
            let pair = |(key, value): (&SmolStr, &Value)| Pair {
                key: string(key),
                value: from_value(value),
            };
            Node::mapping(entries.into_iter().map(pair).collect())
        }
    };
    node.origin = value.origin;
    node
}

fn string(text: &SmolStr) -> Node {
    let mut node = Node::string(text.clone());
    node.style = match emit::value_style(text, Dialect::V3) {
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::Folded => Style::Default,
    };
    node
}
