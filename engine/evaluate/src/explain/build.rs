//! A Kustomization, built with a trace.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::{ObjectTrace, UnitTrace};
use crate::Memo;
use crate::units::build::{BuildTask, finish_object, traced, without_sops};

/// Builds a Kustomization again; nothing when it cannot be built.
pub(super) fn trace(task: &BuildTask, memo: &Memo) -> Option<UnitTrace> {
    let built = traced(task, memo).ok()?;
    let mut edits = built.edits.into_iter();
    let mut objects = BTreeMap::new();
    let mut meter = weir_model::Meter::default();
    for manifest in built.objects {
        let edits = edits.next().unwrap_or_default();
        let manifest = without_sops(manifest);
        let plain = manifest.value().clone();
        if let Ok(finished) = finish_object(task, manifest, &mut meter) {
            objects.insert(
                finished.id(),
                ObjectTrace { plain, rendered: None, edits, hidden: OnceCell::new() },
            );
        }
    }
    Some(UnitTrace { objects, templates: None, chart: None })
}
