//! The definitions of a chart's `crds/` folders: they are made or changed before the release, and never deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use weir_flux::kinds::CrdPolicy;
use weir_model::Manifest;

use super::objects::{Item, item};
use super::session::Session;
use super::wait::Until;
use super::write::{Way, Writing};
use crate::report::Outcome;

/// How long definitions are waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// Applies definitions as a policy says; tells whether any were written. Objects of other kinds are left out.
pub(super) async fn apply_crds(
    session: &mut Session<'_>,
    crds: &[Manifest],
    policy: CrdPolicy,
    server_side: bool,
) -> Result<bool, String> {
    if policy == CrdPolicy::Skip {
        return Ok(false);
    }
    let mut items: Vec<Item> = Vec::new();
    for crd in crds.iter().filter(|crd| crd.kind() == "CustomResourceDefinition") {
        items.push(item(crd.value().clone(), "", &session.target)?);
    }
    if items.is_empty() {
        return Ok(false);
    }
    let way = match (server_side, policy) {
        (true, _) => Way::Server { force: true },
        (false, CrdPolicy::CreateReplace) => Way::Replace,
        (false, _) => Way::Client,
    };
    let writing = Writing { manager: session.manager, way, folds: false, three_way: false };
    if policy == CrdPolicy::CreateReplace {
        let done = writing.update_all(&items, &items, &BTreeMap::new(), &session.target).await;
        session
            .report(&done, " && ")
            .map_err(|why| format!("failed to update CustomResourceDefinition(s): {why}"))?;
    } else {
        for item in &items {
            match writing.make(item, &session.target).await {
                Ok(outcome) => session.report_object(&item.place.id, outcome),
                Err(why) => {
                    session.report_object(&item.place.id, Outcome::Failed(why.clone().into()));
                    let name = &item.place.id.name;
                    return Err(format!("failed to create CustomResourceDefinition {name}: {why}"));
                }
            }
        }
    }
    session
        .wait(&items, Until::Ready, LIMIT)
        .await
        .map_err(|why| format!("failed to wait for CustomResourceDefinition(s): {why}"))?;
    Ok(true)
}
