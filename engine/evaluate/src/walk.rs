//! From the entry to all units: what a unit makes may hold further units, and what others refer to.
//!
//! The walk goes in rounds. In each round every unit's inputs are found among what all units have made so far, and those
//! whose inputs changed are rendered, in parallel. Units that refer to something that is not there yet wait until nothing
//! else can be done. When no input changes any more, everything is as the last round saw it, so the result does not
//! depend on the order in which units were found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use weir_flux::names::{FLUX_SYSTEM, SOURCE_GROUP};
use weir_model::{Diagnostic, Digest, Manifest, Map, ObjectId, Value};
use weir_plan::{Body, Unit, UnitId, UnitKind};

use crate::context::Context;
use crate::rendering::Rendering;
use crate::units::{Task, prepare};
use crate::world::{Placed, World};
use crate::{Demand, Memo, Snapshot};

/// How many rounds there may be; each round goes one level deeper.
const MAX_ROUNDS: usize = 200;

/// How many units there may be.
const MAX_UNITS: usize = 50_000;

/// Which releases are not rendered.
pub(crate) enum Skip<'a> {
    /// None.
    Nothing,
    /// All whose charts make no Flux objects.
    Releases,
    /// All but this one, whatever their charts make.
    AllBut(&'a UnitId),
    /// Of these, those with these inputs.
    These(&'a BTreeSet<(UnitId, Digest)>),
}

/// What a walk found.
pub(crate) struct Walked {
    pub(crate) units: Vec<Unit>,
    pub(crate) missing: BTreeSet<Demand>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Those of the diagnostics that belong to a unit and stand beside what its body says.
    pub(crate) warnings: BTreeMap<UnitId, Vec<Diagnostic>>,
}

/// A unit on the way.
pub(crate) struct Node {
    pub(crate) placed: Placed,
    pub(crate) task: Option<Task>,
    rendered: Option<(Digest, Arc<Rendering>)>,
}

/// All units with their tasks, and what they made, when nothing changes any more.
pub(crate) struct Settled {
    nodes: BTreeMap<UnitId, Node>,
    world: World,
    entry: UnitId,
    is_at_rest: bool,
}

impl Settled {
    /// Returns a unit.
    pub(crate) fn node(&self, id: &UnitId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// Returns the objects that units may refer to.
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// Returns what the walk found.
    pub(crate) fn walked(&self) -> Walked {
        finish(&self.nodes, &self.entry, self.is_at_rest)
    }

    /// Returns the inputs of all units.
    pub(crate) fn inputs(&self) -> BTreeSet<(UnitId, Digest)> {
        let tasks = self.nodes.iter().filter_map(|(id, node)| Some((id, node.task.as_ref()?)));
        tasks.map(|(id, task)| (id.clone(), task.input)).collect()
    }

    /// Returns the units that were not rendered.
    pub(crate) fn left_out(&self) -> BTreeSet<&UnitId> {
        let left_out = self.nodes.iter().filter(|(_, node)| node.rendered.is_none());
        left_out.map(|(id, _)| id).collect()
    }

    /// Renders what is to be rendered now, and walks on from there.
    pub(crate) fn go_on(&mut self, snapshot: &Snapshot, memo: &Memo, skip: &Skip<'_>) {
        let entry_source = entry_source(self.nodes.get(&self.entry));
        let context = Context { snapshot, memo, world: &self.world, entry_source: &entry_source };
        if render_next(context, skip, &mut self.nodes) {
            self.walk(snapshot, memo, skip);
        }
    }

    fn walk(&mut self, snapshot: &Snapshot, memo: &Memo, skip: &Skip<'_>) {
        self.is_at_rest = false;
        for _ in 0..MAX_ROUNDS {
            self.world = world(&self.nodes);
            discover(snapshot, &self.world, &self.entry, &mut self.nodes);
            let entry_source = entry_source(self.nodes.get(&self.entry));
            let context =
                Context { snapshot, memo, world: &self.world, entry_source: &entry_source };
            prepare_all(context, &mut self.nodes);
            if !render_next(context, skip, &mut self.nodes) {
                self.is_at_rest = true;
                return;
            }
            if self.nodes.len() > MAX_UNITS {
                return;
            }
        }
    }
}

/// Walks from the entry to all units.
pub(crate) fn walk(snapshot: &Snapshot, memo: &Memo, skip: &Skip<'_>) -> Walked {
    settle(snapshot, memo, skip).walked()
}

/// Walks from the entry to all units, and keeps them as they were at the end.
pub(crate) fn settle(snapshot: &Snapshot, memo: &Memo, skip: &Skip<'_>) -> Settled {
    let mut settled = Settled {
        nodes: BTreeMap::new(),
        world: World::default(),
        entry: entry_id(),
        is_at_rest: false,
    };
    settled.walk(snapshot, memo, skip);
    settled
}

fn entry_id() -> UnitId {
    UnitId {
        kind: UnitKind::Kustomization,
        namespace: FLUX_SYSTEM.into(),
        name: FLUX_SYSTEM.into(),
    }
}

fn world(nodes: &BTreeMap<UnitId, Node>) -> World {
    let mut world = World::default();
    for (id, node) in nodes {
        if let Some((_, rendering)) = &node.rendered {
            world.add(id, default_namespace(id, node), rendering.objects());
        }
    }
    world
}

/// Returns the namespace of objects that name none.
fn default_namespace<'a>(id: &'a UnitId, node: &'a Node) -> &'a str {
    let target = node.placed.manifest.spec().and_then(|spec| spec.get("targetNamespace"));
    target.and_then(Value::as_str).unwrap_or(&id.namespace)
}

/// Takes up the units that the world holds, and drops those that it no longer holds.
fn discover(
    snapshot: &Snapshot,
    world: &World,
    entry: &UnitId,
    nodes: &mut BTreeMap<UnitId, Node>,
) {
    let mut wanted: BTreeMap<UnitId, Placed> = world.units().clone();
    let own = wanted.get(entry).map(|placed| &*placed.manifest);
    if let Some(manifest) = entry_manifest(snapshot, own) {
        let placed = Placed { unit: entry.clone(), manifest: Arc::new(manifest) };
        wanted.insert(entry.clone(), placed);
    }
    nodes.retain(|id, _| wanted.contains_key(id));
    for (id, placed) in wanted {
        match nodes.get_mut(&id) {
            Some(node) => node.placed = placed,
            None => {
                nodes.insert(id, Node { placed, task: None, rendered: None });
            }
        }
    }
}

/// Returns the entry Kustomization: as the repository has it, or a plain one, for the folder that the snapshot names.
fn entry_manifest(snapshot: &Snapshot, own: Option<&Manifest>) -> Option<Manifest> {
    let text = |pairs: &[(&str, &str)]| -> Map {
        pairs.iter().map(|(key, value)| ((*key).into(), Value::from(*value))).collect()
    };
    let mut value = match own {
        Some(manifest) => manifest.value().clone(),
        None => {
            let source = text(&[("kind", "GitRepository"), ("name", FLUX_SYSTEM)]);
            let mut spec = Map::new();
            spec.insert("sourceRef", source.into());
            let mut root = text(&[("apiVersion", "kustomize.toolkit.fluxcd.io/v1")]);
            root.insert("kind", Value::from("Kustomization"));
            let metadata = text(&[("name", FLUX_SYSTEM), ("namespace", FLUX_SYSTEM)]);
            root.insert("metadata", metadata.into());
            root.insert("spec", spec.into());
            root.into()
        }
    };
    if let Some(spec) = value.as_map_mut().and_then(|map| map.entry("spec").as_map_mut()) {
        spec.insert("path", Value::from(snapshot.entry.as_str()));
    }
    Manifest::new(value).ok()
}

fn entry_source(entry: Option<&Node>) -> ObjectId {
    let spec = entry.and_then(|node| node.placed.manifest.spec());
    let field = |name: &str| spec?.pointer(&["sourceRef", name])?.as_str();
    ObjectId::new(
        SOURCE_GROUP,
        field("kind").unwrap_or("GitRepository"),
        Some(field("namespace").unwrap_or(FLUX_SYSTEM)),
        field("name").unwrap_or(FLUX_SYSTEM),
    )
}

fn prepare_all(context: Context<'_>, nodes: &mut BTreeMap<UnitId, Node>) {
    let listed: Vec<(&UnitId, &Placed)> =
        nodes.iter().map(|(id, node)| (id, &node.placed)).collect();
    let tasks: Vec<Task> =
        listed.into_par_iter().map(|(id, placed)| prepare(context, id, placed)).collect();
    for (node, task) in nodes.values_mut().zip(tasks) {
        node.task = Some(task);
    }
}

/// Renders the units whose inputs changed; tells whether there was one.
fn render_next(context: Context<'_>, skip: &Skip<'_>, nodes: &mut BTreeMap<UnitId, Node>) -> bool {
    let mut ready = Vec::new();
    let mut unresolved = Vec::new();
    let mut stale = Vec::new();
    for (id, node) in nodes.iter() {
        let Some(task) = &node.task else { continue };
        let known = node.rendered.as_ref().map(|(input, _)| *input == task.input);
        if known == Some(true) {
            continue;
        }
        if !skips(context, skip, id, task) {
            if task.resolved { &mut ready } else { &mut unresolved }.push((id.clone(), task));
        } else if known.is_some() {
            stale.push(id.clone());
        }
    }
    // What is missing may be made by those that can go on, so the others wait for them.
    let chosen = if ready.is_empty() { unresolved } else { ready };
    let rendered = render_all(context.memo, chosen);
    let any = !rendered.is_empty() || !stale.is_empty();
    for id in stale {
        if let Some(node) = nodes.get_mut(&id) {
            node.rendered = None;
        }
    }
    for (id, input, rendering) in rendered {
        if let Some(node) = nodes.get_mut(&id) {
            node.rendered = Some((input, rendering));
        }
    }
    any
}

type Done = (UnitId, Digest, Arc<Rendering>);

/// Takes from the memo what it has and makes the rest. Releases of one chart are made together, so that it is read once
/// and then forgotten.
fn render_all(memo: &Memo, chosen: Vec<(UnitId, &Task)>) -> Vec<Done> {
    let recalled: Vec<_> = chosen
        .into_par_iter()
        .map(|(id, task)| match memo.recall(&id, task) {
            Some(rendering) => Ok((id, task.input, rendering)),
            None => Err((id, task)),
        })
        .collect();
    let mut done = Vec::new();
    let mut groups: BTreeMap<Digest, Vec<(UnitId, &Task)>> = BTreeMap::new();
    for recalled in recalled {
        match recalled {
            Ok(rendering) => done.push(rendering),
            Err((id, task)) => groups.entry(task.group()).or_default().push((id, task)),
        }
    }
    let groups: Vec<_> = groups.into_values().collect();
    let made = groups.into_par_iter().flat_map(|group| {
        let chart = group.first().and_then(|(_, task)| task.chart(memo));
        group.into_par_iter().map(move |(id, task)| {
            let _read = &chart;
            let rendering = memo.remember(&id, task, task.render(memo));
            (id, task.input, rendering)
        })
    });
    done.par_extend(made);
    done
}

fn skips(context: Context<'_>, skip: &Skip<'_>, id: &UnitId, task: &Task) -> bool {
    match skip {
        Skip::Nothing => false,
        Skip::Releases => task.may_be_skipped(context),
        Skip::AllBut(unit) => id.kind == UnitKind::HelmRelease && id != *unit,
        Skip::These(inputs) => {
            inputs.contains(&(id.clone(), task.input)) && task.may_be_skipped(context)
        }
    }
}

fn finish(nodes: &BTreeMap<UnitId, Node>, entry: &UnitId, settled: bool) -> Walked {
    let mut walked = Walked {
        units: Vec::new(),
        missing: BTreeSet::new(),
        diagnostics: Vec::new(),
        warnings: BTreeMap::new(),
    };
    if !settled {
        let message = format!(
            "units do not come to rest: they still change after {MAX_ROUNDS} rounds, or are more than {MAX_UNITS}"
        );
        walked.diagnostics.push(Diagnostic::error("flux-unsettled", message));
    }
    for (id, node) in nodes {
        let Some(task) = &node.task else { continue };
        let body = match &node.rendered {
            Some((_, rendering)) => {
                let warnings = task.warnings.iter().chain(&rendering.diagnostics).cloned();
                let warnings: Vec<Diagnostic> = warnings.collect();
                walked.diagnostics.extend(warnings.iter().cloned());
                walked.warnings.insert(id.clone(), warnings);
                walked.missing.extend(rendering.demands.iter().cloned());
                if let Body::Waiting(found) | Body::Broken(found) = &rendering.body {
                    walked.diagnostics.extend(found.iter().cloned());
                }
                rendering.body.clone()
            }
            None => Body::Same,
        };
        let parent = (id != entry).then(|| node.placed.unit.clone());
        walked.units.push(Unit {
            parent,
            after: task.after.clone(),
            source: task.source.clone(),
            origin: node.placed.manifest.value().origin,
            suspended: task.suspended,
            input: task.input,
            body,
            id: id.clone(),
        });
    }
    walked
}
