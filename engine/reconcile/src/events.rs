//! The Kubernetes events about a Kustomization that was applied, in kustomize-controller's words.

use weir_golang::time::Duration;
use weir_model::ObjectId;

use crate::release::Event;

/// The prefix of the annotations of kustomize-controller's events.
const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// What happened while a Kustomization was applied.
#[derive(Clone, Debug)]
pub struct Happened<'a> {
    /// The revision that was applied; empty when it is not known.
    pub revision: &'a str,
    /// The objects that were written, each with the word for it, in the order of applying.
    pub applied: Vec<(&'a ObjectId, &'static str)>,
    /// The objects that left, each with the word for what became of it, in the order of deleting.
    pub pruned: Vec<(&'a ObjectId, &'static str)>,
    /// How long objects were waited for until they were ready; nothing when none were.
    pub healthy_after: Option<Duration>,
    /// How it ended.
    pub ending: Ending<'a>,
}

/// How applying a Kustomization ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// All is as wanted.
    Done {
        /// How long it took.
        took: Duration,
        /// After how long it is applied again.
        interval: Duration,
    },
    /// Objects could not be applied or deleted, and why.
    Failed(&'a str),
    /// Objects did not become ready, and which.
    Unhealthy(&'a str),
}

/// Returns the events, in their order.
pub fn events(happened: &Happened<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    for objects in [&happened.applied, &happened.pruned] {
        let lines: Vec<String> = objects.iter().map(|(id, word)| format!("{id} {word}")).collect();
        if !lines.is_empty() {
            events.push(event(false, "Progressing", lines.join("\n"), happened));
        }
    }
    if let Some(waited) = happened.healthy_after {
        events.push(event(
            false,
            "Progressing",
            format!("Health check passed in {waited}"),
            happened,
        ));
    }
    events.push(match happened.ending {
        Ending::Done { took, interval } => {
            let message = format!("Reconciliation finished in {took}, next run in {interval}");
            let mut done = event(false, "ReconciliationSucceeded", message, happened);
            done.annotations.insert(0, (format!("{GROUP}/commit_status"), "update".to_owned()));
            done
        }
        Ending::Failed(why) => event(true, "ReconciliationFailed", why.to_owned(), happened),
        Ending::Unhealthy(why) => event(true, "HealthCheckFailed", why.to_owned(), happened),
    });
    events
}

fn event(is_warning: bool, reason: &'static str, message: String, of: &Happened<'_>) -> Event {
    let mut annotations = Vec::new();
    if !of.revision.is_empty() {
        annotations.push((format!("{GROUP}/revision"), of.revision.to_owned()));
    }
    Event { is_warning, reason, message, annotations }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(happened: &Happened<'_>) -> Vec<String> {
        let line = |event: &Event| {
            let kind = if event.is_warning { "Warning" } else { "Normal" };
            format!("{kind} {} {} {}", event.reason, event.message, event.annotations.len())
        };
        events(happened).iter().map(line).collect()
    }

    #[test]
    fn what_happened_is_told_in_the_order_in_which_it_did() {
        let id = |name: &str| ObjectId::new("", "ConfigMap", Some("a"), name);
        let (one, two, old) = (id("one"), id("two"), id("old"));
        let mut happened = Happened {
            revision: "main@sha1:1",
            applied: vec![(&one, "created"), (&two, "configured")],
            pruned: vec![(&old, "deleted")],
            healthy_after: Some(Duration(1_500_000_000)),
            ending: Ending::Done {
                took: Duration(2_000_000_000),
                interval: Duration(3_600_000_000_000),
            },
        };
        assert_eq!(
            told(&happened),
            [
                "Normal Progressing ConfigMap/a/one created\nConfigMap/a/two configured 1",
                "Normal Progressing ConfigMap/a/old deleted 1",
                "Normal Progressing Health check passed in 1.5s 1",
                "Normal ReconciliationSucceeded Reconciliation finished in 2s, next run in 1h0m0s 2",
            ]
        );
        happened = Happened {
            revision: "",
            applied: Vec::new(),
            pruned: Vec::new(),
            healthy_after: None,
            ending: Ending::Unhealthy("health check failed"),
        };
        assert_eq!(told(&happened), ["Warning HealthCheckFailed health check failed 0"]);
        happened.ending = Ending::Failed("Service/a/s dry-run failed\n");
        assert_eq!(
            told(&happened),
            ["Warning ReconciliationFailed Service/a/s dry-run failed\n 0"]
        );
    }
}
