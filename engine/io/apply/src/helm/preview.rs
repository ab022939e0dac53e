//! What applying a HelmRelease would change, asked of the API server without changing anything.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};
use weir_evaluate::ReleaseInput;
use weir_flux::kinds::CrdPolicy;
use weir_io_cluster::{ClusterError, Patch};
use weir_model::{Manifest, ObjectId, Value};
use weir_plan::{Action as Change, ObjectChange, Unit};
use weir_reconcile::drift::has_drifted;
use weir_reconcile::release::{Action, Next, Run, State, Status, Stop};

use super::drift::{Drifted, drift};
use super::found::{Found, Surrounded};
use super::leaving::{Leaving, staying};
use super::now;
use super::objects::{Item, item, values};
use super::release::desired;
use super::render::{Chance, render};
use super::session::Session;
use crate::assess::{Coming, explain};
use crate::changes::shown;
use crate::live::{CONCURRENCY, find};
use crate::report::{Event, ObjectReport, Outcome};
use crate::secrecy::copy_marks;

/// One object with what would be done with it.
pub(crate) struct Shown {
    pub(crate) report: ObjectReport,
    pub(crate) change: Option<ObjectChange>,
}

impl Shown {
    /// Shows an object, from how it is to how it would be. What is secret in the plan is so here.
    fn new(
        session: &Session<'_>,
        id: &ObjectId,
        outcome: Outcome,
        (live, result): (Option<&Value>, Option<&Value>),
    ) -> Self {
        let planned = session.planned.get(id);
        let marked = |value: &Value| {
            let mut value = value.clone();
            if let Some(planned) = planned {
                copy_marks(planned.manifest.value(), &mut value);
            }
            shown(&value, &[])
        };
        let (before, after) = (live.and_then(marked), result.and_then(marked));
        let change = match &outcome {
            Outcome::Created | Outcome::Pending(_) => Some((Change::Add, None, after)),
            Outcome::Configured => Some((Change::Change, before, after)),
            Outcome::Deleted | Outcome::Refused(_) => Some((Change::Remove, before, None)),
            _ => None,
        };
        let change = change.map(|(action, before, after)| ObjectChange {
            id: id.clone(),
            action,
            before,
            after,
        });
        Self { report: session.shown(id, outcome), change }
    }
}

/// Asks what would become of objects that are applied.
pub(super) async fn preview(
    session: &Session<'_>,
    items: &[Item],
    coming: Coming<'_>,
) -> Vec<Shown> {
    stream::iter(items.iter().map(|item| look(session, item, coming)))
        .buffered(CONCURRENCY)
        .collect()
        .await
}

async fn look(session: &Session<'_>, item: &Item, coming: Coming<'_>) -> Shown {
    let id = item.place.id.clone();
    let (live, asked) = ask(session, item).await;
    let (outcome, result) = match asked {
        Ok((outcome, result)) => (outcome, Some(result)),
        Err(error) => {
            let namespace = id.namespace.as_deref().filter(|namespace| {
                live.is_none() && error.is_not_found() && (coming.namespace)(namespace)
            });
            let outcome = match namespace {
                Some(namespace) => Outcome::Pending(format!("the namespace `{namespace}`")),
                None => Outcome::Failed(explain(&id, &error, &item.value)),
            };
            (outcome, Some(item.value.clone()))
        }
    };
    Shown::new(session, &id, outcome, (live.as_ref(), result.as_ref()))
}

async fn ask(
    session: &Session<'_>,
    item: &Item,
) -> (Option<Value>, Result<(Outcome, Value), ClusterError>) {
    let cluster = &session.target.cluster;
    let live = match find(cluster, &item.place.path).await {
        Ok(live) => live,
        Err(error) => return (None, Err(error)),
    };
    let query = format!("dryRun=All&fieldManager={}&force=true", session.manager);
    let body = weir_yaml::json::write(&item.value);
    let asked = cluster.patch(&item.place.path, Patch::Apply, &query, &body).await;
    let judged = asked.map(|written| {
        let outcome = match &live {
            None => Outcome::Created,
            Some(live) if has_drifted(live, &written.object, &[]) => Outcome::Configured,
            Some(_) => Outcome::Unchanged,
        };
        (outcome, written.object)
    });
    (live, judged)
}

/// Shows what becomes of objects that leave a release.
pub(super) async fn preview_leaving(
    session: &Session<'_>,
    items: &[Item],
    staying: &BTreeMap<ObjectId, Outcome>,
) -> Vec<Shown> {
    let mut shown = Vec::new();
    for item in items {
        let id = item.place.id.clone();
        let live = find(&session.target.cluster, &item.place.path).await.ok().flatten();
        let outcome = match (&live, staying.get(&id)) {
            (None, _) => Outcome::Gone,
            (Some(_), Some(outcome)) => outcome.clone(),
            (Some(live), None) if super::objects::is_kept(live) => Outcome::Kept(
                weir_reconcile::prune::Reason::Marked("`helm.sh/resource-policy: keep`"),
            ),
            (Some(_), None) => Outcome::Deleted,
        };
        shown.push(Shown::new(session, &id, outcome, (live.as_ref(), None)));
    }
    shown
}

/// Shows objects that stay as they are.
pub(super) fn unchanged(session: &Session<'_>, items: &[Item]) -> Vec<Shown> {
    let shown = |item: &Item| Shown::new(session, &item.place.id, Outcome::Unchanged, (None, None));
    items.iter().map(shown).collect()
}

/// Asks what applying a HelmRelease would change: what the first action would do with its objects.
pub(crate) async fn preview_release(
    unit: &Unit,
    input: &ReleaseInput<'_>,
    wanted: Option<&Manifest>,
    around: &Surrounded<'_>,
    coming: Coming<'_>,
) -> Result<Vec<Shown>, String> {
    let live = match (Found::live(&unit.id, around).await?, wanted) {
        (Some(live), _) => live,
        (None, Some(wanted)) => (wanted.clone(), String::new()),
        (None, None) => return Err("it has no HelmRelease object in the cluster".to_owned()),
    };
    let found = Found::of(&unit.id, live, wanted, around).await?;
    let mut ignored = |_: Event| {};
    let session = found.session(found.names(), unit, around, &mut ignored).await?;
    let asked = ask_release(&session, &found, input, coming).await;
    let mut shown = asked.map_err(|why| input.without_secrets(why))?;
    let status = Status::read(found.live.value().get("status"));
    if let Some(names) = left_release(&found, input, &status) {
        let mut ignored = |_: Event| {};
        let old = found.session(&names, unit, around, &mut ignored).await?;
        let manifest = old.storage.last().map(|last| last.manifest.clone()).unwrap_or_default();
        let objects = old.plain_items(&manifest)?;
        let staying = staying(&old, &objects, &[], Leaving::Departure).await;
        shown.extend(preview_leaving(&old, &objects, &staying).await);
    }
    Ok(shown)
}

/// Names the release that the HelmRelease stood for before, when it means another one now.
fn left_release(found: &Found, input: &ReleaseInput<'_>, status: &Status) -> Option<[String; 3]> {
    let desired = desired(found, input);
    let run = Run::new(&found.object, &desired, status.clone(), &now());
    run.target_change()?;
    let latest = run.status.history.latest()?;
    Some([latest.name.clone(), latest.namespace.clone(), status.storage_namespace.clone()])
}

async fn ask_release(
    session: &Session<'_>,
    found: &Found,
    input: &ReleaseInput<'_>,
    coming: Coming<'_>,
) -> Result<Vec<Shown>, String> {
    let desired = desired(found, input);
    let status = Status::read(found.live.value().get("status"));
    let mut run = Run::new(&found.object, &desired, status, &now());
    let records = session.storage.records();
    if run.target_change().is_some() {
        // The old release goes and a new one comes; the new one is what is asked about.
        run.forget();
    }
    run.begin();
    let mut state = run.state(records)?;
    if let State::Locked(_) = state {
        // What is under way is taken for failed, and then upgraded.
        state = State::OutOfSync(String::new());
    }
    let mut drifted = Vec::new();
    if run.looks_for_drift(&state)
        && let Some(last) = session.storage.last()
    {
        drifted = drift(session, &last.manifest).await?;
        if !drifted.is_empty() {
            state = State::Drifted(drifted.iter().map(Drifted::change).collect());
        }
    }
    let last = session.storage.last();
    let (before, revision) = match run.next(&state, records) {
        Next::Act(Action::Install) => (Vec::new(), (1, false)),
        Next::Act(Action::Upgrade) => {
            let current = session.storage.deployed().or(last);
            let manifest = current.map(|current| current.manifest.as_str()).unwrap_or_default();
            let version = last.map(|last| last.version).unwrap_or_default();
            (session.items(manifest)?, (version.saturating_add(1), true))
        }
        Next::Act(Action::CorrectDrift) => return Ok(show_drift(session, drifted)),
        Next::Stop(Stop::Stalled(why)) => return Err(why),
        Next::Act(_) | Next::Stop(_) => {
            let manifest = last.map(|last| last.manifest.as_str()).unwrap_or_default();
            return Ok(unchanged(session, &session.items(manifest)?));
        }
    };
    let content = render(input, &session.target, revision, Chance::Planned).await?;
    let policy = if revision.1 { &session.settings.upgrade } else { &session.settings.install };
    let mut shown = preview_definitions(session, &content.crds, policy.crds, coming).await?;
    let own = session.owner.namespace;
    let makes_namespace = session.settings.create_namespace && !revision.1;
    let namespace = |name: &str| (coming.namespace)(name) || makes_namespace && name == own;
    let coming = Coming { namespace: &namespace, ..coming };
    let mut after = Vec::new();
    for value in values(&content.manifest())? {
        let lacking = Manifest::new(value.clone()).ok().filter(|manifest| {
            is_defined(&content.crds, manifest) || (coming.kind)(manifest.group(), manifest.kind())
        });
        match (session.item(value), lacking) {
            (Ok(item), _) => after.push(item),
            (Err(_), Some(manifest)) => {
                let needs = format!("the definition of `{}`", manifest.kind());
                let both = (None, Some(manifest.value()));
                shown.push(Shown::new(session, &manifest.id(), Outcome::Pending(needs), both));
            }
            (Err(why), None) => return Err(why),
        }
    }
    shown.extend(preview(session, &after, coming).await);
    let left = |item: &&Item| !after.iter().any(|after| after.is_same(item));
    let leaving: Vec<Item> = before.iter().filter(left).cloned().collect();
    let staying = staying(session, &before, &after, Leaving::Upgrade).await;
    shown.extend(preview_leaving(session, &leaving, &staying).await);
    Ok(shown)
}

/// Asks what would become of the chart's definitions.
async fn preview_definitions(
    session: &Session<'_>,
    crds: &[Manifest],
    policy: CrdPolicy,
    coming: Coming<'_>,
) -> Result<Vec<Shown>, String> {
    if policy == CrdPolicy::Skip {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for crd in crds.iter().filter(|crd| crd.kind() == "CustomResourceDefinition") {
        items.push(item(crd.value().clone(), "", &session.target)?);
    }
    Ok(preview(session, &items, coming).await)
}

/// Tells whether one of the definitions is of an object's kind.
fn is_defined(crds: &[Manifest], object: &Manifest) -> bool {
    crds.iter().any(|crd| {
        let text = |path: &[&str]| crd.value().pointer(path).and_then(Value::as_str);
        text(&["spec", "group"]) == Some(object.group())
            && text(&["spec", "names", "kind"]) == Some(object.kind())
    })
}

/// Shows the objects that are changed back.
fn show_drift(session: &Session<'_>, drifted: Vec<Drifted>) -> Vec<Shown> {
    let shown = |it: Drifted| {
        let id = it.item.place.id.clone();
        match &it.live {
            Some(live) => {
                let both = (Some(live), it.result.as_ref());
                Shown::new(session, &id, Outcome::Configured, both)
            }
            None => Shown::new(session, &id, Outcome::Created, (None, Some(&it.item.value))),
        }
    };
    drifted.into_iter().map(shown).collect()
}
