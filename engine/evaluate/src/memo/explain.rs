//! What was reused, and what made the rest new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use weir_model::{Digest, DigestBuilder, PackReader, PackWriter, SmolStr};
use weir_plan::{Plan, UnitId};

use super::{Memo, Privacy, entry};
use crate::Snapshot;

/// How a unit's result was had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It was kept from another run.
    Reused,
    /// It was made, as nothing is known of an earlier result of the unit.
    New,
    /// It was made, as these inputs are others than in the last run, by name: `file apps/web.yaml`.
    Changed(Vec<String>),
    /// It was made: its inputs are those of the last run, but what was kept is gone.
    Lost,
}

/// A unit with how its result was had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitReuse {
    /// The unit.
    pub unit: UnitId,
    /// How its result was had.
    pub reuse: Reuse,
}

/// What became of each result that someone asked for.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<BTreeMap<(UnitId, Digest), How>>);

#[derive(Clone, Debug)]
enum How {
    Reused,
    /// With the inputs by name.
    Made(Vec<(SmolStr, Digest)>),
}

impl Log {
    /// Notes that a result came from the store.
    pub(super) fn reused(&self, unit: &UnitId, input: &Digest) {
        self.note(unit, input, How::Reused);
    }

    /// Notes that a result was made.
    pub(super) fn made(&self, unit: &UnitId, input: &Digest, inputs: Vec<(SmolStr, Digest)>) {
        self.note(unit, input, How::Made(inputs));
    }

    fn note(&self, unit: &UnitId, input: &Digest, how: How) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.entry((unit.clone(), *input)).or_insert(how);
    }
}

impl Memo {
    /// Tells for each rendered unit of a plan how its result was had, and notes the plan's inputs for the next run.
    ///
    /// Call it once, when nothing is missing any more. The note is found again by the entry and the repository's URLs; it
    /// serves this explanation alone and decides nothing.
    pub fn explain(&self, snapshot: &Snapshot, plan: &Plan) -> Vec<UnitReuse> {
        let key = note_key(snapshot);
        let last = self.store.get(&key).and_then(|bytes| read_note(&bytes)).unwrap_or_default();
        let now: BTreeMap<String, Digest> =
            plan.units.iter().map(|unit| (unit.id.to_string(), unit.input)).collect();
        if last != now && self.store.keeps() {
            // Inputs are made of secrets, too: what a digest tells of them stays here.
            self.store.put(&key, &write_note(&now), Privacy::Private);
        }
        let log = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut explained = Vec::new();
        for unit in &plan.units {
            let Some(how) = log.get(&(unit.id.clone(), unit.input)) else { continue };
            let reuse = match how {
                How::Reused => Reuse::Reused,
                How::Made(inputs) => match last.get(&unit.id.to_string()) {
                    None => Reuse::New,
                    Some(input) if *input == unit.input => Reuse::Lost,
                    Some(input) => self.changed(input, inputs),
                },
            };
            explained.push(UnitReuse { unit: unit.id.clone(), reuse });
        }
        explained
    }

    /// Compares the inputs of a result with those of the last run's, whose key this is.
    fn changed(&self, before: &Digest, now: &[(SmolStr, Digest)]) -> Reuse {
        let Some(before) =
            self.store.get(&entry::key(before)).and_then(|bytes| entry::read_inputs(&bytes))
        else {
            return Reuse::New;
        };
        let before: BTreeSet<_> = before.into_iter().collect();
        let now: BTreeSet<_> = now.iter().cloned().collect();
        let names: BTreeSet<&SmolStr> =
            before.symmetric_difference(&now).map(|(name, _)| name).collect();
        // A single file says more than that it is one of the files.
        let is_detail = |name: &&SmolStr| name.contains(' ');
        let has_details = |word: &str| {
            names.iter().any(|name| name.split(' ').next().is_some_and(|first| first == word))
        };
        let told = names.iter().filter(|name| {
            is_detail(name)
                || !match name.as_str() {
                    "files" => has_details("file"),
                    "variables" => has_details("variable"),
                    "values" => has_details("value"),
                    "remotes" => has_details("remote"),
                    _ => false,
                }
        });
        Reuse::Changed(told.map(|name| name.to_string()).collect())
    }
}

/// Names the note of what the last run of the same entry had.
fn note_key(snapshot: &Snapshot) -> Digest {
    let mut key = DigestBuilder::new("last-inputs");
    key.text(snapshot.entry.as_str());
    for url in &snapshot.root_urls {
        key.text(url);
    }
    entry::key(&key.finish())
}

fn write_note(inputs: &BTreeMap<String, Digest>) -> Vec<u8> {
    let mut writer = PackWriter::default();
    writer.number(inputs.len() as u64);
    for (unit, input) in inputs {
        writer.text(unit).digest(input);
    }
    writer.finish()
}

fn read_note(bytes: &[u8]) -> Option<BTreeMap<String, Digest>> {
    let mut reader = PackReader::new(bytes);
    let count = reader.count()?;
    (0..count).map(|_| Some((reader.text()?.to_owned(), reader.digest()?))).collect()
}
