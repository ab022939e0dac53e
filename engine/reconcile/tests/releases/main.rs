//! helm-controller's recorded scenarios, decided again: from the status and the records before each step, the actions must
//! be those that the controller took, and end in its conditions, history, counters and events.
//!
//! What Helm did is taken from the events: whether an action succeeded, and with which error. The records that actions make
//! here are our own, so digests and times of new snapshots are not compared.

#![expect(clippy::disallowed_methods, reason = "the recorded files are read from the disk")]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test counts, and stops at what is broken"
)]

mod recorded;
mod world;

use std::collections::BTreeMap;

use recorded::{Step, Told, list, scenarios, steps};
use weir_golang::time::Time;
use weir_helm::record::{Record, Status as Word, config_digest};
use weir_model::{Manifest, Value};
use weir_reconcile::release::{
    Desired, DriftChange, Event, Next, Object, Run, Snapshot, State, Status, Stop,
    common_metadata_digest, post_renderers_digest,
};
use world::World;

/// How many releases, step by step, end as recorded.
const RIGHT: usize = 138;

/// What someone else did to a release's records, in the middle of a step.
enum Deed {
    /// Another Helm made the next revision.
    Revision,
    /// The records were deleted, or the release was uninstalled.
    Gone,
    /// The last record was marked.
    Marked(&'static str),
}

/// Where someone else had a hand in: scenario, step, release, and before which of the step's reconciliations.
const DEEDS: [(&str, usize, &str, usize, Deed); 9] = [
    ("b05-drift", 8, "demo", 1, Deed::Revision),
    ("b05-drift", 9, "demo", 0, Deed::Gone),
    ("b09-adoption", 5, "three", 0, Deed::Revision),
    ("b09-adoption", 5, "four", 0, Deed::Revision),
    ("b09-adoption", 6, "three", 0, Deed::Gone),
    ("b09-adoption", 6, "kube", 0, Deed::Gone),
    ("b11-locks", 2, "one", 0, Deed::Marked("pending-upgrade")),
    ("b11-locks", 2, "two", 0, Deed::Marked("pending-install")),
    ("b11-locks", 3, "one", 1, Deed::Marked("pending-rollback")),
];

/// What ends a reconciliation before Helm is asked.
const EARLY: [&str; 4] = ["ValuesError", "SourceNotReady", "DependencyNotReady", "ArtifactFailed"];

#[test]
fn releases_end_as_recorded() {
    let Some(folder) = scenarios() else { return };
    let (mut right, mut all, mut actions) = (0, 0, 0);
    for scenario in list(&folder) {
        let name = scenario.file_name().unwrap().to_string_lossy().into_owned();
        let mut before = Step::default();
        for (index, after) in steps(&scenario).into_iter().enumerate() {
            let releases = before.releases.keys().chain(after.releases.keys());
            let releases: std::collections::BTreeSet<String> = releases.cloned().collect();
            for release in releases {
                let replay = Replay { scenario: &name, step: index + 1, release: &release };
                let Some(found) = replay.run(&before, &after) else { continue };
                all += 1;
                match found {
                    Ok(count) => {
                        right += 1;
                        actions += count;
                    }
                    Err(why) => println!("{name} step {} {release}: {why}", index + 1),
                }
            }
            before = after;
        }
    }
    println!("releases by steps: {right} of {all} end as recorded, after {actions} actions");
    assert!(right >= RIGHT, "{right} end as recorded, but {RIGHT} did before");
}

struct Replay<'a> {
    scenario: &'a str,
    step: usize,
    release: &'a str,
}

impl Replay<'_> {
    /// Decides a step again. Nothing when the controller did not come so far as to decide.
    fn run(&self, before: &Step, after: &Step) -> Option<Result<usize, String>> {
        let mut status = match before.releases.get(self.release) {
            Some((_, status)) => status.clone(),
            None => Status { observed_generation: -1, ..Status::default() },
        };
        let told: Vec<Told> =
            after.events.iter().filter(|told| told.release == self.release).cloned().collect();
        let left = told.clone();
        let Some((manifest, expected)) = after.releases.get(self.release) else {
            let (manifest, _) = before.releases.get(self.release)?;
            let is_suspended = manifest.spec().and_then(|spec| spec.get("suspend")?.as_bool());
            if is_suspended == Some(true) || told.is_empty() {
                return None;
            }
            let mut manifest = manifest.clone();
            if self.scenario == "b06-crds-hooks" {
                manifest = keeping(manifest);
            }
            return Some(self.delete(&manifest, status, before, after, &told));
        };
        if EARLY.contains(&expected.conditions.reason("Ready")) {
            return None;
        }
        let object = Object::read(manifest);
        let mut world = self.world(manifest, &status, before, after, left);
        let mut events: Vec<Event> = Vec::new();
        let mut count = 0;
        for turn in 0..40 {
            self.intervene(turn, &mut world, after);
            let desired = self.desired(manifest, &status, expected, &world);
            let mut run = Run::new(&object, &desired, status, &Time::unix(1_800_000_000, 0));
            if run.target_change().is_some() {
                let outcome = world.uninstall(object.policy.keeps_history);
                run.uninstalled(&outcome.unwrap_or_default(), true);
                run.forget();
                count += 1;
                events.append(&mut run.events);
                status = run.status;
                continue;
            }
            run.begin();
            let stop = loop {
                let mut state = match run.state(&world.records) {
                    Ok(state) => state,
                    Err(why) => return Some(Err(why)),
                };
                if run.looks_for_drift(&state)
                    && let Some(changes) = drift(&mut world)
                {
                    state = State::Drifted(changes);
                }
                let next = run.next(&state, &world.records);
                match next {
                    Next::Stop(stop) => break stop,
                    Next::Act(action) => {
                        count += 1;
                        let Some(outcome) = world.act(&action, &desired) else {
                            return Some(Err(format!(
                                "{action:?} for {state:?}, which was not recorded"
                            )));
                        };
                        if let Some(stop) = run.finished(&action, &outcome) {
                            break stop;
                        }
                    }
                }
            };
            run.end(&stop);
            events.append(&mut run.events);
            status = run.status;
            let goes_on = match stop {
                Stop::Requeue => true,
                _ => !world.left.is_empty(),
            };
            if !goes_on {
                break;
            }
        }
        if !world.left.is_empty() {
            let reasons: Vec<&str> = world.left.iter().map(|told| told.reason.as_str()).collect();
            return Some(Err(format!("{reasons:?} did not happen")));
        }
        Some(compare(&status, expected).and_then(|()| same_events(events, &told)).map(|()| count))
    }

    /// Decides the deletion of a HelmRelease again.
    fn delete(
        &self,
        manifest: &Manifest,
        status: Status,
        before: &Step,
        after: &Step,
        told: &[Told],
    ) -> Result<usize, String> {
        let object = Object::read(manifest);
        let mut world = self.world(manifest, &status, before, after, told.to_owned());
        let desired = Desired::default();
        let mut run = Run::new(&object, &desired, status, &Time::unix(1_800_000_000, 0));
        let outcome = world.uninstall(object.policy.keeps_history).ok_or("nothing to uninstall")?;
        if let Some(why) = run.uninstalled(&outcome, true) {
            return Err(why);
        }
        same_events(run.events, told).map(|()| 1)
    }

    fn world(
        &self,
        manifest: &Manifest,
        status: &Status,
        before: &Step,
        after: &Step,
        left: Vec<Told>,
    ) -> World {
        let desired = names(manifest);
        let storage = match status.storage_namespace.as_str() {
            "" => desired.storage_namespace.as_str(),
            namespace => namespace,
        };
        let release = match status.history.latest() {
            Some(latest) => latest.name.as_str(),
            None => desired.release_name.as_str(),
        };
        let own = before
            .records
            .iter()
            .filter(|((namespace, name, _), _)| namespace == storage && name == release);
        let mut records: Vec<Record> = own.map(|(_, record)| record.clone()).collect();
        records.sort_by_key(|record| record.version);
        let mut values = BTreeMap::new();
        let inline = manifest.spec().and_then(|spec| spec.get("values")).cloned();
        let known = before.records.values().chain(after.records.values());
        for value in known.map(|record| record.config.clone()).chain(inline) {
            values.insert(config_digest(&value), value);
        }
        let tests = after.records.values().filter(|record| record.name == release);
        let tests = tests.flat_map(|record| &record.hooks).filter(|hook| hook.is_test());
        let mut tests: Vec<String> = tests.map(|hook| hook.name.clone()).collect();
        tests.sort();
        tests.dedup();
        World { records, left, values, tests }
    }

    fn intervene(&self, turn: usize, world: &mut World, after: &Step) {
        let deed = DEEDS.iter().find(|(scenario, step, release, before, _)| {
            (*scenario, *step, *release, *before) == (self.scenario, self.step, self.release, turn)
        });
        match deed.map(|(_, _, _, _, deed)| deed) {
            None => {}
            Some(Deed::Gone) => world.records.clear(),
            Some(Deed::Marked(word)) => {
                world.records.last_mut().unwrap().info.status = Word::of(word);
            }
            Some(Deed::Revision) => {
                let last = world.records.last().unwrap();
                let mut made = after
                    .records
                    .values()
                    .find(|record| record.name == last.name && record.version == last.version + 1)
                    .unwrap()
                    .clone();
                made.info.status = Word::Deployed;
                for record in &mut world.records {
                    if record.info.status == Word::Deployed {
                        record.superseded();
                    }
                }
                world.records.push(made);
            }
        }
    }

    /// Says what the next reconciliation wants: what the next event says, or else what the status says in the end.
    fn desired(
        &self,
        manifest: &Manifest,
        status: &Status,
        expected: &Status,
        world: &World,
    ) -> Desired {
        let names = names(manifest);
        let next = world.left.iter().find(|told| {
            ["Install", "Upgrade", "Rollback"].iter().any(|action| told.reason.starts_with(action))
        });
        let of = |key: &str| next.and_then(|told| told.annotation(key)).map(str::to_owned);
        let latest = |status: &Status| status.history.latest().cloned();
        let chart = latest(expected).or(latest(status)).unwrap_or_default();
        let named = next.and_then(|told| {
            let (_, rest) = told.message.split_once(" with chart ")?;
            rest.split_once('@').map(|(name, _)| name.to_owned())
        });
        let spec = manifest.spec();
        Desired {
            chart_name: named.unwrap_or(chart.chart_name),
            chart_version: of("revision").unwrap_or(expected.last_attempted_revision.clone()),
            app_version: match next {
                Some(told) if told.annotations.is_some() => of("app-version").unwrap_or_default(),
                _ => chart.app_version,
            },
            config_digest: of("token").unwrap_or(expected.last_attempted_config_digest.clone()),
            oci_digest: expected.last_attempted_revision_digest.clone(),
            post_renderers_digest: post_renderers_digest(spec),
            common_metadata_digest: common_metadata_digest(spec),
            ..names
        }
    }
}

fn names(manifest: &Manifest) -> Desired {
    let release = weir_flux::kinds::HelmRelease::read(manifest).value;
    let own = manifest.namespace().unwrap_or_default();
    Desired {
        release_name: release.release(manifest.name()),
        release_namespace: release.namespace(own).to_owned(),
        storage_namespace: release.storage_namespace.as_deref().unwrap_or(own).to_owned(),
        ..Desired::default()
    }
}

/// Reads what differs in the cluster from the event that tells it.
fn drift(world: &mut World) -> Option<Vec<DriftChange>> {
    let at = world.left.iter().position(|told| told.reason == "DriftDetected")?;
    let told = world.left.remove(at);
    let change = |line: &str| match line.strip_suffix(" removed") {
        Some(object) => DriftChange { object: object.to_owned(), fields: None },
        None => {
            let (object, counts) = line.split_once(" changed (").unwrap();
            let numbers: Vec<usize> = counts
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|part| part.parse().ok())
                .collect();
            DriftChange { object: object.to_owned(), fields: numbers.try_into().ok() }
        }
    };
    Some(told.message.lines().skip(1).map(change).collect())
}

/// The manifest of `b06`, whose deletion keeps the records; the change came in the same step.
fn keeping(manifest: Manifest) -> Manifest {
    let mut value = manifest.into_value();
    let spec = value.as_map_mut().unwrap().get_mut("spec").unwrap();
    let uninstall: weir_model::Map = [("keepHistory".into(), true.into())].into_iter().collect();
    spec.as_map_mut().unwrap().insert("uninstall", Value::map(uninstall));
    Manifest::new(value).unwrap()
}

/// Events that were told again have lost their place, so only the set is compared.
fn same_events(mut events: Vec<Event>, told: &[Told]) -> Result<(), String> {
    let short =
        |message: &str| message.split("\n\nLast Helm logs:").next().unwrap_or_default().to_owned();
    for told in told {
        let same = |event: &Event| {
            event.reason == told.reason
                && event.message == short(&told.message)
                && told.annotations.as_ref().is_none_or(|it| *it == event.annotations)
        };
        let Some(at) = events.iter().position(same) else {
            return Err(format!("told\n  {events:?}\n not\n  {told:?}"));
        };
        events.remove(at);
    }
    if events.is_empty() { Ok(()) } else { Err(format!("also told: {events:?}")) }
}

fn compare(status: &Status, expected: &Status) -> Result<(), String> {
    let conditions = |status: &Status| {
        let shown = status.conditions.0.iter().map(|it| {
            format!(
                "{}={} {} g{}: {}",
                it.kind, it.status, it.reason, it.observed_generation, it.message
            )
        });
        shown.collect::<Vec<_>>().join("\n  ")
    };
    let snapshot = |it: &Snapshot| {
        let tests =
            it.test_hooks.iter().flatten().map(|(name, run)| format!("{name}={}", run.phase));
        format!(
            "{} {} '{}' {} {} {} {:?} {}",
            it.release(),
            it.status,
            it.action,
            it.chart(),
            it.app_version,
            it.config_digest,
            it.test_hooks.as_ref().map(|_| tests.collect::<Vec<_>>()),
            it.oci_digest,
        )
    };
    let history =
        |status: &Status| status.history.0.iter().map(snapshot).collect::<Vec<_>>().join("\n  ");
    let rest = |status: &Status| {
        format!(
            "failures {}/{}/{} action {} chart {} values {} generation {} observed {} handled '{}' '{}' '{}' renderers '{}' metadata '{}' storage {}",
            status.failures,
            status.install_failures,
            status.upgrade_failures,
            status.last_attempted_release_action,
            status.last_attempted_revision,
            status.last_attempted_config_digest,
            status.last_attempted_generation,
            status.observed_generation,
            status.last_handled_reconcile_at,
            status.last_handled_force_at,
            status.last_handled_reset_at,
            status.observed_post_renderers_digest,
            status.observed_common_metadata_digest,
            status.storage_namespace,
        )
    };
    for (what, show) in [
        ("conditions", &conditions as &dyn Fn(&Status) -> String),
        ("history", &history),
        ("the rest", &rest),
    ] {
        let (is, should) = (show(status), show(expected));
        if is != should {
            return Err(format!("{what}\n  {is}\n not\n  {should}"));
        }
    }
    Ok(())
}
