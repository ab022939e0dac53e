//! Evaluates, fetches what is missing, and evaluates again until nothing new is missing.

use std::collections::{BTreeMap, BTreeSet};

use weir_evaluate::{
    Answer, Demand, Evaluation, LOCK_FILE, Lock, Locked, Memo, Snapshot, Unavailable, compare,
    evaluate, evaluate_unit,
};
use weir_plan::UnitId;

use crate::fetch::{Progress, Sources};

/// How often what was fetched may lead to more that is to be fetched: a chain of sources that long is no accident.
const ROUNDS: usize = 64;

type Answers = BTreeMap<Demand, Result<Answer, Unavailable>>;

impl Sources {
    /// Completes a snapshot and evaluates it.
    ///
    /// All that is missing is fetched at the same time; what cannot be had is answered with why. What is missing in the
    /// end is only what no source can give, such as objects of the cluster.
    pub fn settle(
        &self,
        snapshot: &mut Snapshot,
        memo: &Memo,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Evaluation {
        self.settle_with(snapshot, &|snapshot| evaluate(snapshot, memo), progress)
    }

    /// Completes a snapshot as far as one unit needs it, and evaluates it as [`evaluate_unit`] does.
    pub fn settle_unit(
        &self,
        snapshot: &mut Snapshot,
        memo: &Memo,
        unit: &UnitId,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Evaluation {
        self.settle_with(snapshot, &|snapshot| evaluate_unit(snapshot, memo, unit), progress)
    }

    fn settle_with(
        &self,
        snapshot: &mut Snapshot,
        evaluate: &dyn Fn(&Snapshot) -> Evaluation,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Evaluation {
        let lock = lock_of(snapshot);
        let mut evaluation = evaluate(snapshot);
        for _ in 0..ROUNDS {
            let missing = unanswered(&evaluation, &snapshot.answers);
            if missing.is_empty() {
                break;
            }
            let found = self.supply(missing, &snapshot.answers, &lock, progress);
            snapshot.answers.extend(found);
            evaluation = evaluate(snapshot);
        }
        evaluation
    }

    /// Completes two snapshots and evaluates them as [`compare`] does: what cannot differ is not rendered.
    ///
    /// What both need is fetched once, so both see the same.
    pub fn settle_pair(
        &self,
        before: &mut Snapshot,
        after: &mut Snapshot,
        memo: &Memo,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> (Evaluation, Evaluation) {
        let locks = (lock_of(before), lock_of(after));
        let mut evaluations = compare(before, after, memo);
        for _ in 0..ROUNDS {
            let mut missing = unanswered(&evaluations.0, &before.answers);
            missing.extend(unanswered(&evaluations.1, &after.answers));
            if missing.is_empty() {
                break;
            }
            // What the sides' locks hold to different revisions is answered for each side.
            let (own, mut missing): (BTreeSet<Demand>, BTreeSet<Demand>) = missing
                .into_iter()
                .partition(|demand| locks.0.sources.get(demand) != locks.1.sources.get(demand));
            let found = self.supply(own.clone(), &before.answers, &locks.0, progress);
            before.answers.extend(found);
            let found = self.supply(own, &after.answers, &locks.1, progress);
            after.answers.extend(found);
            // What one side has, the other gets too, so that both see the same.
            let mut known: Answers = BTreeMap::new();
            for demand in &missing {
                let (one, other) = (before.answers.get(demand), after.answers.get(demand));
                if let (Some(answer), None) | (None, Some(answer)) = (one, other) {
                    known.insert(demand.clone(), answer.clone());
                }
            }
            missing.retain(|demand| !known.contains_key(demand));
            let found = self.supply(missing, &before.answers, &locks.0, progress);
            known.extend(found);
            before.answers.extend(known.clone());
            after.answers.extend(known);
            evaluations = compare(before, after, memo);
        }
        evaluations
    }
}

impl Sources {
    /// Answers what is missing, at the revisions that the lock holds. What was answered before, sealed, and is missing all the same was lost on the disk: it is
    /// read or fetched now and stays in memory.
    fn supply(
        &self,
        missing: BTreeSet<Demand>,
        answers: &Answers,
        lock: &Lock,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Answers {
        let mut found = Answers::new();
        let mut asked: BTreeMap<Demand, Vec<(Demand, Locked)>> = BTreeMap::new();
        let mut plain = BTreeSet::new();
        for demand in missing {
            match lock.sources.get(&demand) {
                Some(locked) => {
                    asked.entry(locked.pin(&demand)).or_default().push((demand, locked.clone()));
                }
                None if self.only_locked() => drop(found.insert(demand, Err(not_locked()))),
                None => drop(plain.insert(demand)),
            }
        }
        for (pinned, answer) in self.answer(asked.keys().cloned(), progress) {
            for (demand, locked) in asked.remove(&pinned).unwrap_or_default() {
                found.insert(demand, answer.clone().and_then(|answer| held(answer, &locked)));
            }
        }
        found.extend(self.supply_plain(plain, answers, progress));
        found
    }

    fn supply_plain(
        &self,
        missing: BTreeSet<Demand>,
        answers: &Answers,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Answers {
        let (lost, new) = missing.into_iter().partition(|demand| answers.contains_key(demand));
        let (lost, new): (BTreeSet<Demand>, BTreeSet<Demand>) = (lost, new);
        let mut found = self.answer(new, progress);
        found.extend(self.answer_open(lost, progress));
        found
    }
}

/// Returns the lock of a repository. One that cannot be read is told of before anything is settled.
fn lock_of(snapshot: &Snapshot) -> Lock {
    Lock::of(&snapshot.root.tree).ok().flatten().unwrap_or_default()
}

/// Takes an answer that is what the lock says, under the locked revision.
fn held(answer: Answer, locked: &Locked) -> Result<Answer, Unavailable> {
    let revision = weir_model::Revision(locked.revision.clone());
    match answer {
        Answer::Files(mut artifact) if *artifact.tree.digest() == locked.digest => {
            artifact.revision = revision;
            Ok(Answer::Files(artifact))
        }
        Answer::Sealed(mut sealed) if sealed.tree == locked.digest => {
            sealed.revision = revision;
            Ok(Answer::Sealed(sealed))
        }
        _ => Err(Unavailable {
            message: format!(
                "its files at `{}` are not those that `{LOCK_FILE}` holds it to",
                locked.revision
            ),
            hints: vec![
                "someone changed what was published; look at it, then run `weir lock --update`"
                    .to_owned(),
            ],
        }),
    }
}

fn not_locked() -> Unavailable {
    Unavailable {
        message: format!("it is not in `{LOCK_FILE}`, and `--locked` allows nothing else"),
        hints: vec!["add it with `weir lock`".to_owned()],
    }
}

/// Returns what is missing and can be had.
fn unanswered(evaluation: &Evaluation, answers: &Answers) -> BTreeSet<Demand> {
    evaluation
        .missing
        .iter()
        .filter(|demand| match answers.get(demand) {
            None => !matches!(demand, Demand::Object(_)),
            Some(answer) => matches!(answer, Ok(Answer::Sealed(_))),
        })
        .cloned()
        .collect()
}
