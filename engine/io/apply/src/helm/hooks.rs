//! Hooks: objects that are made at a moment of a release's life, and waited for.

use weir_helm::HookEvent;
use weir_helm::record::{HookRun, Record, RecordedHook};

use super::now;
use super::objects::Item;
use super::session::Session;
use super::settings::Action;
use super::wait::{Until, wait_until_gone};
use super::write::{Way, Writing, delete};

const BEFORE_CREATION: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// Runs the hooks of an event, the lightest first; each must be through before the next. The record holds how they went.
///
/// With `wanted` only hooks that it takes are run. Stops at the first that fails; the error is Helm's.
pub(super) async fn run_hooks(
    session: &mut Session<'_>,
    record: &mut Record,
    event: HookEvent,
    action: &Action,
    server_side: bool,
    wanted: &dyn Fn(&RecordedHook) -> bool,
) -> Result<(), String> {
    let mut order: Vec<usize> = Vec::new();
    for (index, hook) in record.hooks.iter().enumerate() {
        let times = hook.events.iter().filter(|word| *word == event.name()).count();
        order.extend(std::iter::repeat_n(index, if wanted(hook) { times } else { 0 }));
    }
    order.sort_by(|a, b| {
        let key = |index: &usize| record.hooks.get(*index).map(|hook| (hook.weight, &hook.name));
        key(a).cmp(&key(b))
    });
    for (done, index) in order.iter().enumerate() {
        let Err(why) = run(session, record, *index, event, action, server_side).await else {
            continue;
        };
        if why.is_final {
            return Err(why.message);
        }
        delete_by(session, record, *index, FAILED, action).await.ok();
        for earlier in order.iter().take(done) {
            delete_by(session, record, *earlier, SUCCEEDED, action).await?;
        }
        return Err(why.message);
    }
    for index in order.iter().rev() {
        delete_by(session, record, *index, SUCCEEDED, action).await?;
    }
    Ok(())
}

/// Why a hook is not through.
struct Failure {
    message: String,
    /// Whether it did not come to run, so that nothing is to be cleaned up.
    is_final: bool,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { message, is_final: true }
    }
}

async fn run(
    session: &mut Session<'_>,
    record: &mut Record,
    index: usize,
    event: HookEvent,
    action: &Action,
    server_side: bool,
) -> Result<(), Failure> {
    let Some(hook) = record.hooks.get_mut(index) else { return Ok(()) };
    if hook.delete_policies.is_empty() {
        hook.delete_policies.push(BEFORE_CREATION.into());
    }
    let path = hook.path.clone();
    delete_by(session, record, index, BEFORE_CREATION, action).await?;
    let objects = hook_items(session, record, index).map_err(|why| {
        format!("unable to build kubernetes object for {} hook {path}: {why}", event.name())
    })?;
    let started = now();
    set_run(
        record,
        index,
        HookRun { started_at: Some(started.clone()), completed_at: None, phase: "Running".into() },
    );
    session.save(record).await;
    let way = if server_side { Way::Server { force: false } } else { Way::Client };
    let writing = Writing { manager: session.manager, way, folds: false, three_way: false };
    let made = writing.create_all(&objects, &session.target).await;
    let created = session.report(&made, "\n");
    let ran = match created {
        Ok(()) => session
            .wait(&objects, Until::HooksDone, action.timeout)
            .await
            .map_err(|message| Failure { message, is_final: false }),
        Err(why) => Err(format!("warning: Hook {} {path} failed: {why}", event.name()).into()),
    };
    let phase = if ran.is_ok() { "Succeeded" } else { "Failed" };
    set_run(
        record,
        index,
        HookRun { started_at: Some(started), completed_at: Some(now()), phase: phase.into() },
    );
    ran
}

fn set_run(record: &mut Record, index: usize, run: HookRun) {
    if let Some(hook) = record.hooks.get_mut(index) {
        hook.last_run = run;
    }
}

fn hook_items(session: &Session<'_>, record: &Record, index: usize) -> Result<Vec<Item>, String> {
    let Some(hook) = record.hooks.get(index) else { return Ok(Vec::new()) };
    session.plain_items(&hook.manifest)
}

/// Deletes a hook's object when its policies say so, and waits until it is gone. Definitions are never deleted.
async fn delete_by(
    session: &mut Session<'_>,
    record: &Record,
    index: usize,
    policy: &str,
    action: &Action,
) -> Result<(), String> {
    let Some(hook) = record.hooks.get(index) else { return Ok(()) };
    if hook.kind == "CustomResourceDefinition"
        || !hook.delete_policies.iter().any(|it| it == policy)
    {
        return Ok(());
    }
    let objects = hook_items(session, record, index).map_err(|why| {
        format!("unable to build kubernetes object for deleting hook {}: {why}", hook.path)
    })?;
    for object in &objects {
        let deleted = delete(object, &session.target, "Background").await;
        deleted.map_err(|error| error.to_string())?;
    }
    if action.wait.is_none() {
        return Ok(());
    }
    wait_until_gone(&objects, &session.target, action.timeout).await
}
