//! How a key is made: from named parts, each a digest of something that the step is handed.
//!
//! `prepare` finds the inputs of a unit and puts them into a task; `render` is handed the task and nothing else. Whatever
//! a task holds is added here, so the key forgets nothing. `tests/keys.rs` changes each input and sees the key change.

use weir_model::{Digest, DigestBuilder, PackWriter, SourceNames, Value};

/// The named parts of a key.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    step: &'static str,
    parts: Vec<(&'static str, Digest)>,
}

impl Inputs {
    /// Begins the key of a step.
    pub(crate) fn of(step: &'static str) -> Self {
        Self { step, parts: Vec::new() }
    }

    /// Adds a part that is a digest already.
    pub(crate) fn digest(&mut self, name: &'static str, digest: Digest) -> &mut Self {
        self.parts.push((name, digest));
        self
    }

    /// Adds a part made of several things.
    pub(crate) fn part(
        &mut self,
        name: &'static str,
        add: impl FnOnce(&mut DigestBuilder),
    ) -> &mut Self {
        let mut digest = DigestBuilder::new(name);
        add(&mut digest);
        self.digest(name, digest.finish())
    }

    /// Adds a value with its origins and marks, which reach the result as the data does.
    pub(crate) fn value(&mut self, name: &'static str, value: Option<&Value>) -> &mut Self {
        self.digest(name, value.map_or_else(|| Digest::of(b""), value_digest))
    }

    /// Returns the parts with their names.
    pub(crate) fn parts(&self) -> &[(&'static str, Digest)] {
        &self.parts
    }

    /// Returns the key.
    pub(crate) fn key(&self) -> Digest {
        let mut key = DigestBuilder::new(self.step);
        for (name, part) in &self.parts {
            key.text(name).digest(part);
        }
        key.finish()
    }
}

/// Hashes a value with its origins and marks.
pub(crate) fn value_digest(value: &Value) -> Digest {
    let (mut writer, mut names) = (PackWriter::default(), SourceNames::default());
    let mut digest = DigestBuilder::new("value");
    if value.pack(&mut writer, &mut names) {
        let mut list = PackWriter::default();
        names.write(&mut list);
        digest.bytes(&writer.finish()).bytes(&list.finish());
    } else {
        // Too deep to be packed, and so to be kept: within one process the data does.
        value.digest_into(&mut digest);
    }
    digest.finish()
}
