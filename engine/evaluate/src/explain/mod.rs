//! Where the fields of a plan came from: the whole way from a field back to the lines that say what it is.
//!
//! A plan's values carry their nearest file and line. The rest of the way is found when someone asks: rendering is pure
//! and quick, so the one unit that made the object is rendered again, with a trace. [`Explainer`] does so for any number
//! of questions about one evaluation.

mod build;
mod chain;
mod layers;
mod reach;
mod release;
mod variables;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use weir_kustomize::Edit;
use weir_model::{FieldPath, Manifest, ObjectId, Origin, SmolStr, Value, leaves};
use weir_plan::{PlanObject, UnitId, hide};

use crate::units::{Task, Work};
use crate::walk::{Settled, Skip, settle};
use crate::{Evaluation, Memo, Snapshot};

/// How far the values of values are followed.
const MAX_DEPTH: u32 = 6;

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file and its line; line 0 when the whole file is meant.
    pub origin: Origin,
    /// What the file is of.
    pub within: Within,
}

/// What a file is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// The repository itself.
    Repository,
    /// A chart: its name and version.
    Chart(String),
    /// Another source, such as `GitRepository/flux-system/base`.
    Source(String),
}

/// One step on the way from a field to where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What kind of step it is.
    pub kind: LinkKind,
    /// What happened, in words.
    pub title: String,
    /// Where that is written.
    pub place: Option<Place>,
    /// The value as it was there; secret ones are hidden.
    pub value: Option<Value>,
    /// Where that came from in turn.
    pub causes: Vec<Self>,
}

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// A manifest's file.
    File,
    /// Something that kustomize changed: a patch, an image, a namespace.
    Edit,
    /// A line of a chart's template.
    Template,
    /// A value that the template read.
    Value,
    /// Something that gives a value: the chart's defaults, `valuesFrom`, `spec.values`.
    Layer,
    /// A variable that was substituted.
    Variable,
    /// Metadata that Flux sets on every object.
    Metadata,
    /// Made at random, or from the time.
    Generated,
}

impl LinkKind {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Edit => "edit",
            Self::Template => "template",
            Self::Value => "value",
            Self::Layer => "layer",
            Self::Variable => "variable",
            Self::Metadata => "metadata",
            Self::Generated => "generated",
        }
    }
}

/// Answers where the fields of an evaluation's objects came from.
pub struct Explainer<'a> {
    snapshot: &'a Snapshot,
    memo: &'a Memo,
    settled: Settled,
    traces: RefCell<BTreeMap<UnitId, Option<Rc<UnitTrace>>>>,
}

/// A unit, rendered with a trace.
struct UnitTrace {
    objects: BTreeMap<ObjectId, ObjectTrace>,
    templates: Option<weir_helm::Trace>,
    chart: Option<Arc<weir_helm::Chart>>,
}

/// An object on its way.
struct ObjectTrace {
    /// As it came out of kustomize or the chart, before variables and Flux's own metadata.
    plain: Value,
    /// As the chart gave it, when post-renderers changed something.
    rendered: Option<Value>,
    /// What kustomize changed on the way to there.
    edits: Vec<Edit>,
    /// As the plan has it, its secrets hidden.
    hidden: OnceCell<Value>,
}

impl<'a> Explainer<'a> {
    /// Evaluates a snapshot; what the memo knows is not rendered again.
    pub fn new(snapshot: &'a Snapshot, memo: &'a Memo) -> Self {
        let settled = settle(snapshot, memo, &Skip::Nothing);
        Self { snapshot, memo, settled, traces: RefCell::default() }
    }

    /// Evaluates a snapshot as [`crate::evaluate_unit`] does.
    pub fn of_unit(snapshot: &'a Snapshot, memo: &'a Memo, unit: &UnitId) -> Self {
        let settled = settle(snapshot, memo, &Skip::AllBut(unit));
        Self { snapshot, memo, settled, traces: RefCell::default() }
    }

    /// Returns the evaluation.
    pub fn evaluation(&self) -> Evaluation {
        crate::evaluation(self.snapshot, self.settled.walked())
    }

    /// Follows a field of an object that a unit made. Empty when the unit did not make it, or when it is not known where
    /// the field came from.
    pub fn explain(&self, unit: &UnitId, object: &PlanObject, field: &FieldPath) -> Vec<Link> {
        let mut links = self.follow(unit, &object.id, &object.manifest, field, 0);
        if object.provenance.generated.contains(&field.pointer(object.manifest.value())) {
            let title = "made at random or from the time, by the first rendering; then kept";
            let generated = Link {
                kind: LinkKind::Generated,
                title: title.to_owned(),
                place: None,
                value: None,
                causes: Vec::new(),
            };
            links.insert(0, generated);
        }
        links
    }

    /// Calls `visit` for each leaf of an object with where it came from.
    pub fn explain_all(
        &self,
        unit: &UnitId,
        object: &PlanObject,
        visit: &mut dyn FnMut(&FieldPath, &Value, Vec<Link>),
    ) {
        let shown = hide(&object.manifest);
        leaves(object.manifest.value(), &mut |field, _| {
            let value = field.find(&shown).cloned().unwrap_or_default();
            visit(field, &value, self.explain(unit, object, field));
        });
    }

    /// Says where the Flux object of a unit, which has this origin, is written.
    pub fn unit_place(&self, unit: &UnitId, origin: Origin) -> Option<Place> {
        let parent = &self.settled.node(unit)?.placed.unit;
        self.place(parent, origin)
    }

    /// Returns the name and version of the chart that a release was rendered from.
    pub fn chart(&self, unit: &UnitId) -> Option<String> {
        let trace = self.trace(unit)?;
        trace.chart.as_ref().map(|chart| format!("{} {}", chart.name(), chart.version()))
    }

    fn follow(
        &self,
        unit: &UnitId,
        id: &ObjectId,
        manifest: &Manifest,
        field: &FieldPath,
        depth: u32,
    ) -> Vec<Link> {
        let Some(trace) = self.trace(unit) else { return Vec::new() };
        let Some(object) = trace.objects.get(id) else { return Vec::new() };
        let hidden = object.hidden.get_or_init(|| hide(manifest));
        chain::Chain { explainer: self, unit, trace: &trace, object, manifest, hidden, depth }
            .of(field)
    }

    /// Finds an object among those that a unit made, and follows a field of it.
    fn follow_made(
        &self,
        unit: &UnitId,
        wanted: &Manifest,
        field: &FieldPath,
        depth: u32,
    ) -> Vec<Link> {
        if depth >= MAX_DEPTH {
            return Vec::new();
        }
        self.follow(unit, &wanted.id(), wanted, field, depth + 1)
    }

    fn trace(&self, unit: &UnitId) -> Option<Rc<UnitTrace>> {
        if let Some(known) = self.traces.borrow().get(unit) {
            return known.clone();
        }
        let made = self.task(unit).and_then(|task| match &task.work {
            Work::Build(task) => build::trace(task, self.memo),
            Work::Release(task) => release::trace(task, self.memo),
            Work::Blocked(_) | Work::Recorded(_) => None,
        });
        let made = made.map(Rc::new);
        self.traces.borrow_mut().insert(unit.clone(), made.clone());
        made
    }

    fn task(&self, unit: &UnitId) -> Option<&Task> {
        self.settled.node(unit)?.task.as_ref()
    }

    /// Says what the file of an origin is of. `unit` made the object that has the origin.
    fn place(&self, unit: &UnitId, origin: Origin) -> Option<Place> {
        if !origin.is_known() {
            return None;
        }
        let is_file = weir_model::TreePath::parse(&origin.source.name())
            .is_ok_and(|path| self.snapshot.root.tree.file(&path).is_some());
        let source = self.task(unit).and_then(|task| task.source.as_ref());
        let revision = &self.snapshot.root.revision.0;
        let within = match source {
            Some(source) if source.revision != *revision && !is_file => {
                Within::Source(source.id.to_string())
            }
            _ => Within::Repository,
        };
        Some(Place { origin, within })
    }
}

/// Names a reference by which a unit finds an object.
fn named(kind: &str, namespace: &str, name: &str) -> String {
    format!("{kind}/{namespace}/{name}")
}

/// Hides a value that came from a secret.
fn shown(value: &Value, is_secret: bool) -> Value {
    if !is_secret && !value.sensitive {
        return value.clone();
    }
    Value::string(SmolStr::new_static(weir_plan::HIDDEN))
}
