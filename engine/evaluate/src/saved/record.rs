//! From a snapshot to one without secrets that gives the same plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_flux::taint;
use weir_model::{Artifact, Data, Diagnostic, Digest, Manifest, Value};
use weir_plan::{Body, Plan, PlanObject, Unit, hide};

use super::hide::Hider;
use crate::walk::{Skip, Walked, walk};
use crate::{Answer, Memo, Recorded, Snapshot};

/// Texts shorter than this are not looked for: they would be found everywhere.
const SHORTEST: usize = 6;

/// Hides the secrets of a snapshot, and records what units gave that give something else without them. Returns nothing
/// when there is no such snapshot with the same plan.
pub(super) fn hidden(snapshot: &Snapshot, memo: &Memo) -> Option<(Snapshot, Digest)> {
    let snapshot = &opened(snapshot)?;
    let mut walked = walk(snapshot, memo, &Skip::Nothing);
    let units = std::mem::take(&mut walked.units);
    let plan = Plan::new(units);
    let mut hider = Hider::default();
    let mut hidden = without_secrets(snapshot, &mut hider);
    let secrets: Vec<&str> = hider.secrets().filter(|secret| secret.len() >= SHORTEST).collect();
    // What is recorded may change what others give, so this goes on until nothing new differs.
    loop {
        let replay = Plan::new(walk(&hidden, memo, &Skip::Nothing).units);
        if replay.digest == plan.digest {
            return Some((hidden, plan.digest));
        }
        let mut found = false;
        for unit in &plan.units {
            let other = replay.unit(&unit.id);
            if other.is_some_and(|other| gives_the_same(unit, other))
                || hidden.recorded.contains_key(&unit.id)
            {
                continue;
            }
            let record = record(unit, other, &walked, &secrets);
            hidden.recorded.insert(unit.id.clone(), record);
            found = true;
        }
        if !found {
            return None;
        }
    }
}

/// Brings all files into memory.
fn opened(snapshot: &Snapshot) -> Option<Snapshot> {
    let mut opened = snapshot.clone();
    for answer in opened.answers.values_mut() {
        if let Ok(Answer::Sealed(sealed)) = answer {
            let tree = sealed.opener.open().filter(|tree| *tree.digest() == sealed.tree)?;
            let revision = sealed.revision.clone();
            *answer = Ok(Answer::Files(Artifact { revision, tree: Arc::new(tree) }));
        }
    }
    Some(opened)
}

fn without_secrets(snapshot: &Snapshot, hider: &mut Hider) -> Snapshot {
    let mut hidden = snapshot.clone();
    hidden.root = hider.artifact(&snapshot.root);
    for artifact in hidden.sources.values_mut() {
        *artifact = hider.artifact(artifact);
    }
    for answer in hidden.answers.values_mut() {
        match answer {
            Ok(Answer::Files(artifact)) => *artifact = hider.artifact(artifact),
            Ok(Answer::Object(manifest)) => *manifest = Arc::new(hider.object(manifest)),
            Ok(Answer::Sealed(_)) | Err(_) => {}
        }
    }
    hidden.root_urls = snapshot.root_urls.iter().map(|url| without_login(url)).collect();
    hidden
}

/// Takes name and password out of a URL.
fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest.get(..host_end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://{}", rest.get(at + 1..).unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// Tells whether two units enter a plan's digest in the same way.
fn gives_the_same(unit: &Unit, other: &Unit) -> bool {
    let same_body = match (&unit.body, &other.body) {
        (Body::Ready(one), Body::Ready(two)) => {
            one.iter().map(|object| &object.public).eq(two.iter().map(|object| &object.public))
        }
        (Body::Waiting(_), Body::Waiting(_)) | (Body::Broken(_), Body::Broken(_)) => true,
        _ => false,
    };
    same_body && unit.suspended == other.suspended && unit.after == other.after
}

fn record(unit: &Unit, other: Option<&Unit>, walked: &Walked, secrets: &[&str]) -> Recorded {
    let body = match &unit.body {
        Body::Ready(objects) => {
            let others = other.map_or(&[][..], |other| match &other.body {
                Body::Ready(objects) => objects.as_slice(),
                _ => &[],
            });
            let others: BTreeMap<_, _> = others.iter().map(|other| (&other.id, other)).collect();
            let objects = objects.iter();
            let hide = |object| hide_object(object, others.get(&object.id).copied(), secrets);
            Body::Ready(Arc::new(objects.map(hide).collect()))
        }
        Body::Waiting(reasons) => Body::Waiting(hide_texts(reasons, secrets)),
        Body::Broken(reasons) => Body::Broken(hide_texts(reasons, secrets)),
        Body::Same => Body::Same,
    };
    let warnings = walked.warnings.get(&unit.id).map_or(&[][..], Vec::as_slice);
    Recorded {
        after: unit.after.clone(),
        source: unit.source.clone(),
        suspended: unit.suspended,
        body,
        warnings: hide_texts(warnings, secrets),
    }
}

/// Hides what is known as secret, what differs from the object of the replay, and what holds a secret's text.
fn hide_object(object: &PlanObject, other: Option<&PlanObject>, secrets: &[&str]) -> PlanObject {
    let mut value = object.manifest.value().clone();
    if let Some(other) = other {
        taint::mark_differences(&mut value, other.manifest.value());
    }
    mark_texts(&mut value, secrets);
    keep_identity(&mut value);
    let marked = Manifest::new(value).unwrap_or_else(|_| (*object.manifest).clone());
    let manifest = Manifest::new(hide(&marked)).unwrap_or(marked);
    PlanObject { manifest: Arc::new(manifest), digest: object.public, ..object.clone() }
}

fn mark_texts(value: &mut Value, secrets: &[&str]) {
    match &mut value.data {
        Data::String(text) => {
            value.sensitive |= secrets.iter().any(|secret| text.contains(secret));
        }
        Data::List(items) => {
            Arc::make_mut(items).iter_mut().for_each(|item| mark_texts(item, secrets));
        }
        Data::Map(map) => {
            Arc::make_mut(map).iter_mut().for_each(|(_, value)| mark_texts(value, secrets));
        }
        _ => {}
    }
}

/// What an object is called is no secret, even when a secret happens to have the same text.
fn keep_identity(value: &mut Value) {
    let Some(map) = value.as_map_mut() else { return };
    for key in ["apiVersion", "kind"] {
        if let Some(value) = map.get_mut(key) {
            value.sensitive = false;
        }
    }
    let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) else { return };
    for key in ["name", "namespace", "generateName"] {
        if let Some(value) = metadata.get_mut(key) {
            value.sensitive = false;
        }
    }
}

fn hide_texts(diagnostics: &[Diagnostic], secrets: &[&str]) -> Vec<Diagnostic> {
    let mut hidden = diagnostics.to_vec();
    for diagnostic in &mut hidden {
        let own = [&mut diagnostic.message].into_iter().chain(&mut diagnostic.excerpt);
        for text in own.chain(&mut diagnostic.causes).chain(&mut diagnostic.hints) {
            *text = taint::hide(std::mem::take(text), secrets.iter().copied());
        }
    }
    hidden
}
