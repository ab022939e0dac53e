//! Hooks: manifests that run at a moment rather than belong to the release.

use std::collections::BTreeMap;

use weir_model::SmolStr;

use crate::rendered::ManifestText;

/// A manifest that runs at a moment of the release's life.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The manifest.
    pub manifest: ManifestText,
    /// The moments at which it runs.
    pub events: Vec<HookEvent>,
    /// Its place among the hooks of one event: lower runs first.
    pub weight: i64,
    /// When it is deleted, as written: `before-hook-creation`, `hook-succeeded`, `hook-failed`.
    pub delete_policies: Vec<SmolStr>,
    /// When its logs are shown, as written: `hook-succeeded`, `hook-failed`.
    pub output_log_policies: Vec<SmolStr>,
}

impl Hook {
    /// Tells whether the hook is a test, which runs only when asked for.
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}

/// A moment of a release's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookEvent {
    /// Before anything is installed.
    PreInstall,
    /// After everything is installed.
    PostInstall,
    /// Before the release is deleted.
    PreDelete,
    /// After the release is deleted.
    PostDelete,
    /// Before an upgrade.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// When tests are asked for.
    Test,
}

impl HookEvent {
    /// Returns the event as it is written in the annotation.
    pub fn name(self) -> &'static str {
        EVENTS.iter().find(|(_, event)| *event == self).map_or("", |(name, _)| name)
    }
}

const EVENTS: [(&str, HookEvent); 10] = [
    ("pre-install", HookEvent::PreInstall),
    ("post-install", HookEvent::PostInstall),
    ("pre-delete", HookEvent::PreDelete),
    ("post-delete", HookEvent::PostDelete),
    ("pre-upgrade", HookEvent::PreUpgrade),
    ("post-upgrade", HookEvent::PostUpgrade),
    ("pre-rollback", HookEvent::PreRollback),
    ("post-rollback", HookEvent::PostRollback),
    ("test", HookEvent::Test),
    // Helm 2's name.
    ("test-success", HookEvent::Test),
];

/// What a manifest's annotations make of it.
pub(crate) enum Role {
    /// An object of the release.
    Plain(ManifestText),
    /// A hook.
    Hook(Hook),
    /// A hook of an event that Helm does not know: left out. Holds the annotation's text.
    Unknown(SmolStr),
}

/// Decides by a manifest's annotations whether it is a hook.
pub(crate) fn classify(manifest: ManifestText, annotations: &BTreeMap<SmolStr, SmolStr>) -> Role {
    let Some(written) = annotations.get("helm.sh/hook") else { return Role::Plain(manifest) };
    let mut events = Vec::new();
    for word in words(written) {
        match EVENTS.iter().find(|(name, _)| *name == word) {
            Some((_, event)) => events.push(*event),
            None => return Role::Unknown(written.clone()),
        }
    }
    let list = |key: &str| {
        annotations
            .get(key)
            .map(|text| words(text).map(SmolStr::from).collect())
            .unwrap_or_default()
    };
    let weight =
        annotations.get("helm.sh/hook-weight").and_then(|text| text.parse().ok()).unwrap_or(0);
    Role::Hook(Hook {
        manifest,
        events,
        weight,
        delete_policies: list("helm.sh/hook-delete-policy"),
        output_log_policies: list("helm.sh/hook-output-log-policy"),
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}
