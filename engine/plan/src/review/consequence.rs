//! What a change leads to in the cluster.

use std::fmt;

use weir_model::{Manifest, SmolStr, Value};

use super::immutable;
use super::policy::Policy;
use crate::{Action, Body, ObjectChange, Plan, PlanObject};

/// What a change leads to in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The pod template differs, so the pods are replaced.
    Restart,
    /// Fields differ that cannot be changed.
    Immutable {
        /// Their paths.
        fields: Vec<String>,
        /// Whether the object is deleted and made anew; otherwise the API server refuses the change.
        forced: bool,
    },
    /// The object is deleted, and data with it.
    DataLost {
        /// What is lost.
        what: &'static str,
    },
    /// The definition of a kind goes, and with it all objects of the kind.
    KindGone {
        /// How many of them the plan has.
        objects: usize,
    },
    /// A version of a kind goes that objects in the plan still use.
    VersionGone {
        /// The version.
        version: String,
        /// How many objects use it.
        objects: usize,
    },
    /// The object goes from the plan and stays in the cluster.
    Kept,
}

impl Consequence {
    /// Tells whether somebody should think twice.
    pub fn is_grave(&self) -> bool {
        !matches!(self, Self::Restart | Self::Kept)
    }

    /// Returns a word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Immutable { forced: true, .. } => "recreate",
            Self::Immutable { forced: false, .. } => "refused",
            Self::DataLost { .. } => "data-lost",
            Self::KindGone { .. } => "kind-gone",
            Self::VersionGone { .. } => "version-gone",
            Self::Kept => "kept",
        }
    }
}

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart => f.write_str("pods are replaced"),
            Self::Immutable { fields, forced } => {
                let fields = fields.join(", ");
                if *forced {
                    write!(f, "the object is deleted and made anew: `{fields}` cannot be changed")
                } else {
                    write!(f, "the API server will refuse this: `{fields}` cannot be changed")
                }
            }
            Self::DataLost { what } => write!(f, "data is lost: {what}"),
            Self::KindGone { objects } => {
                write!(f, "all objects of this kind are deleted; the plan has {objects}")
            }
            Self::VersionGone { version, objects } => {
                write!(
                    f,
                    "version `{version}` is no longer there, and {objects} in the plan use it"
                )
            }
            Self::Kept => f.write_str("it stays in the cluster, for it is not pruned"),
        }
    }
}

/// The plans, in which objects of a kind are counted when its definition changes.
pub(super) struct World<'plan> {
    before: &'plan Plan,
    after: &'plan Plan,
}

impl<'plan> World<'plan> {
    pub(super) fn new(before: &'plan Plan, after: &'plan Plan) -> Self {
        Self { before, after }
    }

    /// Counts the objects that the plan before the change has of a kind.
    fn of_kind(&self, (group, kind): (&str, &str)) -> usize {
        objects(self.before, group, kind).count()
    }

    /// Counts the objects that the plan after the change has of a kind in a version.
    fn of_version(&self, (group, kind): (&str, &str), version: &str) -> usize {
        objects(self.after, group, kind)
            .filter(|object| object.manifest.version() == version)
            .count()
    }
}

fn objects<'a>(
    plan: &'a Plan,
    group: &'a str,
    kind: &'a str,
) -> impl Iterator<Item = &'a PlanObject> {
    let ready = plan.units.iter().filter_map(|unit| match &unit.body {
        Body::Ready(objects) => Some(objects),
        Body::Waiting(_) | Body::Broken(_) | Body::Same => None,
    });
    let all = ready.flat_map(|objects| objects.iter());
    all.filter(move |object| object.id.kind == kind && object.id.group == group)
}

/// Finds what a change leads to.
pub(super) fn of(change: &ObjectChange, policy: &Policy, world: &World<'_>) -> Vec<Consequence> {
    let mut found = Vec::new();
    match (&change.action, &change.before, &change.after) {
        (Action::Remove, Some(before), _) => removed(before, policy, world, &mut found),
        (Action::Replace { .. }, Some(before), Some(_)) => {
            removed(before, policy, world, &mut found);
        }
        (Action::Change | Action::Move { .. }, Some(before), Some(after)) => {
            changed(before, after, policy, world, &mut found);
        }
        _ => {}
    }
    found
}

/// The kinds with which data goes.
const DATA: [(&str, &str, &str); 4] = [
    ("", "PersistentVolumeClaim", "the volume behind the claim may be deleted"),
    ("", "PersistentVolume", "the volume may be deleted"),
    ("", "Namespace", "everything in the namespace is deleted"),
    ("apps", "StatefulSet", "its pods go, and its claims where their retention says so"),
];

fn removed(before: &Manifest, policy: &Policy, world: &World<'_>, found: &mut Vec<Consequence>) {
    let disabled = |key: &str, word: &str| {
        before.annotation(key).is_some_and(|value| value.eq_ignore_ascii_case(word))
    };
    let kept = !policy.prunes
        || disabled("kustomize.toolkit.fluxcd.io/prune", "disabled")
        || disabled("kustomize.toolkit.fluxcd.io/reconcile", "disabled")
        || disabled("helm.sh/resource-policy", "keep");
    if kept {
        found.push(Consequence::Kept);
        return;
    }
    let data =
        DATA.iter().find(|(group, kind, _)| *group == before.group() && *kind == before.kind());
    found.extend(data.map(|(.., what)| Consequence::DataLost { what }));
    if before.kind() == "CustomResourceDefinition" {
        let objects = defined(before).map_or(0, |kind| world.of_kind(kind));
        found.push(Consequence::KindGone { objects });
    }
}

fn changed(
    before: &Manifest,
    after: &Manifest,
    policy: &Policy,
    world: &World<'_>,
    found: &mut Vec<Consequence>,
) {
    let fields = immutable::changed_fields(before, after);
    if !fields.is_empty() {
        let forced = policy.forces
            || after
                .annotation("kustomize.toolkit.fluxcd.io/force")
                .is_some_and(|value| value.eq_ignore_ascii_case("enabled"));
        found.push(Consequence::Immutable { fields, forced });
        if forced {
            let data = DATA
                .iter()
                .find(|(group, kind, _)| *group == after.group() && *kind == after.kind());
            found.extend(data.map(|(.., what)| Consequence::DataLost { what }));
        }
    }
    if after.group() == "apps"
        && matches!(after.kind(), "Deployment" | "StatefulSet" | "DaemonSet")
        && before.value().pointer(&["spec", "template"])
            != after.value().pointer(&["spec", "template"])
    {
        found.push(Consequence::Restart);
    }
    if after.kind() == "CustomResourceDefinition" {
        let gone =
            versions(before).into_iter().filter(|version| !versions(after).contains(version));
        for version in gone {
            let objects = defined(after).map_or(0, |kind| world.of_version(kind, version.as_str()));
            if objects > 0 {
                found.push(Consequence::VersionGone { version: version.to_string(), objects });
            }
        }
    }
}

/// Returns the group and kind that a definition defines.
fn defined(definition: &Manifest) -> Option<(&str, &str)> {
    let spec = definition.spec()?;
    Some((spec.get("group")?.as_str()?, spec.pointer(&["names", "kind"])?.as_str()?))
}

/// Returns the versions that a definition serves.
fn versions(definition: &Manifest) -> Vec<SmolStr> {
    let list = definition.spec().and_then(|spec| spec.get("versions")).and_then(Value::as_list);
    let served = list
        .into_iter()
        .flatten()
        .filter(|version| version.get("served").and_then(Value::as_bool).unwrap_or(true));
    served.filter_map(|version| version.get("name")?.as_str().map(SmolStr::new)).collect()
}
