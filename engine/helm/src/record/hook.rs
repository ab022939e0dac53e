//! Hooks as Helm records them, with how they went.

use std::fmt;

use weir_golang::time::Time;
use weir_model::{SmolStr, Value};

use crate::{Hook, HookEvent};

/// A hook of a recorded revision.
#[derive(Clone, Default, PartialEq)]
pub struct RecordedHook {
    /// The name of its object.
    pub name: String,
    /// The kind of its object.
    pub kind: String,
    /// The template, such as `web/templates/job.yaml`.
    pub path: String,
    /// The manifest.
    pub manifest: String,
    /// The moments at which it runs, as Helm writes them.
    pub events: Vec<SmolStr>,
    /// How it went the last time.
    pub last_run: HookRun,
    /// Its place among the hooks of one event: lower runs first.
    pub weight: i64,
    /// When it is deleted. Helm notes `before-hook-creation` when it runs a hook that says nothing.
    pub delete_policies: Vec<SmolStr>,
    /// When its logs are shown.
    pub output_log_policies: Vec<SmolStr>,
}

/// One run of a hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HookRun {
    /// When it began; nothing when it has never run.
    pub started_at: Option<Time>,
    /// When it ended.
    pub completed_at: Option<Time>,
    /// `Running`, `Succeeded`, `Failed` or `Unknown`; empty when it has never run.
    pub phase: SmolStr,
}

impl RecordedHook {
    /// Makes the record of a rendered hook that has not run.
    pub fn of(hook: &Hook) -> Self {
        let name = hook.manifest.value.pointer(&["metadata", "name"]).and_then(Value::as_str);
        Self {
            name: name.unwrap_or_default().to_owned(),
            kind: hook.manifest.kind.to_string(),
            path: hook.manifest.path.to_string(),
            manifest: hook.manifest.text.clone(),
            events: hook.events.iter().map(|event| SmolStr::new_static(event.name())).collect(),
            last_run: HookRun::default(),
            weight: hook.weight,
            delete_policies: hook.delete_policies.clone(),
            output_log_policies: hook.output_log_policies.clone(),
        }
    }

    /// Tells whether it runs at an event.
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.events.iter().any(|word| word == event.name())
    }

    /// Tells whether it is a test, which runs only when asked for.
    pub fn is_test(&self) -> bool {
        self.runs_at(HookEvent::Test)
    }
}

impl fmt::Debug for RecordedHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordedHook({} {})", self.kind, self.name)
    }
}
