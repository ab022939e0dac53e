//! The graph for Graphviz.

use super::{COLOURS, Graph, Relation};

/// Returns the graph in the language of Graphviz.
pub(crate) fn dot(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph weir {\n  rankdir=LR;\n  bgcolor=transparent;\n  \
         node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];\n",
    );
    for (index, node) in graph.nodes.iter().enumerate() {
        let colours = COLOURS.iter().find(|(look, ..)| *look == node.look);
        let [fill, line] = colours.map_or(["#ffffff", "#000000"], |(_, light, _)| *light);
        let style = if node.suspended { "rounded,filled,dashed" } else { "rounded,filled" };
        text.push_str(&format!(
            "  n{index} [label=\"{}\\n{}\", tooltip=\"{} ({})\", style=\"{style}\", fillcolor=\"{fill}\", color=\"{line}\"];\n",
            escape(&node.name),
            escape(&node.below),
            escape(&node.id),
            node.look.word(),
        ));
    }
    for (from, to, relation) in &graph.edges {
        let style = match relation {
            Relation::Parent => "color=\"#94a3b8\"",
            Relation::DependsOn => "color=\"#2563eb\", penwidth=1.5",
            Relation::Source => "color=\"#94a3b8\", style=dotted",
        };
        text.push_str(&format!("  n{from} -> n{to} [{style}];\n"));
    }
    text.push_str("}\n");
    text
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
