//! The kinds of units: what each depends on, and how it is rendered. One file per kind.

pub(crate) mod build;
pub(crate) mod content;
mod helm_release;
mod kustomization;
mod lookups;
mod numbering;
mod post_render;
pub(crate) mod release;
mod values;
mod variables;

use std::sync::Arc;

use weir_flux::kinds::Dependency;
use weir_flux::taint;
use weir_helm::Chart;
use weir_model::{Diagnostic, Digest, Manifest, Value};
use weir_plan::{Body, SourceRef, UnitId, UnitKind};

use crate::blocked::{Blocked, Why};
use crate::context::Context;
use crate::memo::Inputs;
use crate::rendering::Made;
use crate::rendering::Rendering;
use crate::sources::SourceTree;
use crate::world::Placed;
use crate::{Memo, Recorded};

/// A unit with all its inputs found, or with what is in the way.
pub(crate) struct Task {
    /// All that rendering reads, by name.
    pub(crate) inputs: Inputs,
    /// The key of the inputs.
    pub(crate) input: Digest,
    /// Whether everything that is referred to was found; what is missing may still come from other units.
    pub(crate) resolved: bool,
    pub(crate) source: Option<SourceRef>,
    pub(crate) after: Vec<UnitId>,
    pub(crate) suspended: bool,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) work: Work,
}

/// What is to be done for a unit.
pub(crate) enum Work {
    /// Build a folder.
    Build(Box<build::BuildTask>),
    /// Render a chart.
    Release(Box<release::ReleaseTask>),
    /// Nothing can be done.
    Blocked(Blocked),
    /// It was done before the snapshot was saved.
    Recorded(Body),
}

impl Task {
    /// A unit that cannot be rendered.
    fn blocked(blocked: Blocked) -> Self {
        let mut inputs = Inputs::of("blocked");
        inputs.part("problems", |digest| {
            for diagnostic in &blocked.diagnostics {
                digest.text(&diagnostic.to_string());
            }
        });
        Self {
            input: inputs.key(),
            inputs,
            resolved: blocked.why != Why::Absent,
            source: None,
            after: Vec::new(),
            suspended: false,
            warnings: Vec::new(),
            work: Work::Blocked(blocked),
        }
    }

    /// A unit that a saved snapshot has the result of.
    fn recorded(id: &UnitId, recorded: &Recorded) -> Self {
        let mut inputs = Inputs::of("recorded");
        inputs.part("body", |digest| {
            digest.text(&id.to_string());
            match &recorded.body {
                Body::Ready(objects) => {
                    for object in objects.iter() {
                        digest.digest(&object.public);
                    }
                }
                Body::Waiting(reasons) | Body::Broken(reasons) => {
                    for reason in reasons {
                        digest.text(&reason.to_string());
                    }
                }
                Body::Same => {}
            }
        });
        Self {
            input: inputs.key(),
            inputs,
            resolved: true,
            source: recorded.source.clone(),
            after: recorded.after.clone(),
            suspended: recorded.suspended,
            warnings: recorded.warnings.clone(),
            work: Work::Recorded(recorded.body.clone()),
        }
    }

    /// Does the work. Nothing but the task is looked at; the memo only brings files into memory.
    pub(crate) fn render(&self, memo: &Memo) -> Made {
        match &self.work {
            Work::Build(task) => build::render(task, memo),
            Work::Release(task) => release::render(task, memo),
            Work::Blocked(blocked) => {
                Made { rendering: blocked.clone().into(), details: Vec::new(), from_secrets: false }
            }
            Work::Recorded(body) => {
                let rendering = Rendering::recorded(body.clone());
                Made { rendering, details: Vec::new(), from_secrets: false }
            }
        }
    }

    /// Reads the chart of a release; as long as someone holds it, its other releases need not read it again.
    pub(crate) fn chart(&self, memo: &Memo) -> Option<Arc<Chart>> {
        match &self.work {
            Work::Release(task) => release::load(task, memo).ok(),
            Work::Build(_) | Work::Blocked(_) | Work::Recorded(_) => None,
        }
    }

    /// Returns what units share that had best be rendered one after the other; the unit's own input where there is nothing.
    pub(crate) fn group(&self) -> Digest {
        match &self.work {
            Work::Release(task) => release::chart_key(task),
            Work::Build(_) | Work::Blocked(_) | Work::Recorded(_) => self.input,
        }
    }

    /// Tells whether the unit may be left out of a comparison when its inputs are the same on both sides.
    pub(crate) fn may_be_skipped(&self, context: Context<'_>) -> bool {
        match &self.work {
            Work::Release(task) => !release::makes_flux_objects(context, task),
            Work::Build(_) | Work::Blocked(_) | Work::Recorded(_) => false,
        }
    }
}

/// Finds the inputs of a unit.
pub(crate) fn prepare(context: Context<'_>, id: &UnitId, placed: &Placed) -> Task {
    if let Some(recorded) = context.snapshot.recorded.get(id) {
        return Task::recorded(id, recorded);
    }
    match id.kind {
        UnitKind::Kustomization => kustomization::prepare(context, id, &placed.manifest),
        UnitKind::HelmRelease => helm_release::prepare(context, id, &placed.manifest),
    }
}

/// Names the units of `dependsOn`: they are of the unit's own kind, and of its namespace where they name none.
fn dependencies(id: &UnitId, named: &[Dependency]) -> Vec<UnitId> {
    let unit = |dependency: &Dependency| UnitId {
        kind: id.kind,
        namespace: dependency.namespace.clone().unwrap_or_else(|| id.namespace.clone()),
        name: dependency.name.clone(),
    };
    named.iter().map(unit).collect()
}

/// Names what a unit is made from.
fn source_ref(source: &SourceTree, path: &str) -> SourceRef {
    SourceRef { id: source.id.clone(), revision: source.revision.clone(), path: path.to_owned() }
}

/// Marks what holds a secret of one of the Secrets among a unit's objects.
fn mark_copies(manifests: Vec<Manifest>) -> Vec<Manifest> {
    if !manifests.iter().any(|manifest| manifest.kind() == "Secret") {
        return manifests;
    }
    let mut values: Vec<Value> =
        manifests.iter().map(|manifest| manifest.value().clone()).collect();
    taint::mark_copies(&mut values);
    let marked = manifests.into_iter().zip(values);
    // What is marked is still an object.
    marked.map(|(old, value)| Manifest::new(value).unwrap_or(old)).collect()
}
