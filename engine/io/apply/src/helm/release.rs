//! Applying one HelmRelease: `weir-reconcile` decides what is done, action after action, until it has come to an end.

use std::cell::RefCell;
use std::time::Instant;

use weir_evaluate::ReleaseInput;
use weir_golang::time::Duration;
use weir_helm::record::{Record, Status as RecordStatus, config_digest};
use weir_model::Manifest;
use weir_plan::Unit;
use weir_reconcile::inventory::Entry;
use weir_reconcile::release::{
    Action, Desired, Next, Outcome, Run, State, Status, Stop, common_metadata_digest,
    post_renderers_digest,
};

use super::MANAGER;
use super::drift::{self, Drifted};
use super::found::{Found, Surrounded};
use super::install::install;
use super::leaving::{Leaving, inventory, staying};
use super::now;
use super::render::{Chance, render};
use super::rollback::rollback;
use super::session::Session;
use super::status::write_status;
use super::test::test;
use super::uninstall::{Uninstalled, uninstall};
use super::upgrade::{is_server_side, upgrade};
use super::{crds::apply_crds, unlock::unlock};
use crate::events::write_events;
use crate::report::{Event, Outcome as ObjectOutcome, UnitReport};

/// How often a release may be begun anew in one apply. Retries are bounded by its own policy, but that may have no bound.
const ROUNDS: usize = 20;

/// Applies a HelmRelease. What was done with its objects is reported, also when something fails.
pub(crate) async fn apply_release(
    run: &crate::apply::Run<'_>,
    unit: &Unit,
    report: &mut UnitReport,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let input = run.releases.get(&unit.id).ok_or("its chart or values could not be had")?;
    let around = Surrounded {
        cluster: run.cluster,
        resources: &run.resources,
        surroundings: &run.surroundings,
        allowed: &run.settings.allowed,
    };
    let wanted = run.manifest(&unit.id);
    if run.listed.is_settled(unit, wanted, &input, &around, report, on_event).await? {
        return Ok(());
    }
    let live = Found::live(&unit.id, &around).await?;
    let live =
        live.ok_or("it has no HelmRelease object in the cluster, where its state is kept")?;
    let found = Found::of(&unit.id, live, wanted, &around).await?;
    let desired = desired(&found, &input);
    let mut status = Status::read(found.live.value().get("status"));
    let crds = RefCell::default();
    for _ in 0..ROUNDS {
        let mut reconciling = Reconciling {
            found: &found,
            unit,
            around: &around,
            input: &input,
            desired: &desired,
            crds: &crds,
            report: &mut *report,
        };
        let (after, stop) = reconciling.run(status, on_event).await;
        status = after;
        match stop {
            Stop::Done => return Ok(()),
            Stop::Requeue => {}
            Stop::RetryAfter(_) => {
                return Err(input.without_secrets(status.conditions.message("Ready").to_owned()));
            }
            Stop::Stalled(why) => {
                let said = status.conditions.message("Ready");
                let text = if said.is_empty() { why } else { format!("{why}: {said}") };
                return Err(input.without_secrets(text));
            }
            Stop::Failed(why) => return Err(input.without_secrets(why)),
        }
    }
    Err("its failures are retried without end; the next apply goes on".to_owned())
}

/// Says what is to be in the cluster.
pub(super) fn desired(found: &Found, input: &ReleaseInput<'_>) -> Desired {
    let metadata = input.chart().metadata();
    let [name, namespace, storage] = found.names();
    let spec = found.wanted.spec();
    Desired {
        release_name: name.clone(),
        release_namespace: namespace.clone(),
        storage_namespace: storage.clone(),
        chart_name: metadata.name.to_string(),
        chart_version: metadata.version.to_string(),
        app_version: metadata.app_version.to_string(),
        config_digest: config_digest(input.values()),
        oci_digest: input.oci_digest().to_owned(),
        post_renderers_digest: post_renderers_digest(spec),
        common_metadata_digest: common_metadata_digest(spec),
    }
}

/// One reconciliation of a HelmRelease.
struct Reconciling<'a> {
    found: &'a Found,
    unit: &'a Unit,
    around: &'a Surrounded<'a>,
    input: &'a ReleaseInput<'a>,
    desired: &'a Desired,
    /// The chart's definitions, when it was rendered.
    crds: &'a RefCell<Option<Vec<Manifest>>>,
    report: &'a mut UnitReport,
}

impl Reconciling<'_> {
    /// Reconciles once, and writes the status as it changes.
    async fn run(&mut self, status: Status, on_event: &mut dyn FnMut(Event)) -> (Status, Stop) {
        let mut run = Run::new(&self.found.object, self.desired, status, &now());
        let stop = match run.target_change() {
            Some(_) => self.leave(&mut run, on_event).await,
            None => self.go(&mut run, on_event).await,
        };
        let stop = stop.unwrap_or_else(Stop::Failed);
        run.end(&stop);
        let mut stop = stop;
        write_events(&self.found.live, &run.events, MANAGER, self.around.cluster).await;
        if let Err(why) = write_status(self.found, self.around.cluster, &run.status).await {
            stop = Stop::Failed(why);
        }
        (run.status, stop)
    }

    /// Uninstalls the release that the HelmRelease stood for before.
    async fn leave(
        &mut self,
        run: &mut Run<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Stop, String> {
        let latest = run.status.history.latest().cloned().unwrap_or_default();
        let names = [latest.name, latest.namespace, run.status.storage_namespace.clone()];
        let mut session = self.found.session(&names, self.unit, self.around, on_event).await?;
        let outcome = session.leave().await;
        self.report.objects.append(&mut session.objects);
        let (outcome, was_there) = outcome?;
        run.set_now(&now());
        if let Some(why) = run.uninstalled(&outcome, was_there) {
            return Ok(Stop::Failed(why));
        }
        run.forget();
        Ok(Stop::Requeue)
    }

    async fn go(
        &mut self,
        run: &mut Run<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Stop, String> {
        let found = self.found;
        let mut session = found.session(found.names(), self.unit, self.around, on_event).await?;
        run.begin();
        let stop = loop {
            let mut state = run.state(session.storage.records())?;
            let mut drifted = Vec::new();
            if run.looks_for_drift(&state)
                && let Some(last) = session.storage.last()
            {
                drifted = drift::drift(&session, &last.manifest).await?;
                if !drifted.is_empty() {
                    let changes = drifted.iter().map(Drifted::change).collect();
                    state = State::Drifted(changes);
                }
            }
            run.set_now(&now());
            let action = match run.next(&state, session.storage.records()) {
                Next::Act(action) => action,
                Next::Stop(stop) => {
                    // What is not corrected is told at least.
                    let ids = drifted.iter().map(|it| it.change().object);
                    let ids: Vec<String> = ids.collect();
                    if !ids.is_empty() {
                        let note = format!("it is not as it was applied: {}", ids.join(", "));
                        self.report.notes.push(note);
                    }
                    break stop;
                }
            };
            write_status(found, self.around.cluster, &run.status).await?;
            let outcome = self.act(&mut session, &action, &drifted).await;
            if let Some(record) = outcome.written.last()
                && !matches!(action, Action::UninstallRemediation | Action::Unlock | Action::Test)
            {
                run.status.inventory = Some(self.inventory(&session, record).await?);
            }
            run.set_now(&now());
            if let Some(stop) = run.finished(&action, &outcome) {
                break stop;
            }
        };
        report_unchanged(&mut session);
        self.report.objects.append(&mut session.objects);
        Ok(stop)
    }

    /// Does one thing.
    async fn act(
        &self,
        session: &mut Session<'_>,
        action: &Action,
        drifted: &[Drifted],
    ) -> Outcome {
        let started = Instant::now();
        session.storage.take_written();
        let mut corrected = Vec::new();
        let done = match action {
            Action::Install => self.install(session).await,
            Action::Upgrade => self.upgrade(session).await,
            Action::Test => test(session, &self.found.object.policy).await,
            Action::RollBack { to } => rollback(session, *to).await,
            Action::UninstallRemediation => remedy_by_uninstall(session).await,
            Action::Unlock => unlock(session).await,
            Action::CorrectDrift => drift::correct(session, drifted, &mut corrected).await,
        };
        Outcome {
            written: session.storage.take_written(),
            error: done.err().map(|why| self.input.without_secrets(why)),
            logs: String::new(),
            took: took(started),
            corrected,
        }
    }

    async fn install(&self, session: &mut Session<'_>) -> Result<(), String> {
        let content = render(self.input, &session.target, (1, false), Chance::Real).await?;
        self.crds.replace(Some(content.crds.clone()));
        let action = &session.settings.install;
        let server_side = action.server_side.unwrap_or(true);
        if apply_crds(session, &content.crds, action.crds, server_side).await? {
            session.refresh(&content.crds).await?;
        }
        install(session, self.input.installation(&content)?).await
    }

    async fn upgrade(&self, session: &mut Session<'_>) -> Result<(), String> {
        let Some(last) = session.storage.last().cloned() else {
            return Err(format!("\"{}\" has no deployed releases", session.owner.name));
        };
        let revision = (last.version.saturating_add(1), true);
        let content = render(self.input, &session.target, revision, Chance::Real).await?;
        self.crds.replace(Some(content.crds.clone()));
        let action = &session.settings.upgrade;
        let server_side = is_server_side(action, Some(&last));
        if apply_crds(session, &content.crds, action.crds, server_side).await? {
            session.refresh(&content.crds).await?;
        }
        let current = session.storage.deployed().cloned().unwrap_or(last);
        upgrade(session, current, self.input.installation(&content)?).await
    }

    /// Lists what a record has applied, and the chart's definitions.
    async fn inventory(
        &self,
        session: &Session<'_>,
        record: &Record,
    ) -> Result<weir_model::Value, String> {
        let mut listed = inventory(&session.plain_items(&record.manifest)?);
        for crd in self.crds(session).await {
            listed.entries.push(Entry { id: crd.id(), version: crd.version().into() });
        }
        Ok(listed.to_value())
    }

    /// Returns the chart's definitions. They are known once the chart was rendered.
    async fn crds(&self, session: &Session<'_>) -> Vec<Manifest> {
        if let Some(known) = &*self.crds.borrow() {
            return known.clone();
        }
        let content = render(self.input, &session.target, (1, false), Chance::Planned).await;
        content.map(|content| content.crds).unwrap_or_default()
    }
}

/// Uninstalls a release that failed. What must not go without being allowed stays.
async fn remedy_by_uninstall(session: &mut Session<'_>) -> Result<(), String> {
    let manifest = session.storage.last().map(|last| last.manifest.clone()).unwrap_or_default();
    let objects = session.plain_items(&manifest)?;
    let staying = staying(session, &objects, &[], Leaving::Remedy).await;
    match uninstall(session, &staying).await? {
        Uninstalled::Done => Ok(()),
        Uninstalled::Absent => Err("uninstall: Release not loaded".to_owned()),
    }
}

fn took(since: Instant) -> Duration {
    Duration(since.elapsed().as_nanos().try_into().unwrap_or(i64::MAX))
}

/// Reports the objects of the last revision that nothing was done with.
pub(super) fn report_unchanged(session: &mut Session<'_>) {
    let last = session.storage.last().filter(|last| last.info.status == RecordStatus::Deployed);
    let items = last.and_then(|last| session.plain_items(&last.manifest).ok());
    for item in items.unwrap_or_default() {
        let id = &item.place.id;
        if !session.reported.contains(id) {
            session.report_object(id, ObjectOutcome::Unchanged);
        }
    }
}
