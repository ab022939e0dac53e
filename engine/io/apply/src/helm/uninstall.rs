//! Uninstalling a release.

use std::collections::BTreeMap;

use weir_helm::HookEvent;
use weir_helm::record::{Record, Status};
use weir_model::ObjectId;
use weir_reconcile::prune::Reason;

use super::hooks::run_hooks;
use super::now;
use super::objects::{Item, disowned, is_kept};
use super::session::Session;
use super::wait::wait_until_gone;
use super::write::delete;
use crate::assess::failure;
use crate::live::find;
use crate::report::Outcome;

/// How an uninstallation ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Uninstalled {
    /// The release is gone.
    Done,
    /// There was none.
    Absent,
}

/// Deletes the objects of a release, but for those that are to be kept or are not its own, and then its records, unless
/// they are kept.
///
/// `staying` holds what must not be deleted, each with what becomes of it.
pub(super) async fn uninstall(
    session: &mut Session<'_>,
    staying: &BTreeMap<ObjectId, Outcome>,
) -> Result<Uninstalled, String> {
    let action = session.settings.uninstall.clone();
    let Some(mut record) = session.storage.last().cloned() else { return Ok(Uninstalled::Absent) };
    if record.info.status == Status::Uninstalled {
        if session.settings.keep_history {
            return Ok(Uninstalled::Absent);
        }
        purge(session).await?;
        return Ok(Uninstalled::Done);
    }
    record.uninstalling(&now());
    if action.hooks {
        run_hooks(session, &mut record, HookEvent::PreDelete, &action, true, &|_| true).await?;
    }
    session.save(&record).await;
    let deleted = delete_objects(session, &record, staying).await?;
    let mut errors = Vec::new();
    if action.wait.is_some() {
        errors.extend(wait_until_gone(&deleted, &session.target, action.timeout).await.err());
    }
    if action.hooks {
        let ran =
            run_hooks(session, &mut record, HookEvent::PostDelete, &action, true, &|_| true).await;
        errors.extend(ran.err());
    }
    record.uninstalled();
    if session.settings.keep_history {
        session.save(&record).await;
        session.supersede_deployed().await;
    } else if let Err(why) = purge(session).await {
        errors.push(format!("uninstall: Failed to purge the release: {why}"));
    }
    if errors.is_empty() {
        return Ok(Uninstalled::Done);
    }
    let (count, errors) = (errors.len(), errors.join("; "));
    Err(format!("uninstallation completed with {count} error(s): {errors}"))
}

async fn delete_objects(
    session: &mut Session<'_>,
    record: &Record,
    staying: &BTreeMap<ObjectId, Outcome>,
) -> Result<Vec<Item>, String> {
    let mut objects = session
        .plain_items(&record.manifest)
        .map_err(|why| format!("unable to build kubernetes objects for delete: {why}"))?;
    objects.sort_by(|a, b| weir_helm::compare_for_deletion(&a.place.id.kind, &b.place.id.kind));
    let (mut deleted, mut failed) = (Vec::new(), false);
    for item in objects {
        let id = item.place.id.clone();
        if let Some(outcome) = staying.get(&id) {
            session.report_object(&id, outcome.clone());
            continue;
        }
        if is_kept(&item.value) {
            let reason = Reason::Marked("helm.sh/resource-policy: keep");
            session.report_object(&id, Outcome::Kept(reason));
            continue;
        }
        let live = match find(&session.target.cluster, &item.place.path).await {
            Ok(Some(live)) => live,
            Ok(None) => {
                session.report_object(&id, Outcome::Gone);
                continue;
            }
            Err(error) => {
                session.report_object(
                    &id,
                    Outcome::Failed(failure(&format!("{id} query failed"), &error)),
                );
                failed = true;
                continue;
            }
        };
        if disowned(&live, session.owner).is_some() {
            session.report_object(&id, Outcome::Kept(Reason::NotOwned(None)));
            continue;
        }
        match delete(&item, &session.target, session.settings.propagation).await {
            Ok(outcome) => {
                session.report_object(&id, outcome);
                deleted.push(item);
            }
            Err(error) => {
                session.report_object(
                    &id,
                    Outcome::Failed(failure(&format!("{id} delete failed"), &error)),
                );
                failed = true;
            }
        }
    }
    if failed { Err(format!("failed to delete release: {}", record.name)) } else { Ok(deleted) }
}

async fn purge(session: &mut Session<'_>) -> Result<(), String> {
    let versions: Vec<i64> = session.storage.records().iter().map(|it| it.version).collect();
    for version in versions {
        session.storage.delete(version).await?;
    }
    Ok(())
}
