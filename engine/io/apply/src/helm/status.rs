//! Writing the status of a HelmRelease, when it has changed.

use std::cell::RefCell;

use weir_io_cluster::{Cluster, Patch};
use weir_model::{Map, Value};
use weir_reconcile::merge;
use weir_reconcile::release::Status;

use super::MANAGER;
use super::found::Found;

/// The status as it was read or written last.
pub(super) type Known = RefCell<Value>;

/// Writes what has changed of a status since it was read or written last.
pub(super) async fn write_status(
    found: &Found,
    cluster: &Cluster,
    status: &Status,
) -> Result<(), String> {
    let after = status.write();
    let patch = merge::json_two_way(&found.status.borrow(), &after)
        .map_err(|error| format!("could not compare the status: {error}"))?;
    if patch.as_map().is_some_and(Map::is_empty) {
        return Ok(());
    }
    let body = Value::map(Map::from_iter([("status".into(), patch)]));
    let (path, query) = (format!("{}/status", found.path), format!("fieldManager={MANAGER}"));
    let body = weir_yaml::json::write(&body);
    let written = cluster.patch(&path, Patch::Merge, &query, &body).await;
    written.map_err(|error| format!("could not write its status: {error}"))?;
    found.status.replace(after);
    Ok(())
}
