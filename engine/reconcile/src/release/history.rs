//! The snapshots of `status.history`.

use super::Snapshot;

/// How many snapshots stay when none before the last was deployed.
const MOST: usize = 5;

/// The snapshots of `status.history`, as they are listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(pub Vec<Snapshot>);

impl History {
    /// Returns the snapshot of the last revision.
    pub fn latest(&self) -> Option<&Snapshot> {
        self.0.iter().max_by_key(|snapshot| snapshot.version)
    }

    /// Returns the snapshot of the last revision before that one that was deployed; with `ignore_tests` also one whose
    /// tests failed.
    pub fn previous(&self, ignore_tests: bool) -> Option<&Snapshot> {
        let mut sorted: Vec<&Snapshot> = self.0.iter().collect();
        sorted.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.version));
        sorted.into_iter().skip(1).find(|snapshot| is_target(snapshot, ignore_tests))
    }

    /// Puts the last revision first, as helm-controller does whenever it looks for it.
    pub(super) fn sort(&mut self) {
        self.0.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.version));
    }

    pub(super) fn latest_mut(&mut self) -> Option<&mut Snapshot> {
        self.sort();
        self.0.first_mut()
    }

    /// Forgets all before the last revision that could be rolled back to.
    pub(super) fn truncate(&mut self, ignore_tests: bool) {
        if self.0.len() < 2 {
            return;
        }
        self.sort();
        let target = self.0.iter().skip(1).position(|it| is_target(it, ignore_tests));
        self.0.truncate(target.map_or(MOST, |place| place + 2));
    }

    /// Forgets all but the last few revisions.
    pub(super) fn shorten(&mut self) {
        self.sort();
        self.0.truncate(MOST);
    }
}

fn is_target(snapshot: &Snapshot, ignore_tests: bool) -> bool {
    snapshot.was_deployed() && (ignore_tests || !snapshot.has_failed_test())
}
