//! What waits for what: a graph over the units, each with two moments, that it was applied and that it is ready.
//!
//! Edges come from `dependsOn`, from `wait` and `healthChecks`, from the unit that holds a unit's own object, its source,
//! its values, and the CRDs of its objects. A circle in the graph is never left: none of its units is ever applied.

use std::collections::{BTreeMap, BTreeSet};

use weir_flux::names::{EXTENSIONS_GROUP, SOURCE_GROUP};
use weir_model::{SmolStr, Value};
use weir_plan::{UnitId, UnitKind};

use crate::index::{Index, unit_kind};
use crate::report::Finding;
use crate::rules;
use crate::schemas::{Schemas, is_crd};

/// A moment of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Applied,
    Ready,
}

type Event = (usize, Moment);

/// Why one moment waits for another.
#[derive(Clone, Debug)]
struct Edge {
    to: Event,
    why: String,
    /// Whether the unit's own `dependsOn` says so.
    is_declared: bool,
    /// Whether it is about a CRD, which may also have been installed by other means.
    is_crd: bool,
}

/// Finds dependencies on nothing and circles.
pub(crate) fn check(index: &Index<'_>, schemas: &Schemas<'_>, found: &mut Vec<Finding>) {
    let graph = Graph::new(index, schemas, found);
    graph.circles(found);
}

struct Graph<'a> {
    index: &'a Index<'a>,
    edges: BTreeMap<Event, Vec<Edge>>,
}

impl<'a> Graph<'a> {
    fn new(index: &'a Index<'a>, schemas: &Schemas<'_>, found: &mut Vec<Finding>) -> Self {
        let places: BTreeMap<&UnitId, usize> =
            index.plan.units.iter().enumerate().map(|(place, unit)| (&unit.id, place)).collect();
        let mut graph = Self { index, edges: BTreeMap::new() };
        let definers = definers(index, &places);
        for (place, unit) in index.plan.units.iter().enumerate() {
            graph.add((place, Moment::Ready), (place, Moment::Applied), "is applied".into(), false);
            if let Some(parent) = unit.parent.as_ref().and_then(|id| places.get(id)) {
                let why = format!(
                    "is made by `{}`",
                    index.plan.units.get(*parent).map_or_else(String::new, |u| u.id.to_string())
                );
                graph.add((place, Moment::Applied), (*parent, Moment::Applied), why, false);
            }
            for after in &unit.after {
                match places.get(after) {
                    Some(other) => {
                        let why = format!("depends on `{after}`");
                        graph.add((place, Moment::Applied), (*other, Moment::Ready), why, true);
                    }
                    None => found.push(missing(index, &unit.id, after)),
                }
            }
            graph.flux_object(place, &places);
        }
        graph.objects(schemas, &places, &definers);
        graph
    }

    fn add(&mut self, from: Event, to: Event, why: String, is_declared: bool) {
        if from != to {
            let edges = self.edges.entry(from).or_default();
            if edges.iter().all(|edge| edge.to != to) {
                let is_crd = why.contains("`, whose CRD `");
                edges.push(Edge { to, why, is_declared, is_crd });
            }
        }
    }

    /// Adds what the Flux object of a unit says: its source, its values, what it waits for.
    fn flux_object(&mut self, place: usize, places: &BTreeMap<&UnitId, usize>) {
        let index = self.index;
        let Some(unit) = index.plan.units.get(place) else { return };
        let Some(object) = index.flux_object(&unit.id) else { return };
        let Some(spec) = object.manifest().spec() else { return };
        let own = unit.id.namespace.as_str();
        let mut needed: Vec<(&str, &str, &str, &str)> = Vec::new();
        let text = |value: &'a Value, key: &str| value.get(key).and_then(Value::as_str);
        for way in [&["sourceRef"][..], &["chartRef"], &["chart", "spec", "sourceRef"]] {
            let Some(reference) = spec.pointer(way) else { continue };
            let (kind, name) = (text(reference, "kind"), text(reference, "name"));
            if let (Some(kind), Some(name)) = (kind, name) {
                let namespace = text(reference, "namespace").unwrap_or(own);
                needed.push((SOURCE_GROUP, kind, namespace, name));
                needed.push((EXTENSIONS_GROUP, kind, namespace, name));
            }
        }
        for way in [&["valuesFrom"][..], &["postBuild", "substituteFrom"]] {
            for reference in spec.pointer(way).and_then(Value::as_list).unwrap_or(&[]) {
                if reference.get("optional").and_then(Value::as_bool) == Some(true) {
                    continue;
                }
                if let (Some(kind), Some(name)) = (text(reference, "kind"), text(reference, "name"))
                {
                    needed.push(("", kind, own, name));
                }
            }
        }
        for (group, kind, namespace, name) in needed {
            let Some(target) = index.find(group, kind, namespace, name) else { continue };
            if let Some(other) = places.get(&target.unit.id).filter(|other| **other != place) {
                let why =
                    format!("reads `{kind}/{namespace}/{name}`, which `{}` makes", target.unit.id);
                self.add((place, Moment::Applied), (*other, Moment::Applied), why, false);
            }
        }
        for check in spec.get("healthChecks").and_then(Value::as_list).unwrap_or(&[]) {
            let group = text(check, "apiVersion").and_then(|version| version.split_once('/'));
            let group = group.map_or("", |(group, _)| group);
            let (kind, name) = (text(check, "kind").unwrap_or_default(), text(check, "name"));
            let (Some(kind), Some(name)) = (unit_kind(group, kind), name) else { continue };
            let namespace = SmolStr::new(text(check, "namespace").unwrap_or(own));
            let id = UnitId { kind, namespace, name: name.into() };
            if let Some(other) = places.get(&id).filter(|other| **other != place) {
                let why = format!("checks the health of `{id}`");
                self.add((place, Moment::Ready), (*other, Moment::Ready), why, false);
            }
        }
    }

    /// Adds what the objects of units need: the CRDs of their kinds, and the health of units where a unit waits.
    fn objects(
        &mut self,
        schemas: &Schemas<'_>,
        places: &BTreeMap<&UnitId, usize>,
        definers: &BTreeMap<(String, String), (usize, usize)>,
    ) {
        let index = self.index;
        let waiting: BTreeSet<usize> = index
            .plan
            .units
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.id.kind == UnitKind::Kustomization && waits(index, &unit.id))
            .map(|(place, _)| place)
            .collect();
        for placed in &index.objects {
            let Some(place) = places.get(&placed.unit.id).copied() else { continue };
            let id = &placed.object.id;
            if waiting.contains(&place)
                && let Some(kind) = unit_kind(&id.group, &id.kind)
                && let Some(namespace) = placed.namespace
            {
                let child = UnitId { kind, namespace: namespace.into(), name: id.name.clone() };
                if let Some(other) = places.get(&child).filter(|other| **other != place) {
                    let why = format!("waits until `{child}` is ready (`spec.wait`)");
                    self.add((place, Moment::Ready), (*other, Moment::Ready), why, false);
                }
            }
            // A Kustomization is tried as a whole before anything of it is applied, so each kind must be known by then.
            if placed.unit.id.kind == UnitKind::Kustomization
                && schemas.kubernetes(placed.manifest()).is_none()
                && let Some((definer, count)) =
                    definers.get(&(id.group.to_string(), id.kind.to_string()))
                && *count == 1
                && *definer != place
            {
                let definer_id =
                    index.plan.units.get(*definer).map_or_else(String::new, |u| u.id.to_string());
                let why = format!("has a `{}`, whose CRD `{definer_id}` makes", id.kind);
                self.add((place, Moment::Applied), (*definer, Moment::Applied), why, false);
            }
        }
    }

    /// Reports each circle once, at its first unit. Takes events off as all that they wait for is off; what stays is in a
    /// circle or behind one.
    fn circles(&self, found: &mut Vec<Finding>) {
        let mut open: BTreeMap<Event, usize> = BTreeMap::new();
        let mut waiting: BTreeMap<Event, Vec<Event>> = BTreeMap::new();
        for place in 0..self.index.plan.units.len() {
            for moment in [Moment::Applied, Moment::Ready] {
                let event = (place, moment);
                let edges = self.edges.get(&event).map_or(&[][..], Vec::as_slice);
                open.insert(event, edges.len());
                for edge in edges {
                    waiting.entry(edge.to).or_default().push(event);
                }
            }
        }
        let mut free: Vec<Event> =
            open.iter().filter(|(_, count)| **count == 0).map(|(event, _)| *event).collect();
        while let Some(event) = free.pop() {
            open.remove(&event);
            for other in waiting.get(&event).into_iter().flatten() {
                if let Some(count) = open.get_mut(other) {
                    *count -= 1;
                    if *count == 0 {
                        free.push(*other);
                    }
                }
            }
        }
        let mut seen: BTreeSet<Event> = BTreeSet::new();
        for start in open.keys().copied() {
            let mut path: Vec<Event> = Vec::new();
            let mut at: BTreeMap<Event, usize> = BTreeMap::new();
            let mut next = Some(start);
            while let Some(event) = next.filter(|event| !at.contains_key(event)) {
                if seen.contains(&event) {
                    next = None;
                    break;
                }
                at.insert(event, path.len());
                path.push(event);
                let edges = self.edges.get(&event).map_or(&[][..], Vec::as_slice);
                next = edges.iter().map(|edge| edge.to).find(|to| open.contains_key(to));
            }
            seen.extend(path.iter().copied());
            let Some(first) = next.and_then(|event| at.get(&event).copied()) else { continue };
            found.push(self.circle(path.get(first..).unwrap_or_default(), &open));
        }
    }

    fn circle(&self, events: &[Event], open: &BTreeMap<Event, usize>) -> Finding {
        let units = &self.index.plan.units;
        let mut steps = Vec::new();
        let (mut all_declared, mut has_crd) = (true, false);
        for (place, moment) in events {
            let edges = self.edges.get(&(*place, *moment)).map_or(&[][..], Vec::as_slice);
            let Some(edge) = edges.iter().find(|edge| open.contains_key(&edge.to)) else {
                continue;
            };
            if edge.to.0 == *place {
                continue;
            }
            all_declared &= edge.is_declared;
            has_crd |= edge.is_crd;
            if let Some(unit) = units.get(*place) {
                steps.push(format!("`{}` {}", unit.id, edge.why));
            }
        }
        let first = events.first().and_then(|(place, _)| units.get(*place));
        let (rule, message, hint) = if all_declared {
            (
                rules::DEPENDENCY_CYCLE,
                "dependencies form a circle",
                "take one `dependsOn` of the circle out",
            )
        } else if has_crd {
            (
                rules::CRD_AFTER_USE,
                "waits for a CRD that only comes after it",
                "on a new cluster the Kustomization is not applied until somebody installs the CRD; move the objects into a Kustomization of their own",
            )
        } else {
            (
                rules::UNSATISFIABLE,
                "waits for something that only comes after it",
                "on a new cluster none of these is ever applied; move what is needed first into a unit of its own and depend on that",
            )
        };
        let mut finding = Finding::new(rule, format!("{message}: {}", steps.join("; "))).hint(hint);
        if let Some(unit) = first {
            finding = finding.in_unit(&unit.id).at(unit.origin);
        }
        finding
    }
}

fn missing(index: &Index<'_>, unit: &UnitId, after: &UnitId) -> Finding {
    let message = format!("depends on `{after}`, which nothing in the repository makes");
    let mut finding = Finding::new(rules::DEPENDENCY_MISSING, message).in_unit(unit);
    if let Some(unit) = index.plan.unit(unit) {
        finding = finding.at(unit.origin);
    }
    let ids = index.plan.units.iter().map(|unit| &unit.id);
    let other = ids.into_iter().find(|id| id.kind == after.kind && id.name == after.name);
    match other {
        Some(other) => finding.hint(format!("there is `{other}` in another namespace")),
        None => finding,
    }
}

/// Tells whether a Kustomization waits for all that it applies.
fn waits(index: &Index<'_>, id: &UnitId) -> bool {
    let object = index.flux_object(id);
    let wait = object.and_then(|object| object.manifest().spec()?.get("wait")?.as_bool());
    wait == Some(true)
}

/// Returns which unit defines each kind, by group and kind, and how many units do so.
fn definers(
    index: &Index<'_>,
    places: &BTreeMap<&UnitId, usize>,
) -> BTreeMap<(String, String), (usize, usize)> {
    let mut found: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for placed in index.objects.iter().filter(|p| is_crd(&p.object.id.group, &p.object.id.kind)) {
        let text = |way: &[&str]| placed.value().pointer(way).and_then(Value::as_str);
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        let place = places.get(&placed.unit.id).copied();
        if let (Some(group), Some(kind), Some(place)) = (group, kind, place) {
            let entry = found.entry((group.to_owned(), kind.to_owned())).or_insert((place, 0));
            if entry.1 == 0 || entry.0 != place {
                entry.1 += 1;
            }
        }
    }
    found
}
