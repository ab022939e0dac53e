//! The words on objects that change what is done with them, and the labels that say whose they are.
//!
//! Flux looks for a marker among labels and annotations alike and does not mind upper and lower case.

use weir_model::Value;
use weir_plan::{UnitId, UnitKind};

/// `kustomize.toolkit.fluxcd.io/prune: disabled`: never deleted.
pub const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
/// `kustomize.toolkit.fluxcd.io/reconcile: disabled`: neither applied nor deleted.
pub const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// `kustomize.toolkit.fluxcd.io/ssa`: how the object is applied.
pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
/// `kustomize.toolkit.fluxcd.io/force: enabled`: made anew when a field cannot be changed.
pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

/// Tells whether a label or an annotation has this value, in whatever case.
pub fn is_marked(object: &Value, key: &str, value: &str) -> bool {
    ["labels", "annotations"].iter().any(|place| {
        object
            .pointer(&["metadata", place, key])
            .and_then(Value::as_str)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    })
}

/// Why an object is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It is marked `reconcile: disabled`, in the plan or in the cluster.
    Disabled,
    /// It is marked `ssa: Ignore`, in the plan or in the cluster.
    Ignored,
    /// It is marked `ssa: IfNotPresent`, and it is there.
    Present,
}

impl Skip {
    /// Says why, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "it is marked `reconcile: disabled`",
            Self::Ignored => "it is marked `ssa: Ignore`",
            Self::Present => "it is marked `ssa: IfNotPresent` and is there already",
        }
    }
}

/// Decides whether an object is left alone.
pub fn skip(desired: &Value, live: Option<&Value>) -> Option<Skip> {
    let marked = |key, value| {
        is_marked(desired, key, value) || live.is_some_and(|live| is_marked(live, key, value))
    };
    if marked(RECONCILE, "disabled") {
        Some(Skip::Disabled)
    } else if marked(SSA, "Ignore") {
        Some(Skip::Ignored)
    } else if live.is_some() && is_marked(desired, SSA, "IfNotPresent") {
        Some(Skip::Present)
    } else {
        None
    }
}

/// Tells whether an object may be deleted and made anew when a field cannot be changed.
pub fn may_recreate(desired: &Value, live: &Value, unit_forces: bool) -> bool {
    unit_forces || is_marked(desired, FORCE, "enabled") || is_marked(live, FORCE, "enabled")
}

/// Returns the two labels that say which unit an object belongs to.
pub fn owner_labels(kind: UnitKind) -> (&'static str, &'static str) {
    match kind {
        UnitKind::Kustomization => {
            ("kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace")
        }
        UnitKind::HelmRelease => {
            ("helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace")
        }
    }
}

/// Returns the unit of a kind that an object's labels name; both labels are needed.
pub fn owner(object: &Value, kind: UnitKind) -> Option<UnitId> {
    let (name, namespace) = owner_labels(kind);
    let label = |key| object.pointer(&["metadata", "labels", key])?.as_str();
    Some(UnitId { kind, namespace: label(namespace)?.into(), name: label(name)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    #[test]
    fn markers_are_found_in_labels_and_annotations_in_any_case() {
        let plain = value("{}");
        for (desired, live, expected) in [
            ("{}", "{}", None),
            (
                "{metadata: {labels: {kustomize.toolkit.fluxcd.io/reconcile: Disabled}}}",
                "{}",
                Some(Skip::Disabled),
            ),
            (
                "{}",
                "{metadata: {annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}}",
                Some(Skip::Disabled),
            ),
            (
                "{metadata: {annotations: {kustomize.toolkit.fluxcd.io/ssa: ignore}}}",
                "{}",
                Some(Skip::Ignored),
            ),
            (
                "{metadata: {annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}}",
                "{}",
                Some(Skip::Present),
            ),
            (
                "{}",
                "{metadata: {annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}}",
                None,
            ),
        ] {
            assert_eq!(skip(&value(desired), Some(&value(live))), expected, "{desired} {live}");
        }
        let new = value("{metadata: {labels: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}}");
        assert_eq!(skip(&new, None), None);
        assert!(may_recreate(&plain, &plain, true));
        assert!(!may_recreate(&plain, &plain, false));
    }

    #[test]
    fn an_owner_needs_both_labels() {
        let owned = value(
            "{metadata: {labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}}}",
        );
        let owner_of =
            |object: &Value| owner(object, UnitKind::Kustomization).map(|unit| unit.to_string());
        assert_eq!(owner_of(&owned).as_deref(), Some("Kustomization/flux-system/apps"));
        let half = value("{metadata: {labels: {kustomize.toolkit.fluxcd.io/name: apps}}}");
        assert_eq!(owner_of(&half), None);
    }
}
