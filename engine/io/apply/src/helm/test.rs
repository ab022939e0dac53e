//! Running a release's tests.

use weir_helm::HookEvent;
use weir_helm::record::{ApplyMethod, RecordedHook};

use weir_reconcile::release::Policy;

use super::hooks::run_hooks;
use super::session::Session;

/// Runs the tests of the last revision that the filters let through; the record holds how they went.
pub(super) async fn test(session: &mut Session<'_>, policy: &Policy) -> Result<(), String> {
    let Some(mut record) = session.storage.last().cloned() else {
        return Err("release: not found".to_owned());
    };
    let action = session.settings.test.clone();
    let server_side = record.apply_method == Some(ApplyMethod::Server);
    let wanted = |hook: &RecordedHook| policy.selects(&hook.name);
    if !policy.test_filters.is_empty() {
        // As Helm does, which changes the order of the record.
        let hooks = std::mem::take(&mut record.hooks);
        let (wanted, skipped): (Vec<_>, Vec<_>) = hooks.into_iter().partition(|it| wanted(it));
        record.hooks = skipped.into_iter().chain(wanted).collect();
    }
    let ran = run_hooks(session, &mut record, HookEvent::Test, &action, server_side, &wanted).await;
    session.save(&record).await;
    ran
}
