//! Conditions, set and put in order as `fluxcd/pkg/runtime` does.

use std::cmp::Ordering;

use weir_golang::time::Time;
use weir_model::{Map, Value};

use super::snapshot::shown;

/// The longest message.
const LONGEST: usize = 32_768;

/// One condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `type`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// The generation that it is about.
    pub observed_generation: i64,
    /// When status, reason or message last changed.
    pub last_transition: String,
}

/// The conditions of an object, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions(pub Vec<Condition>);

impl Conditions {
    /// Finds a condition.
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.0.iter().find(|condition| condition.kind == kind)
    }

    /// Tells whether a condition is there and true.
    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.status == "True")
    }

    /// Tells whether the object is ready, and neither stalled nor under way.
    pub fn is_ready(&self) -> bool {
        self.is_true("Ready") && !self.is_true("Stalled") && !self.is_true("Reconciling")
    }

    /// Returns the reason of a condition.
    pub fn reason(&self, kind: &str) -> &str {
        self.get(kind).map_or("", |condition| &condition.reason)
    }

    /// Returns the message of a condition.
    pub fn message(&self, kind: &str) -> &str {
        self.get(kind).map_or("", |condition| &condition.message)
    }

    /// Takes a condition away.
    pub(super) fn remove(&mut self, kind: &str) {
        self.0.retain(|condition| condition.kind != kind);
    }

    /// Sets a condition. The time of the last change stays when nothing but the generation differs.
    pub(super) fn set(&mut self, mut new: Condition, now: &Time) {
        if new.message.len() > LONGEST {
            let end = (0..=LONGEST - 3).rev().find(|at| new.message.is_char_boundary(*at));
            new.message.truncate(end.unwrap_or_default());
            new.message.push_str("...");
        }
        match self.0.iter_mut().find(|condition| condition.kind == new.kind) {
            Some(old) => {
                let same = (&old.status, &old.reason, &old.message)
                    == (&new.status, &new.reason, &new.message);
                new.last_transition =
                    if same { std::mem::take(&mut old.last_transition) } else { shown(now) };
                *old = new;
            }
            None => {
                if new.last_transition.is_empty() {
                    new.last_transition = shown(now);
                }
                self.0.push(new);
            }
        }
        self.0.sort_by(order);
    }

    /// Finds what `Ready` sums up: of these kinds, those of the highest generation and of them the first.
    ///
    /// The order is an unusual one, and so is the way it is applied: by insertion, as Go sorts few elements stably.
    pub(super) fn summary(&mut self, kinds: &[&str]) -> Option<Condition> {
        let place = |condition: &Condition| {
            kinds.iter().position(|kind| kind.eq_ignore_ascii_case(&condition.kind))
        };
        let before = |a: &Condition, b: &Condition| match (place(a), place(b)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(own), Some(other)) => {
                a.observed_generation >= b.observed_generation && own < other
            }
        };
        for end in 1..self.0.len() {
            let mut at = end;
            while at > 0
                && let (Some(a), Some(b)) = (self.0.get(at), self.0.get(at - 1))
                && before(a, b)
            {
                self.0.swap(at, at - 1);
                at -= 1;
            }
        }
        self.0.first().cloned()
    }

    pub(super) fn read(list: Option<&Value>) -> Self {
        let list = list.and_then(Value::as_list).unwrap_or_default();
        let read = |entry: &Value| {
            let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            Condition {
                kind: text("type"),
                status: text("status"),
                reason: text("reason"),
                message: text("message"),
                observed_generation: entry
                    .get("observedGeneration")
                    .and_then(Value::as_int)
                    .unwrap_or_default(),
                last_transition: text("lastTransitionTime"),
            }
        };
        Self(list.iter().map(read).collect())
    }

    pub(super) fn write(&self) -> Value {
        let write = |condition: &Condition| {
            let Condition { kind, status, reason, message, observed_generation, last_transition } =
                condition;
            let mut entry: Map = [
                ("type", kind),
                ("status", status),
                ("reason", reason),
                ("message", message),
                ("lastTransitionTime", last_transition),
            ]
            .into_iter()
            .map(|(key, text)| (key.into(), Value::from(text.as_str())))
            .collect();
            if *observed_generation != 0 {
                entry.insert("observedGeneration", Value::from(*observed_generation));
            }
            Value::map(entry)
        };
        Value::list(self.0.iter().map(write).collect())
    }
}

/// The order for who reads: what is wrong first, then readiness, then the newest.
fn order(a: &Condition, b: &Condition) -> Ordering {
    let weight = |condition: &Condition| {
        ["Stalled", "Reconciling", "Ready"].iter().position(|kind| *kind == condition.kind)
    };
    match (weight(a), weight(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => (b.observed_generation, &a.kind).cmp(&(a.observed_generation, &b.kind)),
    }
}
