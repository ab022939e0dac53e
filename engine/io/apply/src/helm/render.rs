//! Rendering a revision of a release for the cluster that it goes to: with its version and kinds, with what `lookup` finds
//! there, and with real chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_evaluate::{Capabilities, Content, Occasion, ReleaseInput};
use weir_model::{Diagnostic, ObjectId, Value};

use super::unix_seconds;
use crate::live::find;
use crate::target::Target;

/// How often a rendering may ask for objects that it did not ask for before.
const ROUNDS: usize = 8;

/// What random functions draw from.
#[derive(Clone, Copy)]
pub(super) enum Chance {
    /// The same each time, as plans have it: for showing what would change.
    Planned,
    /// The system's.
    Real,
}

/// Renders a revision. The error is Helm's, without secrets.
pub(super) async fn render(
    input: &ReleaseInput<'_>,
    target: &Target,
    (revision, is_upgrade): (i64, bool),
    chance: Chance,
) -> Result<Content, String> {
    let mut entropy = [0; 32];
    if let Chance::Real = chance {
        getrandom::fill(&mut entropy)
            .map_err(|error| format!("the system gave no random bytes: {error}"))?;
    }
    let capabilities = Some(capabilities(target).await?);
    let mut objects: BTreeMap<ObjectId, Value> = BTreeMap::new();
    let mut asked: Vec<ObjectId> = Vec::new();
    let now = unix_seconds();
    for _ in 0..ROUNDS {
        let known = Arc::new(objects.clone());
        let rendered = input.content(&Occasion {
            revision,
            is_upgrade,
            entropy,
            now,
            objects: known,
            capabilities: capabilities.clone(),
        });
        let unknown = rendered.value.as_ref().map(|content| content.unknown.clone());
        let new: Vec<ObjectId> =
            unknown.unwrap_or_default().into_iter().filter(|id| !asked.contains(id)).collect();
        if new.is_empty() {
            return rendered.value.ok_or_else(|| said(&rendered.diagnostics));
        }
        for id in new {
            let place = target.place_of_entry(&id, "");
            if let Some(place) = place
                && let Some(object) = find(&target.cluster, &place.path)
                    .await
                    .map_err(|error| format!("could not look up {id}: {error}"))?
            {
                objects.insert(id.clone(), object);
            }
            asked.push(id);
        }
    }
    Err("the chart looks up ever more objects".to_owned())
}

/// Asks what the cluster is.
async fn capabilities(target: &Target) -> Result<Capabilities, String> {
    let version = target.cluster.get("/version").await;
    let version = version.map_err(|error| format!("could not ask for the version: {error}"))?;
    let kube_version = version.get("gitVersion").and_then(Value::as_str).unwrap_or_default();
    let mut api_versions = BTreeSet::new();
    for resource in target.resources.all() {
        let version = resource.api_version();
        api_versions.insert(format!("{version}/{}", resource.kind));
        api_versions.insert(version);
    }
    let api_versions = api_versions.into_iter().collect();
    Ok(Capabilities { kube_version: kube_version.to_owned(), api_versions })
}

fn said(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let messages: Vec<&str> = errors.map(|diagnostic| diagnostic.message.as_str()).collect();
    messages.join("; ")
}
