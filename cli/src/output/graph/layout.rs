//! Where the nodes stand: in columns, so that what others need stands to their left.
//!
//! Longest paths give the columns, a few sweeps by the mean place of neighbours the order in them, and then each node moves
//! towards its neighbours as far as those above it allow. All of it is linear in the edges but for sorting.

use super::{Graph, Relation};

/// The size of a node, and the space around it.
pub(super) const WIDTH: f64 = 200.0;
pub(super) const HEIGHT: f64 = 38.0;
const GAP_X: f64 = 90.0;
const GAP_Y: f64 = 12.0;

/// A column higher than this is broken into several.
const ROWS: usize = 60;

/// How often the order is improved.
const SWEEPS: usize = 6;

/// The places of the nodes: their left upper corners, and how large all of it is.
pub(super) struct Layout {
    pub(super) places: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Places the nodes of a graph.
pub(super) fn layout(graph: &Graph) -> Layout {
    let count = graph.nodes.len();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to, _) in &graph.edges {
        before[*to].push(*from);
        after[*from].push(*to);
    }
    let ranks = ranks(graph, &before, &after);
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for (node, rank) in ranks.iter().enumerate() {
        if columns.len() <= *rank {
            columns.resize(rank + 1, Vec::new());
        }
        columns[*rank].push(node);
    }
    order(&mut columns, &before, &after);
    place(&columns, &before, count)
}

/// Returns the column of each node. Edges that close a circle count for nothing.
fn ranks(graph: &Graph, before: &[Vec<usize>], after: &[Vec<usize>]) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut ranks: Vec<usize> = vec![0; count];
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut done = vec![false; count];
    let mut free: Vec<usize> = (0..count).filter(|node| open[*node] == 0).collect();
    let mut next = 0;
    loop {
        while let Some(node) = free.pop() {
            if std::mem::replace(&mut done[node], true) {
                continue;
            }
            for to in after[node].iter().filter(|to| !done[**to]).copied().collect::<Vec<_>>() {
                ranks[to] = ranks[to].max(ranks[node] + 1);
                open[to] -= 1;
                if open[to] == 0 {
                    free.push(to);
                }
            }
        }
        // What is left is in a circle or behind one: it is cut at the first.
        let Some(node) = (next..count).find(|node| !done[*node]) else { break };
        next = node;
        free.push(node);
    }
    // A source stands just before the first that uses it.
    for (node, users) in after.iter().enumerate().filter(|(node, _)| before[*node].is_empty()) {
        if let Some(first) = users.iter().map(|user| ranks[*user]).min() {
            ranks[node] = first.saturating_sub(1);
        }
    }
    ranks
}

/// Orders each column by the mean place of its nodes' neighbours, from the left and from the right in turn.
fn order(columns: &mut [Vec<usize>], before: &[Vec<usize>], after: &[Vec<usize>]) {
    let mut places = vec![0.0; before.len()];
    let note = |column: &[usize], places: &mut Vec<f64>| {
        for (row, node) in column.iter().enumerate() {
            places[*node] = as_float(row) - as_float(column.len()) / 2.0;
        }
    };
    columns.iter().for_each(|column| note(column, &mut places));
    for sweep in 0..SWEEPS {
        let from_left = sweep % 2 == 0;
        let neighbours = if from_left { before } else { after };
        for step in 0..columns.len() {
            let index = if from_left { step } else { columns.len() - 1 - step };
            let column = &mut columns[index];
            column.sort_by(|one, other| {
                let key = |node: usize| mean(&neighbours[node], &places).unwrap_or(places[node]);
                key(*one).total_cmp(&key(*other)).then_with(|| one.cmp(other))
            });
            note(column, &mut places);
        }
    }
}

fn place(columns: &[Vec<usize>], before: &[Vec<usize>], count: usize) -> Layout {
    let mut places = vec![(0.0, 0.0); count];
    let (mut x, mut lowest, mut highest) = (0.0_f64, 0.0_f64, 0.0_f64);
    for column in columns {
        for (part, rows) in column.chunks(ROWS).enumerate() {
            if part > 0 {
                // The parts of one column stand closer together: there are no edges between them.
                x -= GAP_X * 0.6;
            }
            let ys: Vec<f64> = places.iter().map(|(_, y)| *y).collect();
            let wanted: Vec<f64> =
                rows.iter().map(|node| mean(&before[*node], &ys).unwrap_or(0.0)).collect();
            let mut y = f64::NEG_INFINITY;
            let mut shift = 0.0;
            for (node, wanted) in rows.iter().zip(&wanted) {
                y = wanted.max(y + HEIGHT + GAP_Y);
                shift += y - wanted;
                places[*node] = (x, y);
            }
            // Those that were pushed down take the others along, half of the way up.
            shift /= as_float(rows.len().max(1));
            for node in rows {
                places[*node].1 -= shift;
                lowest = lowest.min(places[*node].1);
                highest = highest.max(places[*node].1);
            }
            x += WIDTH + GAP_X;
        }
    }
    for place in &mut places {
        place.1 -= lowest;
    }
    Layout { places, width: (x - GAP_X).max(WIDTH), height: highest - lowest + HEIGHT }
}

fn mean(nodes: &[usize], values: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|node| values[*node]).sum();
    (!nodes.is_empty()).then(|| sum / as_float(nodes.len()))
}

#[expect(clippy::cast_precision_loss, reason = "counts of nodes are small")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// Tells whether a relation is drawn below the others: there are many of its kind.
pub(super) fn is_faint(relation: Relation) -> bool {
    relation == Relation::Source
}
