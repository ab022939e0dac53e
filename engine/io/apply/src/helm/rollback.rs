//! Rolling a release back: an earlier revision is applied as a new one.

use weir_helm::HookEvent;
use weir_helm::record::Record;

use super::hooks::run_hooks;
use super::install::method;
use super::leaving::{Leaving, staying};
use super::now;
use super::objects::Item;
use super::session::Session;
use super::settings::Action;
use super::upgrade::is_server_side;
use super::write::{Way, Writing, delete};

/// Applies what revision `version` was as a new revision.
pub(super) async fn rollback(session: &mut Session<'_>, version: i64) -> Result<(), String> {
    let action = session.settings.rollback.clone();
    let Some(current) = session.storage.last().cloned() else {
        return Err("release: not found".to_owned());
    };
    let Some(previous) = session.storage.get(version).cloned() else {
        return Err(format!("release has no {version} version"));
    };
    let server_side = is_server_side(&action, Some(&previous));
    let mut record = current.roll_back(&previous, method(server_side), &now());
    session.storage.create(&record).await?;
    perform(session, &mut record, current, &action, server_side).await?;
    session.storage.update(&record).await
}

async fn perform(
    session: &mut Session<'_>,
    record: &mut Record,
    mut current: Record,
    action: &Action,
    server_side: bool,
) -> Result<(), String> {
    let before = session.plain_items(&current.manifest).map_err(|why| {
        format!("unable to build kubernetes objects from current release manifest: {why}")
    })?;
    let after = session.items(&record.manifest).map_err(|why| {
        format!("unable to build kubernetes objects from new release manifest: {why}")
    })?;
    if action.hooks {
        run_hooks(session, record, HookEvent::PreRollback, action, server_side, &|_| true).await?;
    }
    // What must not go stays, as it does when nothing else is possible.
    let staying = staying(session, &before, &after, Leaving::Remedy).await;
    let way = match (server_side, action.force) {
        (true, _) => Way::Server { force: true },
        (false, true) => Way::Replace,
        (false, false) => Way::Client,
    };
    let writing = Writing { manager: session.manager, way, folds: true, three_way: false };
    let done = writing.update_all(&before, &after, &staying, &session.target).await;
    if let Err(why) = session.report(&done, " && ") {
        current.superseded();
        session.save(&current).await;
        record.failed(&why);
        session.save(record).await;
        if action.cleanup {
            clean_up(session, &done.created()).await;
        }
        return Err(why);
    }
    if let Some(until) = action.wait
        && let Err(why) = session.wait(&after, until, action.timeout).await
    {
        session.save(&current).await;
        record.not_ready(&why);
        session.save(record).await;
        return Err(format!("release {} failed: {why}", record.name));
    }
    if action.hooks {
        run_hooks(session, record, HookEvent::PostRollback, action, server_side, &|_| true).await?;
    }
    session.supersede_deployed().await;
    record.deployed();
    Ok(())
}

async fn clean_up(session: &Session<'_>, created: &[Item]) {
    for item in created {
        delete(item, &session.target, "Background").await.ok();
    }
}
