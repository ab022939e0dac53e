//! Units and sources as a graph: what is made from what, what holds what, what waits for what.

mod dot;
mod layout;
mod mermaid;
mod svg;

use std::collections::{BTreeMap, BTreeSet};

use weir_plan::{Body, Changes, Plan, Unit, UnitKind, UnitState};

use super::safe;

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::{svg, svg_in_page};

/// What a node looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    Source,
    Ready,
    Waiting,
    Broken,
    /// With two sides: nothing changes.
    Same,
    Added,
    Changed,
    Removed,
    Unknown,
    /// A unit that others depend on and nothing makes.
    Missing,
}

impl Look {
    /// Returns the word for it, which also names its class in styles.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Broken => "broken",
            Self::Same => "same",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
        }
    }
}

/// Why one node leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// The first holds the Flux object of the second.
    Parent,
    /// The second waits for the first.
    DependsOn,
    /// The second is made from the first.
    Source,
}

impl Relation {
    fn word(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::DependsOn => "dependsOn",
            Self::Source => "sourceRef",
        }
    }
}

/// A unit or a source. All texts are harmless for a terminal, and not escaped for any format.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// `Kind/namespace/name`.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The kind and namespace, short.
    pub(crate) below: String,
    pub(crate) look: Look,
    pub(crate) suspended: bool,
    /// What else there is to say, a line each.
    pub(crate) notes: Vec<String>,
}

/// The nodes in the order of their ids, and the edges by the places of their nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: BTreeSet<(usize, usize, Relation)>,
}

impl Graph {
    /// Makes the graph of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self::build(plan.units.iter().map(|unit| (unit, state(unit))))
    }

    /// Makes the graph of what changes between two plans, with all that stays.
    pub(crate) fn of_changes(before: &Plan, after: &Plan, changes: &Changes) -> Self {
        let changed: BTreeMap<_, _> =
            changes.units.iter().map(|unit| (&unit.id, &unit.state)).collect();
        let gone = before.units.iter().filter(|unit| after.unit(&unit.id).is_none());
        Self::build(after.units.iter().chain(gone).map(|unit| {
            let look = match changed.get(&unit.id) {
                None => Look::Same,
                Some(UnitState::Kept) => Look::Changed,
                Some(UnitState::Added) => Look::Added,
                Some(UnitState::Removed) => Look::Removed,
                Some(UnitState::Unknown { .. }) => Look::Unknown,
            };
            (unit, look)
        }))
    }

    fn build<'plan>(units: impl Iterator<Item = (&'plan Unit, Look)>) -> Self {
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        let mut edges = Vec::new();
        for (unit, look) in units {
            let id = unit.id.to_string();
            let short = match unit.id.kind {
                UnitKind::Kustomization => "Kustomization",
                UnitKind::HelmRelease => "HelmRelease",
            };
            let mut node = node(&id, &unit.id.name, short, Some(&unit.id.namespace), look);
            node.suspended = unit.suspended;
            if let Some(source) = &unit.source {
                let from = source.id.to_string();
                let namespace = source.id.namespace.as_deref();
                nodes.entry(from.clone()).or_insert_with(|| {
                    self::node(&from, &source.id.name, &source.id.kind, namespace, Look::Source)
                });
                edges.push((from, id.clone(), Relation::Source));
                node.notes.push(safe::line(&source.path).into_owned());
            }
            match &unit.body {
                Body::Ready(objects) => node.notes.push(super::plural(objects.len(), "object")),
                Body::Waiting(reasons) | Body::Broken(reasons) => {
                    let reasons = reasons.iter().take(3).map(ToString::to_string);
                    node.notes.extend(reasons.map(|reason| safe::line(&reason).into_owned()));
                }
                Body::Same => {}
            }
            if let Some(parent) = &unit.parent {
                edges.push((parent.to_string(), id.clone(), Relation::Parent));
            }
            for after in &unit.after {
                edges.push((after.to_string(), id.clone(), Relation::DependsOn));
                let (kind, namespace) = (after.kind.as_str(), Some(after.namespace.as_str()));
                let missing =
                    self::node(&after.to_string(), &after.name, kind, namespace, Look::Missing);
                nodes.entry(after.to_string()).or_insert(missing);
            }
            // What was only known as a dependency is now known for what it is.
            nodes.insert(id, node);
        }
        let places: BTreeMap<&String, usize> = nodes.keys().zip(0..).collect();
        let edges = edges.iter().filter_map(|(from, to, relation)| {
            Some((*places.get(from)?, *places.get(to)?, *relation)).filter(|edge| edge.0 != edge.1)
        });
        Self { edges: edges.collect(), nodes: nodes.into_values().collect() }
    }

    /// Returns the looks that occur.
    fn looks(&self) -> BTreeSet<Look> {
        self.nodes.iter().map(|node| node.look).collect()
    }
}

fn node(id: &str, name: &str, kind: &str, namespace: Option<&str>, look: Look) -> Node {
    let below =
        namespace.map_or_else(|| kind.to_owned(), |namespace| format!("{kind} · {namespace}"));
    Node {
        id: safe::line(id).into_owned(),
        name: safe::line(name).into_owned(),
        below: safe::line(&below).into_owned(),
        look,
        suspended: false,
        notes: Vec::new(),
    }
}

fn state(unit: &Unit) -> Look {
    match unit.body {
        Body::Ready(_) | Body::Same => Look::Ready,
        Body::Waiting(_) => Look::Waiting,
        Body::Broken(_) => Look::Broken,
    }
}

/// The colours of each look on a light and on a dark ground: fill and line.
const COLOURS: &[(Look, [&str; 2], [&str; 2])] = &[
    (Look::Source, ["#eef2f7", "#64748b"], ["#1e293b", "#94a3b8"]),
    (Look::Ready, ["#e7f6ec", "#2f855a"], ["#123524", "#4ade80"]),
    (Look::Waiting, ["#fdf3d8", "#b7791f"], ["#3b2f0b", "#facc15"]),
    (Look::Broken, ["#fde8e8", "#c53030"], ["#3f1414", "#f87171"]),
    (Look::Same, ["#f7f7f8", "#9ca3af"], ["#20242b", "#6b7280"]),
    (Look::Added, ["#d9f5e3", "#1a7f4b"], ["#0f3d26", "#4ade80"]),
    (Look::Changed, ["#fdf0c8", "#a16207"], ["#42350a", "#fbbf24"]),
    (Look::Removed, ["#fddede", "#b91c1c"], ["#4a1515", "#f87171"]),
    (Look::Unknown, ["#efe4fb", "#7e3fbf"], ["#2f1d47", "#c084fc"]),
    (Look::Missing, ["#ffffff", "#c53030"], ["#111827", "#f87171"]),
];
