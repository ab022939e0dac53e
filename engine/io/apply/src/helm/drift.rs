//! What has changed in the cluster since a release was applied, and changing it back.

use futures_util::stream::{self, StreamExt};
use weir_io_cluster::{ClusterError, Patch};
use weir_model::{Data, Manifest, Map, Value};
use weir_reconcile::drift::what_counts;
use weir_reconcile::ignore::{ignored_paths, without};
use weir_reconcile::normalize::normalize;
use weir_reconcile::release::DriftChange;

use super::objects::Item;
use super::session::Session;
use crate::assess::failure;
use crate::live::{CONCURRENCY, find};
use crate::report::Outcome;

/// The label or annotation with which an object is left out.
const KEY: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// An object that is not as the release wants it.
#[derive(Clone, Debug)]
pub(super) struct Drifted {
    pub(super) item: Item,
    /// The object as it is; nothing when it is gone.
    pub(super) live: Option<Value>,
    /// The object as applying would leave it.
    pub(super) result: Option<Value>,
    /// What brings it back; nothing when it is to be made.
    patch: Option<Value>,
}

impl Drifted {
    /// Says how much has changed.
    pub(super) fn change(&self) -> DriftChange {
        let operations = self.patch.as_ref().and_then(Value::as_list);
        let count = |op: &str| {
            let is_op = |it: &&Value| it.get("op").and_then(Value::as_str) == Some(op);
            operations.unwrap_or_default().iter().filter(is_op).count()
        };
        DriftChange {
            object: self.item.place.id.to_string(),
            fields: operations.map(|_| [count("add"), count("replace"), count("remove")]),
        }
    }
}

/// Compares the objects of a manifest with the cluster.
pub(super) async fn drift(session: &Session<'_>, manifest: &str) -> Result<Vec<Drifted>, String> {
    let objects = session.items(manifest)?;
    let looked: Vec<Result<Option<Drifted>, String>> =
        stream::iter(objects.into_iter().map(|item| look(session, item)))
            .buffered(CONCURRENCY)
            .collect()
            .await;
    looked.into_iter().filter_map(Result::transpose).collect()
}

async fn look(session: &Session<'_>, item: Item) -> Result<Option<Drifted>, String> {
    let fail = |error: ClusterError| format!("{}: {error}", item.place.id);
    let manifest = Manifest::new(item.value.clone()).map_err(|error| error.to_string())?;
    let cluster = &session.target.cluster;
    let live = find(cluster, &item.place.path).await.map_err(fail)?;
    if is_left_out(&item.value) || live.as_ref().is_some_and(is_left_out) {
        return Ok(None);
    }
    let Some(live) = live else {
        return Ok(Some(Drifted { item, live: None, result: None, patch: None }));
    };
    let query = format!("dryRun=All&fieldManager={}&force=true", session.manager);
    let body = weir_yaml::json::write(&normalize(&manifest));
    let dry_run = cluster.patch(&item.place.path, Patch::Apply, &query, &body).await;
    let result = dry_run.map_err(fail)?.object;
    let ignored = ignored_paths(&session.settings.ignore, &manifest);
    if ignored.iter().any(|path| path.is_empty()) {
        return Ok(None);
    }
    let counts = |object: &Value| what_counts(&without(object, &ignored), &ignored);
    let mut operations = Vec::new();
    difference(&counts(&live), &counts(&result), &mut String::new(), 0, &mut operations);
    if operations.is_empty() {
        return Ok(None);
    }
    let patch = Some(Value::list(operations));
    Ok(Some(Drifted { item, live: Some(live), result: Some(result), patch }))
}

fn is_left_out(object: &Value) -> bool {
    ["labels", "annotations"].iter().any(|place| {
        object
            .pointer(&["metadata", place, KEY])
            .and_then(Value::as_str)
            .is_some_and(|word| word == "disabled")
    })
}

/// Changes back what has drifted: what is gone is made, what is different is patched.
pub(super) async fn correct(
    session: &mut Session<'_>,
    drifted: &[Drifted],
    corrected: &mut Vec<String>,
) -> Result<(), String> {
    let mut errors = Vec::new();
    for Drifted { item, patch, .. } in drifted {
        let query = format!("fieldManager={}", session.manager);
        let path = &item.place.path;
        let cluster = &session.target.cluster;
        let done = match patch {
            Some(patch) => {
                let body = weir_yaml::json::write(patch);
                let patched = cluster.patch(path, Patch::Json, &query, &body).await;
                patched.map(|_| Outcome::Configured).map_err(|error| ("patch", error))
            }
            None => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let made = cluster.create(folder, &query, &item.value).await;
                made.map(|_| Outcome::Created).map_err(|error| ("creation", error))
            }
        };
        let id = item.place.id.clone();
        let outcome = done.unwrap_or_else(|(what, error)| {
            let failure = failure(&format!("{id} {what} failure"), &error);
            errors.push(failure.why.clone());
            Outcome::Failed(failure)
        });
        if !outcome.is_failure() {
            corrected.push(format!("{id} {}", outcome.word()));
        }
        session.report_object(&id, outcome);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// Lists the operations of a JSON patch from one value to another. Lists of different lengths are replaced.
fn difference(from: &Value, to: &Value, path: &mut String, depth: u32, into: &mut Vec<Value>) {
    if weir_reconcile::held::is_same(from, to) {
        return;
    }
    let length = path.len();
    match (&from.data, &to.data) {
        (Data::Map(before), Data::Map(after)) if depth < 100 => {
            for (key, value) in before.iter() {
                push_key(path, key);
                match after.get(key) {
                    Some(other) => difference(value, other, path, depth + 1, into),
                    None => into.push(operation("remove", path, None)),
                }
                path.truncate(length);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(key)) {
                push_key(path, key);
                into.push(operation("add", path, Some(value)));
                path.truncate(length);
            }
        }
        (Data::List(before), Data::List(after)) if before.len() == after.len() && depth < 100 => {
            for (index, (value, other)) in before.iter().zip(after.iter()).enumerate() {
                push_key(path, &index.to_string());
                difference(value, other, path, depth + 1, into);
                path.truncate(length);
            }
        }
        _ => into.push(operation("replace", path, Some(to))),
    }
}

fn push_key(path: &mut String, key: &str) {
    path.push('/');
    path.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

fn operation(op: &str, path: &str, value: Option<&Value>) -> Value {
    let mut map = Map::from_iter([("op".into(), op.into()), ("path".into(), path.into())]);
    if let Some(value) = value {
        map.insert("value", value.clone());
    }
    Value::map(map)
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn differences_are_few_operations() {
        let value = |text: &str| weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        for (from, to, expected) in [
            ("{a: 1, b: 2}", "{a: 1, b: 2}", "[]"),
            ("{a: 1.0}", "{a: 1}", "[]"),
            ("{a: 1}", "{a: 2}", r#"[{"op":"replace","path":"/a","value":2}]"#),
            ("{a: {}}", "{a: {x/y: 1}}", r#"[{"op":"add","path":"/a/x~1y","value":1}]"#),
            ("{a: 1, b: 1}", "{b: 1}", r#"[{"op":"remove","path":"/a"}]"#),
            ("{a: [1, 2]}", "{a: [1, 3]}", r#"[{"op":"replace","path":"/a/1","value":3}]"#),
            ("{a: [1]}", "{a: [1, 3]}", r#"[{"op":"replace","path":"/a","value":[1,3]}]"#),
        ] {
            let mut operations = Vec::new();
            difference(&value(from), &value(to), &mut String::new(), 0, &mut operations);
            assert_eq!(weir_yaml::json::write(&Value::list(operations)), expected, "{from} {to}");
        }
    }

    #[test]
    fn objects_can_be_left_out() {
        let value = |text: &str| weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        let key = "helm.toolkit.fluxcd.io/driftDetection";
        assert!(is_left_out(&value(&format!(
            "{{metadata: {{annotations: {{{key}: disabled}}}}}}"
        ))));
        assert!(!is_left_out(&value(&format!(
            "{{metadata: {{annotations: {{{key}: enabled}}}}}}"
        ))));
    }
}
