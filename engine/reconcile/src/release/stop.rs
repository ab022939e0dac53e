//! How a reconciliation ends.

use weir_golang::time::Duration;

use super::{Remedy, Run};

/// How a reconciliation ends, and when the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Nothing more is to be done; the next begins after the interval.
    Done,
    /// The next begins at once.
    Requeue,
    /// The next begins after a while.
    RetryAfter(Duration),
    /// Nothing helps but a change or a request; the text says why.
    Stalled(String),
    /// Something failed that may work again soon; the text says what.
    Failed(String),
}

impl Run<'_> {
    /// Ends the reconciliation: the requests that were handled and, unless there is more to do, the generation are noted.
    pub fn end(&mut self, stop: &Stop) {
        if let Some(requested) = &self.object.requested_at {
            self.status.last_handled_reconcile_at.clone_from(requested);
        }
        if !matches!(stop, Stop::Requeue | Stop::Failed(_)) {
            self.status.observed_generation = self.object.generation;
        }
    }

    /// Returns the remedy for failures of the last action that was tried; none before the first.
    pub(super) fn remedy(&self) -> Option<&Remedy> {
        match self.status.last_attempted_release_action.as_str() {
            "install" => Some(&self.object.policy.install),
            "upgrade" => Some(&self.object.policy.upgrade),
            _ => None,
        }
    }

    /// Returns after which time a failure of the last action is tried again, when it is not remedied.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.remedy()?.retry
    }

    /// Returns how often the last action failed.
    pub(super) fn failures(&self) -> i64 {
        match self.status.last_attempted_release_action.as_str() {
            "install" => self.status.install_failures,
            _ => self.status.upgrade_failures,
        }
    }

    /// Stops for a while, to try again.
    pub(super) fn stop_to_retry(&mut self, interval: Duration) -> Stop {
        self.mark_reconciling("ProgressingWithRetry", format!("retrying after {interval}"));
        Stop::RetryAfter(interval)
    }

    /// Stops to begin again at once, with the message of `Ready` as what is going on.
    pub(super) fn stop_to_requeue(&mut self) -> Stop {
        let message = self.status.conditions.message("Ready").to_owned();
        self.mark_reconciling("ProgressingWithRetry", message);
        Stop::Requeue
    }

    /// Stops, as all attempts are used up.
    pub(super) fn stop_exhausted(&mut self, why: &str) -> Stop {
        let action = &self.status.last_attempted_release_action;
        let message = format!("Failed to {action} after {} attempt(s)", self.failures());
        self.mark_stalled("RetriesExceeded", message);
        Stop::Stalled(format!("exceeded maximum retries{why}"))
    }
}
