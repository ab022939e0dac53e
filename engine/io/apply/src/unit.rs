//! Applying one unit: its stages, its health, its pruning, its record.

use std::time::{Duration, Instant};

use weir_model::{Diagnostic, ObjectId, Value};
use weir_plan::{Body, PlanObject, Unit, UnitKind};
use weir_reconcile::health::{self, Expressions, State};
use weir_reconcile::inventory::{Entry, Inventory};
use weir_reconcile::order::{self, Stage};
use weir_reconcile::policy::Policy;

use crate::apply::{Run, Settings};
use crate::assess::{Assessment, Verdict, failure};
use crate::helm::apply_release;
use crate::prune::{Pruning, prune};
use crate::record::Record;
use crate::report::{Event, Failure, ObjectReport, Outcome, UnitOutcome, UnitReport};
use crate::stage::{assess_all, write_all};
use crate::target::{Place, Target};
use crate::telling::{self, Telling};
use crate::wait::wait;

/// How long definitions, namespaces and classes are waited for before what needs them is applied.
const STAGE_LIMIT: Duration = Duration::from_secs(60);

/// How Flux's own kinds end: their controllers make them ready, not this apply.
const OWN_KINDS: &str = ".toolkit.fluxcd.io";

/// What to try about objects that do not become ready.
const UNREADY: &str = "`kubectl describe` them; when they need longer, raise `spec.timeout`";

/// Applies one unit.
pub(crate) async fn apply_unit(
    run: &mut Run<'_>,
    unit: &Unit,
    on_event: &mut dyn FnMut(Event),
) -> UnitReport {
    let mut report = UnitReport {
        id: unit.id.clone(),
        outcome: UnitOutcome::Skipped,
        objects: Vec::new(),
        notes: Vec::new(),
    };
    let objects = match objects(unit, run.settings) {
        Ok(objects) => objects,
        Err(notes) => {
            report.notes = notes;
            return report;
        }
    };
    report.notes.extend(run.unmet(unit));
    if !report.notes.is_empty() {
        return report;
    }
    on_event(Event::Unit(unit.id.clone()));
    report.outcome = UnitOutcome::Failed;
    let (started, mut telling) = (Instant::now(), Telling::default());
    let applied = match unit.id.kind {
        UnitKind::Kustomization => {
            apply_objects(run, unit, objects, &mut report, &mut telling, on_event).await
        }
        UnitKind::HelmRelease => {
            apply_release(run, unit, &mut report, on_event).await.map_err(Failure::from)
        }
    };
    if let Err(failure) = applied {
        report.notes.extend(failure.notes());
    } else if !report.objects.iter().any(|object| object.outcome.is_failure()) {
        report.outcome = UnitOutcome::Done;
    }
    telling::tell(run.cluster, unit, &report, &telling, started.elapsed()).await;
    report
}

/// Returns the objects of a unit that may be applied, or says why it may not.
pub(crate) fn objects<'plan>(
    unit: &'plan Unit,
    settings: &Settings,
) -> Result<&'plan [PlanObject], Vec<String>> {
    let told = |diagnostics: &[Diagnostic]| -> Vec<String> {
        diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect()
    };
    if unit.suspended {
        return Err(vec!["it is suspended".to_owned()]);
    }
    if let Some(reason) = settings.withheld.get(&unit.id) {
        return Err(vec![reason.clone()]);
    }
    match &unit.body {
        Body::Ready(objects) => Ok(objects),
        Body::Waiting(diagnostics) | Body::Broken(diagnostics) => Err(told(diagnostics)),
        Body::Same => Err(vec!["it was not rendered".to_owned()]),
    }
}

async fn apply_objects(
    run: &mut Run<'_>,
    unit: &Unit,
    objects: &[PlanObject],
    report: &mut UnitReport,
    telling: &mut Telling,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    let started = Instant::now();
    let found = run.records.find(&unit.id, run.cluster, &run.resources).await;
    let mut record = found.map_err(|error| failure("could not read its inventory", &error))?;
    telling.about = record.as_ref().map(|record| record.object.clone());
    let policy = run.policy(unit, record.as_ref().map(|record| &record.object));
    if let Some(problem) = policy.problems.first() {
        return Err(problem.clone().into());
    }
    let limit = Duration::from_secs(policy.timeout.try_into().unwrap_or_default());
    let mut target = Target::of_unit(run.cluster, &run.resources, &unit.id, &policy).await?;
    let before = record.as_ref().map(|record| record.inventory.clone()).unwrap_or_default();
    let mut applied = Inventory::default();
    let mut written = before.clone();
    let mut touched = Vec::new();
    let mut waited_for: Vec<Place> = Vec::new();
    let mut stages: Vec<(Stage, Vec<&PlanObject>)> = Vec::new();
    for stage in [Stage::Definitions, Stage::Classes, Stage::Custom, Stage::Rest] {
        let is_of = |object: &&PlanObject| order::stage(&object.manifest, &[]) == stage;
        let mut members: Vec<&PlanObject> = objects.iter().filter(is_of).collect();
        members.sort_by(|a, b| order::compare(&a.id, &b.id));
        stages.push((stage, members));
    }
    for (stage, members) in stages {
        let assessments = assess_all(&members, &target, run.live, &policy, None).await;
        if let Some(record) = &mut record {
            intend(run, record, &assessments).await?;
        }
        let outcomes = write_all(&assessments, &target).await;
        let mut changed: Vec<Place> = Vec::new();
        for (found, outcome) in assessments.iter().zip(outcomes) {
            let Some(outcome) = outcome else { continue };
            let entry = entry(found);
            // What was to be written may be there, also when the answer says otherwise or got lost.
            if outcome.is_change() || found.verdict.writes() {
                touched.push(entry.clone());
            }
            applied.entries.push(entry);
            if !outcome.is_failure()
                && !matches!(outcome, Outcome::Skipped(_))
                && let Some(place) =
                    found.place.clone().filter(|_| !is_ready(found, &outcome, &policy.expressions))
            {
                changed.push(place);
            }
            let id = found.place.as_ref().map_or(&found.object.id, |place| &place.id).clone();
            let object = ObjectReport { id, origin: found.object.provenance.origin, outcome };
            on_event(Event::Object(unit.id.clone(), object.clone()));
            report.objects.push(object);
        }
        written.extend(&Inventory { entries: std::mem::take(&mut touched) });
        if report.objects.iter().any(|object| object.outcome.is_failure()) {
            // What was recorded before stays recorded, with what was written: nothing is known to have left.
            return match &mut record {
                Some(record) => save(run, record, &written).await,
                None => Ok(()),
            };
        }
        if stage.is_waited_for() && !changed.is_empty() {
            wait_for(unit, &target, (&changed, &Expressions::default()), STAGE_LIMIT, on_event)
                .await?;
        }
        if stage == Stage::Definitions && !changed.is_empty() {
            let is_changed =
                |object: &&&PlanObject| changed.iter().any(|place| place.id.name == object.id.name);
            let definitions = members.iter().filter(is_changed).map(|object| &*object.manifest);
            run.refresh(&mut target, definitions).await?;
        }
        waited_for.extend(changed);
    }
    run.applied.insert(unit.id.clone());

    prune_and_record(run, unit, &policy, &target, record, &applied, report, on_event).await?;

    let places = match (policy.wait, policy.health_checks.is_empty()) {
        (true, _) => waited_for,
        (false, false) => checked(&policy, &target)?,
        (false, true) => return Ok(()),
    };
    let is_ours = |place: &Place| !place.id.group.ends_with(OWN_KINDS);
    let places: Vec<Place> = places.into_iter().filter(is_ours).collect();
    let left = limit.saturating_sub(started.elapsed());
    let waiting = Instant::now();
    let healthy = wait_for(unit, &target, (&places, &policy.expressions), left, on_event).await;
    telling.is_unhealthy = healthy.is_err();
    if healthy.is_ok() && !places.is_empty() {
        telling.healthy_after = Some(waiting.elapsed());
    }
    healthy
}

/// Records what is about to be written, before it is: an apply that is killed forgets nothing.
async fn intend(
    run: &Run<'_>,
    record: &mut Record,
    assessments: &[Assessment<'_>],
) -> Result<(), Failure> {
    if assessments.iter().any(|found| matches!(found.verdict, Verdict::Fail(_))) {
        return Ok(());
    }
    let written = assessments.iter().filter(|found| found.verdict.writes()).map(entry);
    let mut all = record.inventory.clone();
    all.extend(&Inventory { entries: written.collect() });
    save(run, record, &all).await
}

async fn save(run: &Run<'_>, record: &mut Record, inventory: &Inventory) -> Result<(), Failure> {
    record
        .write(run.cluster, inventory)
        .await
        .map_err(|error| failure("could not write its inventory", &error))
}

fn entry(found: &Assessment<'_>) -> Entry {
    Entry {
        id: found.place.as_ref().map_or(&found.object.id, |place| &place.id).clone(),
        version: found.object.manifest.version().into(),
    }
}

/// Tells whether an object that was not touched is ready as it is.
fn is_ready(found: &Assessment<'_>, outcome: &Outcome, expressions: &Expressions) -> bool {
    let state = |live: &Value| match expressions.judge(live) {
        Some(judged) => judged.map_or(State::Unknown, |health| health.state),
        None => health::of(live, &[], 0).state(),
    };
    *outcome == Outcome::Unchanged
        && matches!(found.verdict, Verdict::Unchanged)
        && found.live.as_ref().is_some_and(|live| state(live) == State::Current)
}

fn checked(policy: &Policy, target: &Target) -> Result<Vec<Place>, Failure> {
    let place = |id: &ObjectId| {
        target
            .place_of_entry(id, "")
            .ok_or_else(|| format!("health check {id}: no matches for kind \"{}\"", id.kind).into())
    };
    policy.health_checks.iter().map(place).collect()
}

async fn wait_for(
    unit: &Unit,
    target: &Target,
    (places, expressions): (&[Place], &Expressions),
    limit: Duration,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    wait(target, places, expressions, limit, |waiting| {
        on_event(Event::Waiting(unit.id.clone(), waiting));
    })
    .await
    .map_err(|unready| Failure { why: unready.message(limit), hint: Some(UNREADY) })
}

#[expect(clippy::too_many_arguments, reason = "the parts of one apply, each used once")]
async fn prune_and_record(
    run: &Run<'_>,
    unit: &Unit,
    policy: &Policy,
    target: &Target,
    record: Option<Record>,
    applied: &Inventory,
    report: &mut UnitReport,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    let Some(mut record) = record else {
        report.notes.push(
            "it has no Flux object in the cluster, so nothing is recorded and nothing pruned"
                .to_owned(),
        );
        return Ok(());
    };
    if !record.unread.is_empty() {
        let ids = record.unread.join("`, `");
        let why = format!("its inventory has entries that cannot be read: `{ids}`");
        return Err(why.into());
    }
    let before = record.inventory.clone();
    let pruning = Pruning {
        own: (run.cluster, &run.resources),
        unit: &unit.id,
        policy,
        before: &before,
        after: applied,
        surroundings: &run.surroundings,
        allowed: &run.settings.allowed,
        departs: false,
        dry_run: false,
    };
    let mut after = applied.clone();
    for pruned in prune(pruning, target, run.live, 0).await {
        if pruned.is_owed() && before.entries.contains(&pruned.entry) {
            after.entries.push(pruned.entry.clone());
        }
        let object = pruned.report();
        on_event(Event::Object(unit.id.clone(), object.clone()));
        report.objects.push(object);
    }
    save(run, &mut record, &after).await
}
