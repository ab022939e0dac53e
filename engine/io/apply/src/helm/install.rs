//! Installing a release.

use std::collections::BTreeMap;

use weir_helm::HookEvent;
use weir_helm::record::{ApplyMethod, Installation, Record, Status};
use weir_model::{Map, Value};

use super::hooks::run_hooks;
use super::now;
use super::objects::{Item, disowned};
use super::session::Session;
use super::settings::Action;
use super::write::{Way, Writing};
use crate::live::find;

/// Installs the first revision. The record says how it ended, also when it failed; a failure before there is a record leaves
/// none.
pub(super) async fn install(session: &mut Session<'_>, made: Installation) -> Result<(), String> {
    let action = session.settings.install.clone();
    let server_side = action.server_side.unwrap_or(true);
    let (name, namespace) = (session.owner.name, session.owner.namespace);
    let mut record = Record::install(name, namespace, made, method(server_side), &now());
    if let Some(last) = session.storage.last().cloned() {
        let may = session.settings.replace
            && matches!(last.info.status, Status::Uninstalled | Status::Failed);
        if !may {
            return Err(
                "release name check failed: cannot reuse a name that is still in use".into()
            );
        }
        record.version = last.version + 1;
        if last.info.status != Status::Failed {
            let mut last = last;
            last.replaced();
            session.save(&last).await;
        }
    }
    let objects = session.items(&record.manifest).map_err(|why| {
        format!("unable to build kubernetes objects from release manifest: {why}")
    })?;
    let adopted = adopted(session, &objects, &action)
        .await
        .map_err(|why| format!("unable to continue with install: {why}"))?;
    if session.settings.create_namespace {
        create_namespace(session, server_side).await?;
    }
    session.storage.create(&record).await?;
    match perform(session, &mut record, &objects, &adopted, &action, server_side).await {
        Ok(()) => {
            record.deployed();
            session.save(&record).await;
            Ok(())
        }
        Err(why) => {
            record.failed(&why);
            session.save(&record).await;
            Err(why)
        }
    }
}

async fn perform(
    session: &mut Session<'_>,
    record: &mut Record,
    objects: &[Item],
    adopted: &[Item],
    action: &Action,
    server_side: bool,
) -> Result<(), String> {
    if action.hooks {
        run_hooks(session, record, HookEvent::PreInstall, action, server_side, &|_| true)
            .await
            .map_err(|why| format!("failed pre-install: {why}"))?;
    }
    let manager = session.manager;
    if adopted.is_empty() {
        let way = if server_side { Way::Server { force: false } } else { Way::Client };
        let writing = Writing { manager, way, folds: false, three_way: false };
        let done = writing.create_all(objects, &session.target).await;
        session.report(&done, "\n")?;
    } else {
        let way = if server_side { Way::Server { force: true } } else { Way::Client };
        let three_way = action.takes_ownership && !server_side;
        let writing = Writing { manager, way, folds: true, three_way };
        let done = writing.update_all(adopted, objects, &BTreeMap::new(), &session.target).await;
        session.report(&done, " && ")?;
    }
    if let Some(until) = action.wait {
        session.wait(objects, until, action.timeout).await?;
    }
    if action.hooks {
        run_hooks(session, record, HookEvent::PostInstall, action, server_side, &|_| true)
            .await
            .map_err(|why| format!("failed post-install: {why}"))?;
    }
    Ok(())
}

/// Returns how Helm calls the way in which objects are applied.
pub(super) fn method(server_side: bool) -> ApplyMethod {
    if server_side { ApplyMethod::Server } else { ApplyMethod::Client }
}

/// Returns those of the objects that are there already. Fails when one belongs to somebody else and may not be taken.
pub(super) async fn adopted(
    session: &Session<'_>,
    objects: &[Item],
    action: &Action,
) -> Result<Vec<Item>, String> {
    let mut there = Vec::new();
    for object in objects {
        let id = &object.place.id;
        let what = || {
            let namespace = id.namespace.as_deref().unwrap_or_default();
            format!("{} \"{}\" in namespace \"{namespace}\"", id.kind, id.name)
        };
        let live = find(&session.target.cluster, &object.place.path).await.map_err(|error| {
            format!("could not get information about the resource {}: {error}", what())
        })?;
        let Some(live) = live else { continue };
        if !action.takes_ownership
            && let Some(why) = disowned(&live, session.owner)
        {
            let what = what();
            return Err(format!(
                "{what} exists and cannot be imported into the current release: {why}"
            ));
        }
        there.push(object.clone());
    }
    Ok(there)
}

async fn create_namespace(session: &mut Session<'_>, server_side: bool) -> Result<(), String> {
    let name = session.owner.namespace;
    let labels = Map::from_iter([("name".into(), name.into())]);
    let metadata =
        Map::from_iter([("labels".into(), Value::map(labels)), ("name".into(), name.into())]);
    let namespace = Value::map(Map::from_iter([
        ("apiVersion".into(), "v1".into()),
        ("kind".into(), "Namespace".into()),
        ("metadata".into(), Value::map(metadata)),
    ]));
    let item = super::objects::item(namespace, "", &session.target)?;
    let way = if server_side { Way::Server { force: false } } else { Way::Client };
    let writing = Writing { manager: session.manager, way, folds: false, three_way: false };
    writing.make(&item, &session.target).await.map(|_| ())
}
