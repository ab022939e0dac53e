//! The graph for Mermaid, as forges draw it in Markdown.

use super::{COLOURS, Graph, Relation};

/// Returns the graph in the language of Mermaid.
pub(crate) fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        text.push_str(&format!(
            "  n{index}[\"{}<br/>{}\"]:::{}\n",
            escape(&node.name),
            escape(&node.below),
            node.look.word()
        ));
    }
    for (from, to, relation) in &graph.edges {
        let arrow = match relation {
            Relation::Parent => "-->",
            Relation::DependsOn => "==>",
            Relation::Source => "-.->",
        };
        text.push_str(&format!("  n{from} {arrow} n{to}\n"));
    }
    for (look, [fill, line], _) in COLOURS.iter().filter(|(look, ..)| graph.looks().contains(look))
    {
        let word = look.word();
        text.push_str(&format!("  classDef {word} fill:{fill},stroke:{line},color:#111827\n"));
    }
    for (index, _) in graph.nodes.iter().enumerate().filter(|(_, node)| node.suspended) {
        text.push_str(&format!("  style n{index} stroke-dasharray:4\n"));
    }
    text
}

/// Writes what Mermaid would take for its own as numbered characters.
fn escape(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '·');
    let mut escaped = String::new();
    for c in text.chars() {
        if plain(c) {
            escaped.push(c);
        } else {
            escaped.push_str(&format!("#{};", u32::from(c)));
        }
    }
    escaped
}
