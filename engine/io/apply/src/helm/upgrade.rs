//! Upgrading a release to another revision.

use std::collections::BTreeMap;

use weir_helm::HookEvent;
use weir_helm::record::{ApplyMethod, Installation, Record};
use weir_model::ObjectId;

use super::hooks::run_hooks;
use super::install::{adopted, method};
use super::leaving::{Leaving, staying};
use super::now;
use super::objects::Item;
use super::session::Session;
use super::settings::Action;
use super::write::{Way, Writing, delete};
use crate::report::Outcome;

/// Says whether the next revision is applied by the server: as the spec says, or else as the last one was.
pub(super) fn is_server_side(action: &Action, last: Option<&Record>) -> bool {
    action
        .server_side
        .unwrap_or_else(|| last.is_some_and(|last| last.apply_method == Some(ApplyMethod::Server)))
}

/// Upgrades from `current`, which is the revision that is deployed, or else the last. The record says how it ended, also
/// when it failed; a failure before there is a record leaves none.
pub(super) async fn upgrade(
    session: &mut Session<'_>,
    mut current: Record,
    made: Installation,
) -> Result<(), String> {
    let action = session.settings.upgrade.clone();
    let last = session.storage.last().unwrap_or(&current);
    let server_side = is_server_side(&action, Some(last));
    let mut record = current.upgrade(last, made, method(server_side), &now());
    let mut before = session.plain_items(&current.manifest).map_err(|why| {
        format!("unable to build kubernetes objects from current release manifest: {why}")
    })?;
    let after = session.items(&record.manifest).map_err(|why| {
        format!("unable to build kubernetes objects from new release manifest: {why}")
    })?;
    let new: Vec<Item> = after
        .iter()
        .filter(|object| !before.iter().any(|known| known.is_same(object)))
        .cloned()
        .collect();
    let adopted = adopted(session, &new, &action)
        .await
        .map_err(|why| format!("unable to continue with update: {why}"))?;
    before.extend(adopted);
    let staying = staying(session, &before, &after, Leaving::Upgrade).await;
    let refused: Vec<String> = staying
        .iter()
        .filter(|(_, outcome)| outcome.is_failure())
        .map(|(id, outcome)| format!("{id} leaves the release: {}", outcome.why()))
        .collect();
    if !refused.is_empty() {
        for (id, outcome) in staying.iter().filter(|(_, outcome)| outcome.is_failure()) {
            session.report_object(id, outcome.clone());
        }
        return Err(refused.join("; "));
    }
    session.storage.create(&record).await?;
    let mut created = Vec::new();
    let done = perform(
        session,
        &mut record,
        &mut current,
        (&before, &after, &staying),
        (&action, server_side),
        &mut created,
    )
    .await;
    match done {
        Ok(()) => {
            current.superseded();
            session.save(&current).await;
            record.deployed();
            session.storage.update(&record).await
        }
        Err(why) => {
            record.failed(&why);
            session.save(&record).await;
            if action.cleanup {
                for item in &created {
                    delete(item, &session.target, "Background").await.ok();
                }
            }
            Err(why)
        }
    }
}

async fn perform(
    session: &mut Session<'_>,
    record: &mut Record,
    current: &mut Record,
    (before, after, staying): (&[Item], &[Item], &BTreeMap<ObjectId, Outcome>),
    (action, server_side): (&Action, bool),
    created: &mut Vec<Item>,
) -> Result<(), String> {
    if action.hooks {
        run_hooks(session, record, HookEvent::PreUpgrade, action, server_side, &|_| true)
            .await
            .map_err(|why| format!("pre-upgrade hooks failed: {why}"))?;
    }
    let way = match (server_side, action.force) {
        (true, _) => Way::Server { force: true },
        (false, true) => Way::Replace,
        (false, false) => Way::Client,
    };
    let folds = server_side && current.apply_method != Some(ApplyMethod::Server);
    let writing = Writing { manager: session.manager, way, folds, three_way: false };
    let done = writing.update_all(before, after, staying, &session.target).await;
    *created = done.created();
    let mut written = session.report(&done, " && ");
    if let (Ok(()), Some(until)) = (&written, action.wait) {
        written = session.wait(after, until, action.timeout).await;
    }
    if written.is_err() {
        session.save(current).await;
        return written;
    }
    if action.hooks {
        run_hooks(session, record, HookEvent::PostUpgrade, action, server_side, &|_| true)
            .await
            .map_err(|why| format!("post-upgrade hooks failed: {why}"))?;
    }
    Ok(())
}
