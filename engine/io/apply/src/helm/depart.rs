//! What becomes of a release whose HelmRelease goes: it is uninstalled, as far as its objects may go.

use std::collections::BTreeMap;

use weir_model::{Digest, Manifest, Value};
use weir_plan::{Body, Unit, UnitId, UnitKind};
use weir_reconcile::inventory::Entry;
use weir_reconcile::prune::Reason;
use weir_reconcile::release::{self, Desired, Run, Status};

use super::found::{Found, Surrounded};
use super::leaving::{Leaving, inventory, staying};
use super::uninstall::{Uninstalled, uninstall};
use super::{MANAGER, now};
use crate::events::write_events;
use crate::live::find;
use crate::prune::Pruned;
use crate::report::{Event, Outcome};

/// Uninstalls the release of a HelmRelease that goes, unless that is suspended, has never been applied, or its account is
/// gone. When one of the objects must not be deleted without being allowed, nothing is.
pub(crate) async fn depart(
    manifest: &Manifest,
    around: &Surrounded<'_>,
    dry_run: bool,
) -> Vec<Pruned> {
    let unit = unit_of(manifest);
    match departed(&unit, manifest, around, dry_run).await {
        Ok(pruned) => pruned,
        Err(why) => {
            let entry = Entry { id: manifest.id(), version: manifest.version().into() };
            vec![Pruned { entry, outcome: Outcome::Failed(why.into()), live: None }]
        }
    }
}

async fn departed(
    unit: &Unit,
    manifest: &Manifest,
    around: &Surrounded<'_>,
    dry_run: bool,
) -> Result<Vec<Pruned>, String> {
    let status = Status::read(manifest.value().get("status"));
    let Some(latest) = status.history.latest() else { return Ok(Vec::new()) };
    let suspends = manifest.spec().and_then(|spec| spec.get("suspend")).and_then(Value::as_bool);
    if suspends == Some(true) || status.storage_namespace.is_empty() {
        return Ok(Vec::new());
    }
    let found = Found::of(&unit.id, (manifest.clone(), String::new()), None, around).await?;
    let names = [latest.name.clone(), latest.namespace.clone(), status.storage_namespace.clone()];
    let mut ignored = |_: Event| {};
    let mut session = found.session(&names, unit, around, &mut ignored).await?;
    let Some(last) = session.storage.last().cloned() else { return Ok(Vec::new()) };
    let objects = session.plain_items(&last.manifest)?;
    let entries = inventory(&objects).entries;
    let pruned = |entry: &Entry, outcome: Outcome, live: Option<Value>| Pruned {
        entry: entry.clone(),
        outcome,
        live,
    };
    if let Some(account) = session.service_account {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}", unit.id.namespace);
        if let Ok(None) = find(around.cluster, &path).await {
            let kept = |entry| pruned(entry, Outcome::Kept(Reason::NoAccount), None);
            return Ok(entries.iter().map(kept).collect());
        }
    }
    let mut staying = staying(&session, &objects, &[], Leaving::Departure).await;
    let is_refused = staying.values().any(Outcome::is_failure);
    if dry_run || is_refused {
        let mut shown = Vec::new();
        for (entry, item) in entries.iter().zip(&objects) {
            let live = find(&session.target.cluster, &item.place.path).await.ok().flatten();
            let outcome = match (staying.remove(&entry.id), &live) {
                (Some(outcome), _) => outcome,
                (None, None) => Outcome::Gone,
                (None, Some(_)) if dry_run => Outcome::Deleted,
                // It stays until the others may go, too.
                (None, Some(_)) => continue,
            };
            shown.push(pruned(entry, outcome, live));
        }
        return Ok(shown);
    }
    let versions: BTreeMap<_, _> =
        entries.iter().map(|entry| (entry.id.clone(), entry.version.clone())).collect();
    let done = uninstall(&mut session, &staying).await;
    let was_there = done != Ok(Uninstalled::Absent);
    let outcome = release::Outcome {
        written: session.storage.take_written(),
        error: done.err(),
        ..release::Outcome::default()
    };
    let desired = Desired::default();
    let mut run = Run::new(&found.object, &desired, status, &now());
    let failed = run.uninstalled(&outcome, was_there);
    write_events(manifest, &run.events, MANAGER, around.cluster).await;
    let mut reports: Vec<Pruned> = session
        .objects
        .into_iter()
        .map(|report| {
            let version = versions.get(&report.id).cloned().unwrap_or_default();
            let entry = Entry { id: report.id, version };
            Pruned { entry, outcome: report.outcome, live: None }
        })
        .collect();
    if let Some(why) = failed {
        let entry = Entry { id: manifest.id(), version: manifest.version().into() };
        reports.push(Pruned { entry, outcome: Outcome::Failed(why.into()), live: None });
    }
    Ok(reports)
}

fn unit_of(manifest: &Manifest) -> Unit {
    let id = UnitId {
        kind: UnitKind::HelmRelease,
        namespace: manifest.namespace().unwrap_or_default().into(),
        name: manifest.name().into(),
    };
    Unit {
        id,
        parent: None,
        after: Vec::new(),
        source: None,
        origin: manifest.value().origin,
        suspended: false,
        input: Digest::of(b""),
        body: Body::Waiting(Vec::new()),
    }
}
