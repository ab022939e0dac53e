//! The graph as a picture: one file that needs nothing else, for light and dark grounds.

use super::layout::{HEIGHT, Layout, WIDTH, is_faint, layout};
use super::{COLOURS, Graph, Look, Node, Relation};
use crate::output::safe::markup;

/// The space around everything, and the height of the legend.
const MARGIN: f64 = 24.0;
const LEGEND: f64 = 40.0;

/// How many characters of a name fit into a node.
const CHARACTERS: usize = 27;

/// What tells readers of XML that this is SVG; those of HTML know.
const NAMESPACE: &str = "xmlns=\"http://www.w3.org/2000/svg\" ";

/// What makes the picture dark when it stands alone: the system's wish.
const SYSTEM_DARK: &str = "@media(prefers-color-scheme:dark)";

/// Returns the graph as SVG for a page that says by an attribute of its root whether it is dark.
pub(crate) fn svg_in_page(graph: &Graph) -> String {
    let svg = svg(graph).replacen(NAMESPACE, "", 1);
    svg.replacen(SYSTEM_DARK, ":root[data-theme=\"dark\"]", 1)
}

/// Returns the graph as SVG.
pub(crate) fn svg(graph: &Graph) -> String {
    let layout = layout(graph);
    let width = (layout.width + 2.0 * MARGIN).max(640.0);
    let height = layout.height + 2.0 * MARGIN + LEGEND;
    let mut text = format!(
        "<svg {NAMESPACE}viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"units and sources\">\n<style>{}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
        style(graph)
    );
    legend(graph, &mut text);
    text.push_str(&format!("<g transform=\"translate({MARGIN} {})\">\n", MARGIN + LEGEND));
    // Sources lead to nearly everything, so their edges lie below the others.
    for below in [true, false] {
        for edge in graph.edges.iter().filter(|(_, _, relation)| is_faint(*relation) == below) {
            draw_edge(&layout, *edge, &mut text);
        }
    }
    for (node, place) in graph.nodes.iter().zip(&layout.places) {
        draw_node(node, *place, &mut text);
    }
    text.push_str("</g>\n</svg>\n");
    text
}

fn style(graph: &Graph) -> String {
    let looks = graph.looks();
    let mut light = String::new();
    let mut dark = String::new();
    for (look, [fill, line], [dark_fill, dark_line]) in
        COLOURS.iter().filter(|(look, ..)| looks.contains(look))
    {
        let word = look.word();
        light.push_str(&format!(".{word} rect{{fill:{fill};stroke:{line}}}"));
        dark.push_str(&format!(".{word} rect{{fill:{dark_fill};stroke:{dark_line}}}"));
    }
    format!(
        "text{{font:600 12px system-ui,sans-serif;fill:#111827}}text.b{{font-weight:400;font-size:10px;fill:#4b5563}}\
         .ground{{fill:#ffffff}}rect{{stroke-width:1.4}}.suspended rect,.missing rect{{stroke-dasharray:5 3}}\
         path{{fill:none;stroke:#94a3b8;stroke-width:1.2}}path.dependsOn{{stroke:#2563eb;stroke-width:1.6}}\
         path.sourceRef{{stroke-dasharray:2 4;stroke-width:1;opacity:.55}}{light}\
         {SYSTEM_DARK}{{.ground{{fill:#0d1117}}text{{fill:#e6edf3}}text.b{{fill:#9da7b3}}\
         path{{stroke:#64748b}}path.dependsOn{{stroke:#60a5fa}}{dark}}}"
    )
}

fn legend(graph: &Graph, text: &mut String) {
    let mut x = MARGIN;
    for look in graph.looks() {
        let count = graph.nodes.iter().filter(|node| node.look == look).count();
        let words = format!("{count} {}", plural(look, count));
        text.push_str(&format!(
            "<g class=\"{}\"><rect x=\"{x}\" y=\"18\" width=\"14\" height=\"14\" rx=\"3\"/><text x=\"{}\" y=\"29\">{words}</text></g>\n",
            look.word(),
            x + 20.0
        ));
        x += 34.0 + 7.0 * count_of(&words);
    }
    for relation in [Relation::Parent, Relation::DependsOn, Relation::Source] {
        if !graph.edges.iter().any(|(_, _, other)| *other == relation) {
            continue;
        }
        let word = relation.word();
        text.push_str(&format!(
            "<path class=\"{word}\" d=\"M{x} 25h24\"/><text class=\"b\" x=\"{}\" y=\"29\">{word}</text>\n",
            x + 30.0
        ));
        x += 44.0 + 6.0 * count_of(word);
    }
}

fn plural(look: Look, count: usize) -> String {
    let word = look.word();
    if look == Look::Source && count != 1 { format!("{word}s") } else { word.to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "words are short")]
fn count_of(text: &str) -> f64 {
    text.chars().count() as f64
}

fn draw_edge(layout: &Layout, (from, to, relation): (usize, usize, Relation), text: &mut String) {
    let (Some((x1, y1)), Some((x2, y2))) = (layout.places.get(from), layout.places.get(to)) else {
        return;
    };
    let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2.0, y2 + HEIGHT / 2.0);
    // An edge back, of a circle, swings out on both sides.
    let reach = ((x2 - x1) / 2.0).abs().clamp(30.0, 160.0);
    text.push_str(&format!(
        "<path class=\"{}\" d=\"M{x1:.0} {y1:.0}C{:.0} {y1:.0} {:.0} {y2:.0} {x2:.0} {y2:.0}\"/>\n",
        relation.word(),
        x1 + reach,
        x2 - reach,
    ));
}

fn draw_node(node: &Node, (x, y): (f64, f64), text: &mut String) {
    let suspended = if node.suspended { " suspended" } else { "" };
    let mut title = format!("{} ({}{suspended})", node.id, node.look.word());
    for note in node.notes.iter().filter(|note| !note.is_empty()) {
        title.push('\n');
        title.push_str(note);
    }
    let round = if node.look == Look::Source { HEIGHT / 2.0 } else { 6.0 };
    text.push_str(&format!(
        "<g class=\"{}{suspended}\"><title>{}</title><rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"{round}\"/><text x=\"{:.0}\" y=\"{:.0}\">{}</text><text class=\"b\" x=\"{:.0}\" y=\"{:.0}\">{}</text></g>\n",
        node.look.word(),
        markup(&title),
        x + 12.0,
        y + 16.0,
        markup(&short(&node.name)),
        x + 12.0,
        y + 30.0,
        markup(&short(&node.below)),
    ));
}

fn short(text: &str) -> String {
    if text.chars().count() <= CHARACTERS {
        return text.to_owned();
    }
    let start: String = text.chars().take(CHARACTERS - 1).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(count: usize, edges: &[(usize, usize, Relation)]) -> Graph {
        let node = |index: usize| Node {
            id: format!("Kustomization/a/<n{index}>"),
            name: format!("<n{index}> & \"more than what fits into a node\""),
            below: "Kustomization · a".to_owned(),
            look: Look::Ready,
            suspended: index == 0,
            notes: Vec::new(),
        };
        Graph { nodes: (0..count).map(node).collect(), edges: edges.iter().copied().collect() }
    }

    #[test]
    fn text_is_escaped_and_shortened() {
        let text = svg(&graph(2, &[(0, 1, Relation::Parent)]));
        assert!(text.contains("&lt;n0&gt; &amp; &quot;more than what fit…"), "{text}");
        assert!(!text.contains("<n0>"));
        assert!(!super::super::mermaid(&graph(1, &[])).contains("<n0>"));
        assert!(super::super::dot(&graph(1, &[])).contains("& \\\"more"));
    }

    #[test]
    fn nodes_never_overlap_and_circles_end() {
        let mut edges = vec![(3, 1, Relation::DependsOn), (1, 3, Relation::DependsOn)];
        edges.extend((1..300).map(|index| (index / 7, index, Relation::Parent)));
        let graph = graph(300, &edges);
        let layout = layout(&graph);
        for (index, (x, y)) in layout.places.iter().enumerate() {
            for (other_x, other_y) in &layout.places[index + 1..] {
                let apart = (x - other_x).abs() >= WIDTH || (y - other_y).abs() >= HEIGHT;
                assert!(apart, "{x} {y} and {other_x} {other_y}");
            }
            assert!(*x >= 0.0 && *y >= -0.01 && x + WIDTH <= layout.width + 0.01);
            assert!(y + HEIGHT <= layout.height + 0.01);
        }
    }
}
