//! Ending what another program left pending.

use super::session::Session;

/// Marks the last revision as failed, when something was under way with it.
pub(super) async fn unlock(session: &mut Session<'_>) -> Result<(), String> {
    let Some(mut record) = session.storage.last().cloned() else { return Ok(()) };
    if !record.info.status.is_pending() {
        return Ok(());
    }
    record.unlocked();
    session.storage.update(&record).await
}
