//! Writing a release's objects, in the ways that Helm knows.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};
use weir_io_cluster::{ClusterError, Patch};
use weir_model::{ObjectId, Value};
use weir_reconcile::merge;

use super::fold::fold;
use super::objects::{Item, is_kept};
use crate::live::{CONCURRENCY, find};
use crate::report::Outcome;
use crate::secrecy::without_secrets;
use crate::target::Target;

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Server-side apply; `force` takes fields from others.
    Server { force: bool },
    /// What changed between two revisions, as a patch.
    Client,
    /// The whole object in the other's place.
    Replace,
}

/// How a set of objects becomes another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing<'a> {
    pub(super) manager: &'a str,
    pub(super) way: Way,
    /// Whether fields that the manager has by updates become fields that it applies.
    pub(super) folds: bool,
    /// Whether a patch of a kind that Kubernetes does not know respects what others have set.
    pub(super) three_way: bool,
}

/// What was done with the objects of a release.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) outcomes: Vec<(Item, Outcome)>,
    /// What went wrong, in Helm's words.
    pub(super) errors: Vec<String>,
}

impl Done {
    pub(super) fn created(&self) -> Vec<Item> {
        let created = self.outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Created);
        created.map(|(item, _)| item.clone()).collect()
    }

    fn note(&mut self, item: &Item, outcome: Outcome) {
        self.outcomes.push((item.clone(), outcome));
    }

    fn fail(&mut self, item: &Item, why: &str) {
        let why = without_secrets(why, &item.value);
        self.errors.push(why.clone());
        self.note(item, Outcome::Failed(why.into()));
    }
}

impl Writing<'_> {
    /// Makes objects that are not there; those of one kind at once. All are tried.
    pub(super) async fn create_all(&self, items: &[Item], target: &Target) -> Done {
        let mut done = Done::default();
        for group in items.chunk_by(|a, b| a.place.id.kind == b.place.id.kind) {
            let made: Vec<Result<(), String>> =
                stream::iter(group.iter().map(|item| self.create(item, target)))
                    .buffered(CONCURRENCY)
                    .collect()
                    .await;
            for (item, made) in group.iter().zip(made) {
                match made {
                    Ok(()) => done.note(item, Outcome::Created),
                    Err(why) => done.fail(item, &why),
                }
            }
        }
        done
    }

    /// Makes one object.
    pub(super) async fn create(&self, item: &Item, target: &Target) -> Result<(), String> {
        match self.way {
            Way::Server { .. } => self.apply(item, target).await.map(|_| ()),
            Way::Client | Way::Replace => {
                let folder = item.place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let query = format!("fieldManager={}", self.manager);
                let made = target.cluster.create(folder, &query, &item.value).await;
                made.map(|_| ()).map_err(|error| error.to_string())
            }
        }
    }

    /// Makes one object that may be there already. Then it is applied, where the server does so, and otherwise left.
    pub(super) async fn make(&self, item: &Item, target: &Target) -> Result<Outcome, String> {
        let live = find(&target.cluster, &item.place.path).await;
        let Some(live) = live.map_err(|error| error.to_string())? else {
            return self.create(item, target).await.map(|()| Outcome::Created);
        };
        if !matches!(self.way, Way::Server { .. }) {
            return Ok(Outcome::Unchanged);
        }
        let written = self.apply(item, target).await?;
        let is_changed = version(&live) != version(&written);
        Ok(if is_changed { Outcome::Configured } else { Outcome::Unchanged })
    }

    /// Brings objects from one revision to another: makes what is new, changes what is there, and deletes what is left.
    /// When something could not be written nothing is deleted.
    pub(super) async fn update_all(
        &self,
        before: &[Item],
        after: &[Item],
        staying: &BTreeMap<ObjectId, Outcome>,
        target: &Target,
    ) -> Done {
        let mut done = Done::default();
        for item in after {
            let live = match find(&target.cluster, &item.place.path).await {
                Ok(live) => live,
                Err(error) => {
                    let why = format!("could not get information about the resource: {error}");
                    done.fail(item, &why);
                    return done;
                }
            };
            let Some(live) = live else {
                match self.create(item, target).await {
                    Ok(()) => done.note(item, Outcome::Created),
                    Err(why) => {
                        done.fail(item, &format!("failed to create resource: {why}"));
                        return done;
                    }
                }
                continue;
            };
            let original = before.iter().find(|before| before.is_same(item));
            let original = original.map_or(&live, |before| &before.value);
            match self.update(original, &live, item, target).await {
                Ok(is_changed) if is_changed => done.note(item, Outcome::Configured),
                Ok(_) => done.note(item, Outcome::Unchanged),
                Err(why) => done.fail(item, &why),
            }
        }
        if done.errors.is_empty() {
            let left = before.iter().filter(|before| !after.iter().any(|it| it.is_same(before)));
            for item in left {
                match staying.get(&item.place.id) {
                    Some(outcome) => done.note(item, outcome.clone()),
                    None => delete_left(item, target, &mut done).await,
                }
            }
        }
        done
    }

    /// Changes an object that is there; tells whether it changed.
    async fn update(
        &self,
        original: &Value,
        live: &Value,
        item: &Item,
        target: &Target,
    ) -> Result<bool, String> {
        let path = &item.place.path;
        let written = match self.way {
            Way::Server { .. } => {
                if self.folds
                    && let Some(patch) = fold(live, self.manager)
                {
                    let query = format!("fieldManager={}&fieldValidation=Strict", self.manager);
                    let body = weir_yaml::json::write(&patch);
                    target.cluster.patch(path, Patch::Json, &query, &body).await.map_err(
                        |error| {
                            format!(
                                "failed to patch object to upgrade CSA field manager {} {}: {error}",
                                item.full_name(),
                                item.gvk()
                            )
                        },
                    )?;
                }
                self.apply(item, target).await?
            }
            Way::Client => {
                let Some((kind, patch)) = self.patch(original, live, &item.value)? else {
                    return Ok(false);
                };
                let query = format!("fieldManager={}", self.manager);
                let written = target.cluster.patch(path, kind, &query, &patch).await;
                let fail = |error| {
                    let id = &item.place.id;
                    format!("cannot patch \"{}\" with kind {}: {error}", id.name, id.kind)
                };
                written.map_err(fail)?.object
            }
            Way::Replace => {
                let mut value = item.value.clone();
                let metadata = value.as_map_mut().and_then(|map| map.get_mut("metadata"));
                if let (Some(metadata), Some(version)) =
                    (metadata.and_then(Value::as_map_mut), version(live))
                {
                    metadata.insert("resourceVersion", version.clone());
                }
                let query = format!("fieldManager={}&fieldValidation=Strict", self.manager);
                let written = target.cluster.replace(path, &query, &value).await;
                written.map_err(|error| format!("failed to replace object: {error}"))?
            }
        };
        Ok(version(live) != version(&written))
    }

    async fn apply(&self, item: &Item, target: &Target) -> Result<Value, String> {
        let force = self.way == Way::Server { force: true };
        let query = format!("fieldManager={}&fieldValidation=Strict&force={force}", self.manager);
        let body = weir_yaml::json::write(&item.value);
        let written = target.cluster.patch(&item.place.path, Patch::Apply, &query, &body).await;
        written.map(|written| written.object).map_err(|error| {
            let (name, gvk) = (item.full_name(), item.gvk());
            if error.refusal().is_some_and(|refusal| refusal.reason == "Conflict") {
                format!("conflict occurred while applying object {name} {gvk}: {error}")
            } else {
                format!("server-side apply failed for object {name} {gvk}: {error}")
            }
        })
    }

    /// Makes the patch from one revision to another; nothing when it is empty.
    fn patch(
        &self,
        original: &Value,
        live: &Value,
        desired: &Value,
    ) -> Result<Option<(Patch, String)>, String> {
        let made = if merge::is_known(desired) {
            merge::strategic(Some(original), desired, live, true)
                .map(|made| (Patch::Strategic, made))
        } else if self.three_way {
            merge::json_three_way(Some(original), desired, live).map(|made| (Patch::Merge, made))
        } else {
            merge::json_two_way(original, desired).map(|made| (Patch::Merge, made))
        };
        let (kind, patch) = made.map_err(|error| format!("failed to create patch: {error}"))?;
        let is_empty = patch.as_map().is_some_and(weir_model::Map::is_empty);
        Ok((!is_empty).then(|| (kind, weir_yaml::json::write(&patch))))
    }
}

fn version(object: &Value) -> Option<&Value> {
    object.pointer(&["metadata", "resourceVersion"])
}

/// Deletes an object that left a release, unless it is to be kept.
async fn delete_left(item: &Item, target: &Target, done: &mut Done) {
    // What cannot be looked at stays as it is, as what is gone does.
    let Ok(Some(live)) = find(&target.cluster, &item.place.path).await else {
        return done.note(item, Outcome::Gone);
    };
    if is_kept(&live) {
        let reason = weir_reconcile::prune::Reason::Marked("helm.sh/resource-policy: keep");
        return done.note(item, Outcome::Kept(reason));
    }
    match delete(item, target, "Background").await {
        Ok(outcome) => done.note(item, outcome),
        Err(error) => {
            let id = &item.place.id;
            let namespace = id.namespace.as_deref().unwrap_or_default();
            done.fail(
                item,
                &format!(
                    "failed to delete resource namespace={namespace}, name={}, kind={}: {error}",
                    id.name, id.kind
                ),
            );
        }
    }
}

/// Deletes an object with what it owns, as `propagation` says.
pub(super) async fn delete(
    item: &Item,
    target: &Target,
    propagation: &str,
) -> Result<Outcome, ClusterError> {
    match target.cluster.delete_with(&item.place.path, None, propagation).await {
        Ok(()) => Ok(Outcome::Deleted),
        Err(error) if error.is_not_found() => Ok(Outcome::Gone),
        Err(error) => Err(error),
    }
}
